// `trunkline check`: the rules that no call may break, and the calls that break them.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "List calls that break a rule which always holds when the gateway is well.",
        discussion: """
            Stuck calls, sides that were not told of an end, answers without media, records without an \
            end, calls on deleted trunks. With a gateway running it is as of now, without one as of the \
            last event of the log. Exit status 3 when there are any.
            """)
    @Option(help: "As it would be at this time if nothing happened until then.")
    var at: WallTime?
    @Option(help: "Leave out what was waited for since before this time.")
    var from: WallTime?
    @OptionGroup var options: RecordOptions

    func run() throws {
        do {
            let readings = try options.readings()
            let (position, isLive) = try reached(readings)
            let now = at ?? (isLive ? SystemClock.now.wall : position.at)
            let found = try readings.violations(at: now).filter { violation in
                from.map { $0 <= violation.since } ?? true
            }
            if options.json || !found.isEmpty {
                try Printer.table(
                    found.map(Self.row), columns: ["rule", "call", "event", "since", "meaning"],
                    asJSON: options.json)
            } else {
                print("no rule is broken, up to event \(position.number)")
            }
            if found.isEmpty { return }
            if !options.json {
                for rule in Invariant.allCases where found.contains(where: { $0.rule == rule }) {
                    print("what to do about \(rule.rawValue): \(rule.advice)")
                }
            }
            throw Exit.different
        } catch { throw Exit.failure(error) }
    }

    /// Up to where the tables are, and whether that is all there is of a log that is being written: what
    /// was waited for may be in what they have not read yet.
    private func reached(_ readings: Readings) throws -> (Readings.Position, isLive: Bool) {
        guard EventLog.isBeingWritten(try options.log()) else {
            return (try readings.position(), false)
        }
        for _ in 0..<Self.looks {
            let position = try readings.position()
            var reader = try options.reader()
            try reader.seek(to: position.number)
            if try reader.next() == nil { return (position, true) }
            Thread.sleep(forTimeInterval: 0.1)
        }
        return (try readings.position(), false)
    }

    private static let looks = 20

    private static func row(_ violation: Violation) -> [String: Any] {
        [
            "rule": violation.rule.rawValue, "call": "\(violation.call)",
            "event": violation.event, "since": "\(violation.since)",
            "meaning": violation.rule.meaning, "advice": violation.rule.advice,
        ]
    }
}
