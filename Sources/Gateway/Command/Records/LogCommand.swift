// `trunkline log …`

import ArgumentParser
import Domain
import EventStore
import Foundation

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Look at the event log.",
        subcommands: [Stat.self, Dump.self, Verify.self])

    struct Stat: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count events and bytes, and what they compress to.")
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let verdicts = try options.verdicts()
                let raw = verdicts.reduce(0) { $0 + $1.rawBytes }
                let used = verdicts.reduce(0) { $0 + $1.usedBytes }
                let object: [String: Any] = [
                    "segments": verdicts.count, "events": verdicts.last?.lastEvent ?? 0,
                    "batches": verdicts.reduce(0) { $0 + $1.batches }, "raw_bytes": raw,
                    "stored_bytes": used,
                ]
                try Printer.object(object, asJSON: options.json)
            } catch { throw Exit.failure(error) }
        }
    }

    struct Dump: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print events, one JSON object on each line; secrets are masked.")
        @Option(help: "The first event.") var from: UInt64 = 1
        @Option(help: "The last event.") var to: UInt64 = .max
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                var reader = try options.reader()
                if from > 1 { try reader.seek(to: from - 1) }
                while let record = try reader.next(), record.number <= to {
                    print(EventText.json(record).text)
                }
            } catch { throw Exit.failure(error) }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every checksum and the hash chain; changes nothing.",
            discussion: "Exit status 3 when something is damaged.")
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let verdicts = try options.verdicts()
                try Printer.table(
                    verdicts.map(Self.row),
                    columns: ["segment", "verdict", "first_event", "last_event", "batches"],
                    asJSON: options.json)
                if verdicts.contains(where: { $0.fault != nil }) {
                    Exit.standardError(
                        "trunkline: the log is damaged; restore the segments named above from a copy"
                    )
                    throw Exit.damagedLog
                }
            } catch { throw Exit.failure(error) }
        }

        private static func row(_ verdict: SegmentVerdict) -> Any {
            let place = verdict.faultOffset.map { " at offset \($0)" } ?? ""
            let row: [String: Any] = [
                "segment": verdict.segment,
                "verdict": verdict.fault.map { $0 + place } ?? "ok",
                "first_event": verdict.firstEvent, "last_event": verdict.lastEvent,
                "batches": verdict.batches,
            ]
            return row
        }
    }
}
