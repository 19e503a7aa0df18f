// Appending is idempotent and may be conditional: who does not know whether an append arrived makes it
// again, and who decided on what a stream was says so.

package import Domain
import Synchronization

/// Why events were not appended. The log is as it was before.
package enum AppendError: Error, Hashable, Sendable {
    /// The stream has another last event than the one that the decision was made on; 0 for none.
    case conflict(stream: StreamKey, expected: EventNumber, actual: EventNumber)
    /// The event identifier was used before, for other bytes.
    case changedRepeat(EventID, number: EventNumber)
    /// The event has a number that is not the next one.
    case wrongNumber(EventNumber, next: EventNumber)
    /// Identifiers grow with the numbers; this one is from before, and there is no such event.
    case staleID(EventID)
    /// The disk failed: whether the events were appended is not known.
    case unknown
    /// The log cannot be read back to find out.
    case unreadable(String)
}

/// The end of the log as appenders see it, ahead of the disk.
struct AppendState {
    var lastNumber: EventNumber
    var lastID: EventID
    /// Last event of the streams that somebody asked for: calls do not pay for the others.
    private(set) var watched: [StreamKey: EventNumber] = [:]

    init(epoch: UInt64, lastNumber: EventNumber) {
        self.lastNumber = lastNumber
        // Every identifier that this writer mints is above all of those before.
        lastID = EventID(epoch: epoch, ordinal: .max)
    }

    mutating func passed(_ record: Record) {
        lastNumber = record.number
        lastID = record.eventID
        if !watched.isEmpty, watched[record.stream] != nil {
            watched[record.stream] = record.number
        }
    }

    /// Forgets all streams when so many more would be too many.
    mutating func makeRoom(for count: Int) {
        if watched.count + count > Limits.watchedStreams { watched = [:] }
    }

    /// Follows a stream from now on; `known` is its last event as far as it was read.
    mutating func watch(_ stream: StreamKey, known: EventNumber) {
        watched[stream] = max(watched[stream] ?? 0, known)
    }
}

extension EventLog {
    /// Hands over events, which are encoded at once and written soon; does not wait for the disk.
    ///
    /// Numbers follow each other, and identifiers grow with them. Events that were appended before,
    /// with the same identifiers and contents, change nothing: it is waited until they are on disk.
    /// Each stream in `expecting` must have that event as its last one, 0 for none.
    package func append(
        _ records: [Record], expecting: [StreamKey: EventNumber] = [:]
    ) throws(AppendError) {
        guard let first = records.first else { return }
        let isRepeat = appended.withLock { $0.lastID >= first.eventID }
        if isRepeat { return try repeated(records) }
        if expecting.isEmpty { return try decide(records, [:]) }
        // One at a time, so that every stream is still followed when it is decided.
        try conditions.withLock { _ throws(AppendError) in
            appended.withLock { $0.makeRoom(for: expecting.count) }
            for stream in expecting.keys { try watch(stream) }
            try decide(records, expecting)
        }
    }

    /// Hands the events to the writer, or says why not.
    private func decide(
        _ records: [Record], _ expecting: [StreamKey: EventNumber]
    ) throws(AppendError) {
        let refusal = appended.withLock { state in
            let refusal = Self.refusal(of: records, expecting, state)
            if refusal == nil {
                for record in records { state.passed(record) }
                queue.append(records)
            }
            return refusal
        }
        if let refusal { throw refusal }
    }

    private static func refusal(
        of records: [Record], _ expecting: [StreamKey: EventNumber], _ state: AppendState
    ) -> AppendError? {
        for (stream, expected) in expecting.sorted(by: { $0.key.low < $1.key.low }) {
            let actual = state.watched[stream] ?? 0
            if actual != expected {
                return .conflict(stream: stream, expected: expected, actual: actual)
            }
        }
        var (number, id) = (state.lastNumber, state.lastID)
        for record in records {
            guard record.number == number + 1 else {
                return .wrongNumber(record.number, next: number + 1)
            }
            guard record.eventID > id else { return .staleID(record.eventID) }
            (number, id) = (record.number, record.eventID)
        }
        return nil
    }

    /// Finds the last event of a stream, and follows the stream from then on.
    private func watch(_ stream: StreamKey) throws(AppendError) {
        let last = appended.withLock { state -> EventNumber? in
            if state.watched[stream] != nil { return nil }
            state.watch(stream, known: 0)
            return state.lastNumber
        }
        guard let last else { return }
        guard waitDurable(last) else { throw .unknown }
        var known: EventNumber = 0
        try readBackwards { header, number in
            if header.stream == stream { known = max(known, number) }
        } until: {
            known > 0
        }
        appended.withLock { $0.watch(stream, known: known) }
    }

    /// Every one of them must be in the log already, with the same bytes.
    private func repeated(_ records: [Record]) throws(AppendError) {
        let last = appended.withLock { $0.lastNumber }
        guard waitDurable(last) else { throw .unknown }
        var missing = Dictionary(
            records.map { ($0.eventID, $0) }, uniquingKeysWith: { first, _ in first })
        var changed: AppendError?
        try readBackwards { header, number in
            guard let wanted = missing.removeValue(forKey: header.eventID) else { return }
            if !isSame(wanted, number) {
                changed = changed ?? .changedRepeat(header.eventID, number: number)
            }
        } until: {
            missing.isEmpty
        }
        if let changed { throw changed }
        if let stale = missing.keys.min() { throw .staleID(stale) }
    }

    private func isSame(_ record: Record, _ number: EventNumber) -> Bool {
        guard
            var reader = try? LogReader(directory, codec: codec, host: host, durable: { .max - 1 })
        else { return false }
        try? reader.seek(to: number - 1)
        return (try? reader.next()) == record
    }

    /// The headers of the records that are on disk, segment by segment from the newest one, until
    /// enough is known.
    private func readBackwards(
        _ each: (RecordHeader, EventNumber) -> Void, until isEnough: () -> Bool
    ) throws(AppendError) {
        do throws(LogError) {
            var last = durableNumber
            for name in try Segment.names(in: directory, on: host.disk).reversed() {
                let segment = try Segment.open(directory + "/" + name, on: host.disk)
                try read(segment, to: last, each)
                if isEnough() { return }
                last = segment.header.firstEvent - 1
            }
        } catch { throw .unreadable(error.description) }
    }

    private func read(
        _ segment: Segment, to last: EventNumber, _ each: (RecordHeader, EventNumber) -> Void
    ) throws(LogError) {
        var cursor = SegmentCursor(segment, check: .stored)
        while cursor.lastEvent < last {
            do throws(Batch.Fault) {
                guard let batch = try cursor.next() else { throw .end }
                for index in 0..<batch.recordCount {
                    guard let header = RecordHeader(batch.bytes(of: index)) else { continue }
                    each(header, batch.number(of: index))
                }
            } catch {
                throw .damaged(
                    error.reason, segment: segment.name, offset: cursor.offset,
                    event: cursor.lastEvent + 1)
            }
        }
    }
}

extension EventID: Comparable {
    package static func < (one: EventID, other: EventID) -> Bool {
        (one.epoch, one.ordinal) < (other.epoch, other.ordinal)
    }
}
