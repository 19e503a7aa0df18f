// The log run again by this build, all of it or a part: what was decided then is the test of what would
// be decided now.

package import Domain
package import EventStore

/// A replay of a log, and what it found in the part that was asked for.
package struct LogReplay {
    /// What is asked for.
    package enum Part: Sendable {
        case all
        /// A call, and the numbers of its first and last event.
        case call(StreamKey, ClosedRange<EventNumber>)
        case time(from: WallTime, to: WallTime)

        fileprivate func begins(before record: Record) -> Bool {
            switch self {
            case .all: true
            case .call(_, let numbers): numbers.lowerBound < record.number
            case .time(let from, _): from < record.stamp.wall
            }
        }

        fileprivate func isOver(at record: Record) -> Bool {
            switch self {
            case .all: false
            case .call(_, let numbers): numbers.upperBound < record.number
            case .time(_, let to): to < record.stamp.wall
            }
        }

        func contains(_ stream: StreamKey, at time: WallTime) -> Bool {
            switch self {
            case .all: true
            case .call(let call, _): call == stream
            case .time(let from, let to): from <= time && time <= to
            }
        }
    }

    package let differences: [ReplayDifference]
    /// What was compared, and what led to it; with a part also what was before it in the same life.
    package let decisions: Int
    package let inputs: Int

    /// Begins with the last start before the part: from there on all that decides is in the log.
    package init(
        _ part: Part, settings: @escaping (GatewayStarted) -> SwitchboardSettings?,
        reader open: () throws(LogError) -> LogReader, progress: (EventNumber) -> Void
    ) throws(LogError) {
        let replay = Replay(settings: settings)
        try Self.read(part, reader: open, progress: progress) { record, isBefore in
            if isBefore { replay.skip(record) } else { replay.take(record) }
            return true
        }
        replay.finish()
        differences = replay.differences.filter { part.contains($0.stream, at: $0.at) }
        (decisions, inputs) = (replay.decisions, replay.inputs)
    }

    /// Hands over every record up to the end of a part; `isBefore` says that it comes before the start
    /// at which a replay begins. Goes on while that is wanted.
    static func read(
        _ part: Part, reader open: () throws(LogError) -> LogReader,
        progress: (EventNumber) -> Void, _ take: (_ record: Record, _ isBefore: Bool) -> Bool
    ) throws(LogError) {
        let beginning = try beginning(of: part, try open())
        var reader = try open()
        while let record = try reader.next(), !part.isOver(at: record),
            take(record, record.number < beginning)
        {
            if record.number % 4_096 == 0 { progress(record.number) }
        }
    }

    /// The number of the last start before the part.
    private static func beginning(
        of part: Part, _ reader: LogReader
    ) throws(LogError) -> EventNumber {
        if case .all = part { return 1 }
        var reader = reader
        reader.wanted = { $0 == .gatewayStarted }
        var number: EventNumber = 1
        while let start = try reader.next(), !part.begins(before: start) { number = start.number }
        return number
    }
}
