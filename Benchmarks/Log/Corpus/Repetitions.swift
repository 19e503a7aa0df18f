// A long log from a short simulation: the same traffic again and again, each time under other names, one
// repetition beginning when no more calls arrive in the one before, while its calls go on.

import Domain

/// The records of repeated traffic, in the order of a log.
struct Repetitions {
    private let period: Period
    private let count: Int
    private let left: [Period.Entry]
    private let shift: Duration
    private var last: EventNumber
    private var lastCDR: UInt64 = 0
    private let epoch: UInt64

    /// At least so many events, after which so many calls are in progress. The last event is of the time `end`.
    init(
        of period: Period, events: Int, inProgress calls: Int, epoch: UInt64, ending end: WallTime
    ) throws {
        self.period = period
        self.epoch = epoch
        left = try period.talking(calls)
        let missing = events - period.beginning.count - left.count
        count = max(1, (missing + period.entries.count - 1) / period.entries.count)
        last = 0
        let span = period.arrivals * count + period.length * 2
        shift = end - (Traffic.beginning.wall + span)
    }

    /// `each` gets the events of one group commit after another.
    mutating func run(_ each: ([Record]) throws -> Void) throws {
        try each(period.beginning.map { record(of: $0.event, $0.stream, after: .zero) })
        var group = Group()
        var open: [Cursor] = []
        var started = 0
        while started < count || !open.isEmpty {
            if started < count, open.allSatisfy({ $0.due(in: period) >= period.arrivals * started })
            {
                open.append(Cursor(number: started, begin: period.arrivals * started))
                started += 1
            }
            guard
                let next = open.indices.min(by: {
                    open[$0].due(in: period) < open[$1].due(in: period)
                })
            else { break }
            let due = open[next].due(in: period)
            try group.add(repeated(period.entries[open[next].index], open[next].number, due), each)
            open[next].index += 1
            if open[next].index == period.entries.count { open.remove(at: next) }
        }
        let end = period.arrivals * count + period.length
        for entry in left { try group.add(repeated(entry, count, end + entry.after), each) }
        try group.flush(each)
    }

    /// Where one repetition is.
    private struct Cursor {
        let number: Int
        let begin: Duration
        var index = 0

        func due(in period: Period) -> Duration { begin + period.entries[index].after }
    }

    /// Records that arrive together.
    private struct Group {
        private var records: [Record] = []

        mutating func add(_ record: Record, _ each: ([Record]) throws -> Void) throws {
            if let first = records.first,
                record.stamp.instant - first.stamp.instant >= Traffic.groupInterval
            {
                try flush(each)
            }
            records.append(record)
        }

        mutating func flush(_ each: ([Record]) throws -> Void) throws {
            if !records.isEmpty { try each(records) }
            records.removeAll(keepingCapacity: true)
        }
    }

    private mutating func repeated(
        _ entry: Period.Entry, _ number: Int, _ due: Duration
    ) -> Record {
        let (event, stream) = entry.repeated(UInt64(number))
        return record(of: numbered(event), stream, after: due)
    }

    private mutating func record(
        of event: Event, _ stream: StreamKey, after: Duration
    ) -> Record {
        last += 1
        let moment = Traffic.beginning
        return Record(
            number: last,
            stamp: Stamp(
                wall: moment.wall + shift + after, instant: moment.instant + after, boot: 1),
            stream: stream, eventID: EventID(epoch: epoch, ordinal: last), event: event)
    }

    /// Numbers of call detail records have no gaps.
    private mutating func numbered(_ event: Event) -> Event {
        guard event.cdrNumber != nil else { return event }
        lastCDR += 1
        switch event {
        case .callEnded(var ended):
            ended.cdrNumber = lastCDR
            return .callEnded(ended)
        case .callRefused(var refused):
            refused.cdrNumber = lastCDR
            return .callRefused(refused)
        default: return event
        }
    }
}
