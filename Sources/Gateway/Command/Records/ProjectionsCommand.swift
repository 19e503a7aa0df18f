// `trunkline projections …`

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

struct ProjectionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "projections", abstract: "Check what is made from the log.",
        subcommands: [Check.self])

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make everything again on the side and compare; changes nothing.",
            discussion: """
                The tables are compared row by row at the same event, the state of the core and its \
                snapshots member by member. It can run beside a gateway. Exit status 3 when \
                something differs.
                """)
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let lines = try tables() + folds()
                try Printer.table(
                    lines.map(\.row), columns: ["check", "result", "event"], asJSON: options.json)
                if lines.contains(where: { $0.isDifferent }) { throw Exit.different }
            } catch { throw Exit.failure(error) }
        }
    }
}

/// What one check found, as it is printed.
private struct CheckLine {
    var check: String
    var event: EventNumber?
    var difference: String?
    var note = "equal"

    var isDifferent: Bool { difference != nil }

    var row: [String: Any] {
        [
            "check": check, "result": difference.map { "different: \($0)" } ?? note,
            "event": event.map { $0 as Any } ?? NSNull(),
        ]
    }
}

extension ProjectionsCommand.Check {
    private func tables() throws -> [CheckLine] {
        let path = DataDirectory.projections(in: options.data)
        guard FileManager.default.fileExists(atPath: path) else {
            return [CheckLine(check: "tables", note: "not made yet")]
        }
        let side = FileManager.default.temporaryDirectory.appending(
            path: "trunkline-check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: side, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: side) }
        let line = ProgressLine("making the tables again")
        defer { line.clear() }
        let log = try options.log()
        let comparison = try TableComparison(
            of: path, side: side.appending(path: "projections.sqlite").path(),
            reader: { end in try LogReader(log, codec: options.codec, durable: { end }) },
            progress: { line.show($0, of: $1) })
        return [
            CheckLine(
                check: "tables", event: comparison.number, difference: comparison.difference,
                note: "equal, \(comparison.rows) rows")
        ]
    }

    private func folds() throws -> [CheckLine] {
        let store = SnapshotStore(
            DataDirectory.snapshots(in: options.data), codec: options.codec)
        let line = ProgressLine("folding the log")
        defer { line.clear() }
        let comparison = try FoldComparison(try options.reader(), snapshots: store) {
            line.show($0, of: nil)
        }
        return comparison.verdicts.map { verdict in
            CheckLine(
                check: verdict.snapshot.map { "snapshot \($0)" } ?? "fold, twice",
                event: comparison.number, difference: verdict.difference,
                note: verdict.doubt.map { "not used: \($0)" } ?? "equal")
        }
    }
}
