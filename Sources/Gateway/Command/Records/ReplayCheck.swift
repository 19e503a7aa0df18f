// `trunkline replay --check`: what this build decides on the recorded inputs, against the record.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

/// A check of one call, of a time, or of the whole log.
struct ReplayCheck {
    let source: ReplaySource

    /// Prints what differs; exit status 3 when something does.
    func run() throws {
        let (log, codec) = (try source.log, try source.codec)
        let line = ProgressLine("running the log again")
        let replay = try LogReplay(
            try source.part, settings: ReplaySource.settings(of:),
            reader: { () throws(LogError) in try LogReader(log, codec: codec) },
            progress: { line.show($0, of: nil) })
        line.clear()
        let options = source.options
        if options.json || !replay.differences.isEmpty {
            try Printer.table(
                replay.differences.map(Self.row),
                columns: ["event", "time", "call", "recorded", "decided", "difference"],
                asJSON: options.json)
        } else {
            print("\(replay.decisions) decisions on \(replay.inputs) inputs, no difference")
        }
        if !replay.differences.isEmpty { throw Exit.different }
    }

    private static func row(_ difference: ReplayDifference) -> [String: Any] {
        [
            "event": difference.number, "time": "\(difference.at)",
            "call": "\(difference.stream.call)",
            "recorded": difference.recorded.map { EventText.name(of: $0) } ?? "nothing",
            "decided": difference.decided.map { EventText.name(of: $0) } ?? "nothing",
            "difference": difference.place,
        ]
    }
}
