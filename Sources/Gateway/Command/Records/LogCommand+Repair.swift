// `trunkline log repair`: an operator makes a damaged log whole, and what is lost is said in it.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

extension LogCommand {
    struct Repair: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a damaged log whole, from copies or by recording what is lost.",
            discussion: """
                Alone it only says what is wrong. With --from, damaged parts are taken from copies of \
                the log directory, where the hash chain proves that they are the same. With \
                --record-gap, what no copy has is given up, and a record in the log says so for \
                ever: it names the lost events, the operator and the reason. Files are kept as they \
                were under damaged/. Exit status 3 while something is left to repair.
                """)
        @Option(help: "A copy of the log directory; may be given several times.")
        var from: [String] = []
        @Flag(help: "Record what is lost.") var recordGap = false
        @Option(help: "Who accepts the loss, with --record-gap.") var by: String?
        @Option(help: "Why, with --record-gap.") var note = ""
        @Option(
            help: ArgumentHelp(
                "The highest cdr_number ever given out, when the tables are not there to say it.",
                valueName: "number"))
        var lastCdr: UInt64?
        @OptionGroup var options: RecordOptions

        func validate() throws {
            if recordGap, by?.isEmpty ?? true {
                throw ValidationError("--record-gap needs --by NAME: the log says who accepted it")
            }
        }

        func run() throws {
            let progress = ProgressLine("repairing segments")
            do {
                let findings = try LogRepair.run(
                    try options.log(), copies: from,
                    acceptance: recordGap ? try acceptance() : nil, codec: options.codec
                ) { _, done, count in progress.show(UInt64(done), of: UInt64(count)) }
                progress.clear()
                try report(findings)
            } catch {
                progress.clear()
                throw Exit.failure(error)
            }
        }

        /// Numbers of records that were drawn by lost events must not be drawn again: somebody may have
        /// been billed by them.
        private func acceptance() throws -> LossAcceptance {
            let tables = DataDirectory.projections(in: options.data)
            let drawn: (number: UInt64, through: EventNumber)
            if let lastCdr {
                drawn = (lastCdr, .max)
            } else {
                guard let found = try? Readings(path: tables).lastDrawn() else {
                    throw CommandError(
                        "\(tables) cannot be read to learn which numbers of records are taken; give the "
                            + "highest that was ever exported with --last-cdr, 0 for none")
                }
                drawn = found
            }
            return LossAcceptance(
                operatorName: by ?? "", note: note, lastCDR: drawn.number,
                knownThrough: drawn.through)
        }

        private func report(_ findings: [RepairFinding]) throws {
            try Printer.table(
                findings.map(Self.row),
                columns: ["segment", "offset", "events", "outcome", "reason"], asJSON: options.json)
            if findings.isEmpty { Exit.standardError("the log is whole") }
            guard findings.contains(where: { $0.outcome == .open }) else { return }
            Exit.standardError(
                "trunkline: nothing was changed; give a copy with --from, or accept the loss with "
                    + "--record-gap --by NAME")
            throw Exit.damagedLog
        }

        private static func row(_ finding: RepairFinding) -> Any {
            let events = finding.lost.map { "\($0.lowerBound)-\($0.upperBound)" } ?? "none"
            let row: [String: Any] = [
                "segment": finding.segment, "offset": finding.offset, "events": events,
                "outcome": finding.outcome.rawValue, "reason": finding.reason,
            ]
            return row
        }
    }
}
