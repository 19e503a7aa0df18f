// `trunkline replay --check`: what this build decides on the recorded inputs, against the record.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

/// A check of one call, of a time, or of the whole log.
struct ReplayCheck {
    let options: RecordOptions
    let call: String?
    let from: WallTime?
    let to: WallTime?

    /// Prints what differs; exit status 3 when something does.
    func run() throws {
        let (log, codec) = (try options.log(), try codec())
        let line = ProgressLine("running the log again")
        let replay = try LogReplay(
            try part, settings: { try? Settings(recorded: $0)?.switchboard(build: $0.build) },
            reader: { () throws(LogError) in try LogReader(log, codec: codec) },
            progress: { line.show($0, of: nil) })
        line.clear()
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

    private var part: LogReplay.Part {
        get throws {
            if let call {
                let records = try options.records(of: call)
                guard let first = records.first, let last = records.last else { return .all }
                return .call(first.stream, first.number...last.number)
            }
            if from == nil && to == nil { return .all }
            return .time(
                from: from ?? WallTime(nanoseconds: 0), to: to ?? WallTime(nanoseconds: .max))
        }
    }

    /// Masked messages cannot be run again.
    private func codec() throws -> EventCodec {
        let path = DataDirectory.sealKey(in: options.data)
        guard let sealer = try? Sealer.load(path: path) else {
            throw CommandError(
                "a replay needs the sealing key of the log, and \(path) cannot be read; "
                    + "put it back from its copy, or run this as the gateway's user")
        }
        return EventCodec(sealer: sealer)
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
