// The part of a log that is run again, and with what.

import Domain
import EventStore
import Projections

/// What a person asks to be run again: one call, a time, or the whole log.
struct ReplaySource {
    let options: RecordOptions
    let call: String?
    let from: WallTime?
    let to: WallTime?

    var log: String { get throws { try options.log() } }

    var part: LogReplay.Part {
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
    var codec: EventCodec {
        get throws {
            let path = DataDirectory.sealKey(in: options.data)
            guard let sealer = try? Sealer.load(path: path) else {
                throw CommandError(
                    "a replay needs the sealing key of the log, and \(path) cannot be read; "
                        + "put it back from its copy, or run this as the gateway's user")
            }
            return EventCodec(sealer: sealer)
        }
    }

    /// What the core was told at a start; nil when this program does not understand it.
    static func settings(of start: GatewayStarted) -> SwitchboardSettings? {
        try? Settings(recorded: start)?.switchboard(build: start.build)
    }
}
