// Reads a log from any process, while it is written or at rest, through roll, seal and drop. It sees
// only what is durable, and checks every batch.

package import Domain

/// A position in a log.
package struct LogReader: Sendable {
    private let directory: String
    private let disk: any Disk
    private let codec: EventCodec
    /// The last event that may be shown.
    private let limit: @Sendable () -> EventNumber
    /// The limit as it was last asked for: asking costs more than reading an event.
    private var knownLimit: EventNumber = 0
    private var cursor: SegmentCursor?
    private var batch: Batch?
    private var index = 0
    /// Types that are decoded; the others are skipped. Nil for all.
    package var wanted: (@Sendable (EventType) -> Bool)?
    /// The only stream that is decoded; `StreamReader` also passes over what has nothing of it. Nil for all.
    package var stream: StreamKey?
    /// Events of types that this version does not know, and skipped.
    package private(set) var skipped = 0
    /// The last event that was given or passed over.
    package private(set) var position: EventNumber = 0
    /// Events up to this one are passed over: the log may not reach as far yet.
    private var passed: EventNumber = 0
    /// Chain hash after the last batch that was read.
    package private(set) var chain: Octets = []

    /// Reads from the start. `durable` says how far the writer of this process is; without it the
    /// log's own marks do, or its end when nobody writes it.
    package init(
        _ directory: String, codec: EventCodec, host: LogHost = .machine,
        durable: (@Sendable () -> EventNumber)? = nil
    ) throws(LogError) {
        self.directory = directory
        self.codec = codec
        disk = host.disk
        if let durable {
            limit = durable
        } else {
            limit = { [disk] in Self.publishedEnd(of: directory, on: disk) }
        }
        _ = try Segment.names(in: directory, on: disk)
    }

    private static func publishedEnd(of directory: String, on disk: any Disk) -> EventNumber {
        guard disk.isLocked(LogLock.path(directory)) else { return .max }
        return CommitMarks.newest(in: directory, on: disk).durable
    }

    /// The next event; nil at the durable end. It may be called again later, to follow the log.
    package mutating func next() throws(LogError) -> Record? {
        while true {
            if let batch {
                while index < batch.recordCount, mayShow(batch.lastNumber(of: index)) {
                    position = batch.lastNumber(of: index)
                    index += 1
                    if position > passed, let record = try decode(batch, index - 1) {
                        return record
                    }
                }
                if index < batch.recordCount { return nil }
                self.batch = nil
            }
            guard mayShow(position + 1), try advance() else {
                // Asked anew next time: a writer may have begun.
                knownLimit = min(knownLimit, position)
                return nil
            }
        }
    }

    private mutating func mayShow(_ number: EventNumber) -> Bool {
        if number > knownLimit { knownLimit = limit() }
        return number <= knownLimit
    }

    private mutating func decode(_ batch: Batch, _ index: Int) throws(LogError) -> Record? {
        if wanted != nil || stream != nil {
            guard let header = RecordHeader(batch.bytes(of: index)) else { return nil }
            if let stream, header.stream != stream { return nil }
            if let wanted, let type = EventType(rawValue: header.type), !wanted(type) { return nil }
        }
        do throws(CodecError) {
            if let record = try batch.record(index).decoded(codec) { return record }
            skipped += 1
            return nil
        } catch  where error.isOfAnotherKey {
            throw .wrongKey(segment: cursor?.segment.name, event: position)
        } catch {
            throw LogError(
                .unknownEvent, "event \(position) cannot be read: \(error)",
                advice: "read the log with the version that wrote it, or a newer one",
                segment: cursor?.segment.name, event: position)
        }
    }

    /// Continues after an event. Its batch is read again.
    package mutating func seek(to number: EventNumber) throws(LogError) {
        let names = try Segment.names(in: directory, on: disk)
        cursor = nil
        batch = nil
        position = 0
        passed = number
        let at = names.lastIndex { Segment.firstEvent($0) <= number + 1 } ?? 0
        guard at < names.count else { return }
        do throws(LogError) {
            try open(names[at])
        } catch {
            guard isGone(names[at]) else { throw error }
            return try seek(to: number)
        }
        if number > position, let entry = index(of: names[at])?.group(holding: number) {
            cursor?.jump(to: Int(entry.offset), after: entry.firstEvent - 1, chain: entry.chain)
            position = entry.firstEvent - 1
            chain = entry.chain
        }
        while position < number, try advance() {
            guard let batch, batch.header.lastEvent > number else {
                position = batch?.header.lastEvent ?? position
                self.batch = nil
                continue
            }
            index = batch.header.kind == .gap ? 0 : Int(number + 1 - batch.header.firstEvent)
            position = number
        }
    }

    private func index(of name: String) -> SegmentIndex? {
        guard let header = cursor?.segment.header else { return nil }
        return SegmentIndex.load(directory, header, on: disk)
    }

    private mutating func open(_ name: String) throws(LogError) {
        let next = SegmentCursor(
            try SegmentOrder.open(name, in: directory, on: disk), check: .stored)
        cursor = next
        position = next.lastEvent
        chain = next.chain
    }

    /// Opens the oldest segment. It may be dropped while it is looked for.
    private mutating func openFirst() throws(LogError) -> Bool {
        while let first = try Segment.names(in: directory, on: disk).first {
            do throws(LogError) {
                try open(first)
                return true
            } catch {
                guard isGone(first) else { throw error }
            }
        }
        return false
    }

    private func isGone(_ name: String) -> Bool { !disk.exists(directory + "/" + name) }

    /// Reads the next batch, from the next segment if this one is at its end. False at the log's end.
    private mutating func advance() throws(LogError) -> Bool {
        guard cursor != nil else {
            return try openFirst() ? advance() : false
        }
        let fault: Batch.Fault
        do throws(Batch.Fault) {
            let reads = cursor?.reads
            if let found = try cursor?.next() {
                // Without a writer everything may be shown that was there before one began.
                if knownLimit == .max, cursor?.reads != reads { knownLimit = limit() }
                batch = found
                index = 0
                chain = found.header.chain
                return true
            }
            fault = .end
        } catch { fault = error }
        return try roll(or: fault)
    }

    /// After something that is no batch: the next segment if this one ends there, the end of the log if
    /// nothing durable is missing, and else damage.
    private mutating func roll(or fault: Batch.Fault) throws(LogError) -> Bool {
        guard let current = cursor else { return false }
        let names = try Segment.names(in: directory, on: disk)
        let next = SegmentHeader.fileName(firstEvent: current.lastEvent + 1)
        if next != current.segment.name, names.contains(next) {
            try open(next)
            guard cursor?.chain == current.chain else {
                throw .damaged(
                    "the segment does not continue the hash chain", segment: next, offset: 0,
                    event: current.lastEvent + 1)
            }
            return try advance()
        }
        if let oldest = names.first, oldest > next {
            throw LogError(
                .unavailable, "events were dropped before they were read",
                advice: "read on from event \(Segment.firstEvent(oldest))",
                segment: oldest, event: current.lastEvent + 1)
        }
        if knownLimit == .max, disk.isLocked(LogLock.path(directory)) {
            // Somebody began to write the log meanwhile.
            knownLimit = limit()
            return position < knownLimit ? try advance() : false
        }
        let isLast = names.last.map { $0 <= current.segment.name } ?? true
        guard isLast, try isEnd(current, fault) else {
            throw .damaged(
                fault.reason, segment: current.segment.name, offset: current.offset,
                event: current.lastEvent + 1)
        }
        return false
    }

    /// Whether the last segment may end here: everything that is durable has been read, and what
    /// follows is what a writer would cut.
    private func isEnd(_ cursor: SegmentCursor, _ fault: Batch.Fault) throws(LogError) -> Bool {
        guard knownLimit == .max else { return cursor.lastEvent >= knownLimit }
        if cursor.segment.header.isSealed { return fault == .end && isWhole(cursor) }
        let mark = CommitMarks.newest(in: directory, on: disk)
        let tail = try Tail(of: cursor, fault: fault)
        if case .damaged = tail.verdict(mark: mark) { return false }
        return true
    }

    private func isWhole(_ cursor: SegmentCursor) -> Bool {
        cursor.offset == Int(clamping: cursor.segment.header.segmentBytes)
    }
}
