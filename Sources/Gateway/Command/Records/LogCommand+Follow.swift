// `trunkline log follow`: a log that another process writes, as it grows.

import ArgumentParser
import Domain
import EventStore
import Foundation

extension LogCommand {
    struct Follow: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print events as they become durable, one JSON object on each line.",
            discussion: "Begins with the next event, or with --from. Ends with Ctrl-C.")
        @Option(help: "The first event.") var from: UInt64?
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                var reader = try options.reader()
                if let from {
                    try reader.seek(to: max(from, 1) - 1)
                } else {
                    reader.wanted = { _ in false }
                    while try reader.next() != nil {}
                    reader.wanted = nil
                }
                while true {
                    while let record = try reader.next() { print(EventText.json(record).text) }
                    fflush(nil)
                    usleep(50_000)
                }
            } catch { throw Exit.failure(error) }
        }
    }
}
