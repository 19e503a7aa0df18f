// `trunkline replay --what-if`: which calls would have gone otherwise under other trunks, routes or limits.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

/// A what-if over one call, a time, or the whole log.
struct ReplayWhatIf {
    let file: String
    let source: ReplaySource

    /// Prints what would have been different; exit status 3 when something would.
    func run() throws {
        let supposition = try SuppositionFile(file).supposition
        let (log, codec) = (try source.log, try source.codec)
        let line = ProgressLine("running the log again")
        defer { line.clear() }
        do {
            let whatIf = try LogWhatIf(
                supposition, try source.part, hashes: .crypto, settings: ReplaySource.settings(of:),
                reader: { () throws(LogError) in try LogReader(log, codec: codec) },
                progress: { line.show($0, of: nil) })
            line.clear()
            if source.options.json {
                try Printer.json(Self.object(whatIf))
            } else {
                try show(whatIf)
            }
            if !whatIf.differences.isEmpty { throw Exit.different }
        } catch let mistake as LogWhatIf.Mistake {
            let field = mistake.error.field.map { "\($0): " } ?? ""
            throw SettingsError("\(file), \(mistake.place): \(field)\(mistake.error.message)")
        }
    }

    private func show(_ whatIf: LogWhatIf) throws {
        if !whatIf.differences.isEmpty {
            try Printer.table(
                whatIf.differences.map(Self.row),
                columns: ["event", "time", "call", "caller", "called", "recorded", "supposed"],
                asJSON: false)
        }
        for change in whatIf.changes { print("supposed: \(change)") }
        let counts = whatIf.counts.filter { $0.count > 0 }.map { "\($0.count) \($0.kind.words)" }
        print(
            "\(whatIf.calls) calls: "
                + (counts.isEmpty
                    ? "none would have gone otherwise" : counts.joined(separator: ", ")))
        if whatIf.unclearCalls > 0 {
            print(
                "nothing can be said about \(whatIf.unclearCalls) more, which this program runs otherwise "
                    + "than recorded even as it was, or which come after a gap: `trunkline replay --check`"
            )
        }
        if whatIf.countedRefusals > 0 {
            print("\(whatIf.countedRefusals) refusals were only counted and are not among them")
        }
    }

    private static func row(_ difference: WhatIf.Difference) -> [String: Any] {
        let offered = difference.record.offered
        return [
            "event": difference.departure.number, "time": "\(difference.departure.at)",
            "call": "\(difference.departure.call)", "kind": difference.kind.rawValue,
            "caller": String(decoding: offered.callerNumber, as: UTF8.self),
            "called": String(decoding: offered.calledNumber, as: UTF8.self),
            "recorded": difference.recorded, "supposed": difference.supposed,
        ]
    }

    private static func object(_ whatIf: LogWhatIf) -> [String: Any] {
        [
            "changes": whatIf.changes, "differences": whatIf.differences.map(row),
            "counts": Dictionary(
                uniqueKeysWithValues: whatIf.counts.map { ($0.kind.rawValue, $0.count) }),
            "calls": whatIf.calls, "unclear_calls": whatIf.unclearCalls,
            "counted_refusals": whatIf.countedRefusals,
        ]
    }
}
