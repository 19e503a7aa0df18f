// `trunkline call why`: "why was my call refused?" in one command.

import ArgumentParser
import Domain
import EventStore
import Projections

extension CallCommand {
    struct Why: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say why a call was refused, failed or ended, and what to do.",
            discussion: """
                A call that no trunk vouches for is recorded within an allowance, past which calls are \
                only counted: then it says when that was.
                """)
        @Argument(help: "The call's id, its CDR number, or the SIP Call-ID of either leg.")
        var call: String
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                guard let records = try options.found(call) else { throw try unrecorded() }
                guard let verdict = CallVerdict(records) else {
                    throw CommandError("the log has lost the beginning of \(call)")
                }
                if options.json { return print(verdict.json.text) }
                for sentence in verdict.sentences { print(sentence) }
                if let advice = verdict.advice { print("what to do: \(advice)") }
            } catch { throw Exit.failure(error) }
        }

        /// Says what was counted of calls that are not on record one by one.
        private func unrecorded() throws -> CommandError {
            var reader = try options.reader()
            reader.wanted = { $0 == .unauthenticatedCounted }
            var windows: [String] = []
            while let record = try reader.next() {
                guard case .unauthenticatedCounted(let count) = record.event else { continue }
                windows.append(
                    "\(count.from) to \(count.to): \(count.challenges) challenges, "
                        + "\(count.refusals) refusals, \(count.malformed) malformed")
                if windows.count > Self.shownWindows { windows.removeFirst() }
            }
            let counted =
                windows.isEmpty
                ? "" : "; the last that were only counted:\n" + windows.joined(separator: "\n")
            return CommandError(
                "no call \(call) is on record. A caller that was challenged and did not answer, or sent "
                    + "no valid request, has none: check the username and password of the PBX\(counted)"
            )
        }

        private static let shownWindows = 10
    }
}
