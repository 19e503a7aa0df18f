// `trunkline cdr explain`: a bill that is disputed is shown line by line, from the log.

import ArgumentParser
import Domain
import Projections

extension CDRCommand {
    struct Explain: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Show which event each column of a record comes from, and the bytes that prove it.")
        @Argument(help: "CDR number, call id, or SIP Call-ID of either leg.") var record: String
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                guard let proof = CDRProof(try options.records(of: record)) else {
                    throw CommandError("the log has lost the beginning of \(record)")
                }
                print(options.json ? proof.json.text + "\n" : proof.text, terminator: "")
            } catch { throw Exit.failure(error) }
        }
    }
}
