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

        fileprivate func contains(_ difference: ReplayDifference) -> Bool {
            switch self {
            case .all: true
            case .call(let stream, _): stream == difference.stream
            case .time(let from, let to): from <= difference.at && difference.at <= to
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
        let beginning = try Self.beginning(of: part, try open())
        var reader = try open()
        let replay = Replay(settings: settings)
        while let record = try reader.next(), !part.isOver(at: record) {
            if record.number < beginning { replay.skip(record) } else { replay.take(record) }
            if record.number % 4_096 == 0 { progress(record.number) }
        }
        replay.finish()
        differences = replay.differences.filter { part.contains($0) }
        (decisions, inputs) = (replay.decisions, replay.inputs)
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
