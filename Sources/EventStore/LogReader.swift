// Reads a log from any process, while it is written or at rest, through roll. It sees only what is
// durable, and verifies every batch.

package import Domain
import Glibc

/// A position in a log.
package struct LogReader {
    private let directory: String
    private let codec: EventCodec
    /// The last event that may be shown.
    private let limit: () -> EventNumber
    private var segment: Segment?
    private var batch: Batch?
    private var index = 0
    /// Types that are decoded; the others are skipped. Nil for all.
    package var wanted: (@Sendable (EventType) -> Bool)?
    /// Events of types that this version does not know, and skipped.
    package private(set) var skipped = 0
    /// The last event that was given or passed over.
    package private(set) var position: EventNumber = 0
    /// Chain hash after the last batch that was read.
    package private(set) var chain: Octets = []

    /// Reads from the start. `durable` says how far the writer of this process is; without it the
    /// log's own marks do, or its end when nobody writes it.
    package init(
        _ directory: String, codec: EventCodec, durable: (@Sendable () -> EventNumber)? = nil
    ) throws(LogError) {
        self.directory = directory
        self.codec = codec
        if let durable {
            limit = durable
        } else {
            limit = { Self.publishedEnd(of: directory) }
        }
        _ = try Segment.names(in: directory)
    }

    private static func publishedEnd(of directory: String) -> EventNumber {
        guard LogLock.isHeld(directory) else { return .max }
        return (try? CommitMarks(directory, forWriting: false).mark.durable) ?? 0
    }

    /// The next event; nil at the durable end. It may be called again later, to follow the log.
    package mutating func next() throws(LogError) -> Record? {
        while true {
            if let batch {
                let end = limit()
                while index < batch.records.count, position < end {
                    position += 1
                    index += 1
                    if let record = try decode(batch, index - 1) { return record }
                }
                if index < batch.records.count { return nil }
                self.batch = nil
            }
            guard position < limit(), try advance() else { return nil }
        }
    }

    private mutating func decode(_ batch: Batch, _ index: Int) throws(LogError) -> Record? {
        guard let header = RecordHeader(batch.records[index]) else { return nil }
        if let wanted, let type = EventType(rawValue: header.type), !wanted(type) { return nil }
        do throws(CodecError) {
            if let record = try batch.record(index, codec: codec) { return record }
            skipped += 1
            return nil
        } catch {
            throw LogError(
                .unknownEvent, "event \(position) cannot be read: \(error)",
                advice: "read the log with the version that wrote it, or a newer one",
                segment: segment?.name, event: position)
        }
    }

    /// Continues after an event. Its batch is read again.
    package mutating func seek(to number: EventNumber) throws(LogError) {
        let names = try Segment.names(in: directory)
        segment = nil
        batch = nil
        let firsts = names.map { EventNumber($0.prefix(20)) ?? 0 }
        let at = firsts.lastIndex { $0 <= number + 1 } ?? 0
        guard at < names.count else { return }
        try open(names[at])
        while position < number, try advance() {
            guard let batch, batch.header.lastEvent > number else {
                position = batch?.header.lastEvent ?? position
                self.batch = nil
                continue
            }
            index = Int(number + 1 - batch.header.firstEvent)
            position = number
        }
    }

    private mutating func open(_ name: String) throws(LogError) {
        let next = try Segment.open(directory + "/" + name, forWriting: false)
        segment = next
        position = next.header.firstEvent - 1
        chain = next.header.previousChain
    }

    /// Reads the next batch, from the next segment if this one is at its end. False at the log's end.
    private mutating func advance() throws(LogError) -> Bool {
        guard let segment else {
            guard let first = try Segment.names(in: directory).first else { return false }
            try open(first)
            return try advance()
        }
        let found: Batch?
        do throws(Batch.Fault) {
            found = try read(segment)
        } catch {
            throw .damaged(
                error.reason, segment: segment.name, offset: segment.end, event: position + 1)
        }
        guard let found else { return try roll() }
        batch = found
        index = 0
        chain = found.header.chain
        segment.end += found.header.totalBytes
        return true
    }

    /// The batch at the segment's position; nil where there is none.
    private func read(_ segment: Segment) throws(Batch.Fault) -> Batch? {
        guard segment.hasRoom(for: BatchHeader.bytes) else { return nil }
        func bytes(_ count: Int) throws(Batch.Fault) -> Octets {
            do throws(SystemCallFailure) {
                return try segment.file.read(at: segment.end, count: count)
            } catch { throw .payload }
        }
        let front = try bytes(BatchHeader.bytes)
        let header: BatchHeader
        do throws(Batch.Fault) {
            header = try Batch.header(at: 0, in: front[...], salt: segment.header.salt)
        } catch {
            // What lies past the durable end may be half-written; before it there is no excuse. That
            // the log goes on in another segment is an end, too; `roll` finds out.
            let end = limit()
            if position >= end || error == .empty && !isMissing(upTo: end) { return nil }
            if end == .max, try isTornTail(segment) { return nil }
            throw error
        }
        do throws(Batch.Fault) {
            return try Batch(
                at: 0, in: try bytes(header.totalBytes)[...], salt: segment.header.salt,
                firstEvent: position + 1, previousChain: chain)
        } catch {
            if limit() == .max, try isTornTail(segment) { return nil }
            throw error
        }
    }

    /// Whether events after the position must be in this segment: the log is known to reach further,
    /// and no segment begins with the next one.
    private func isMissing(upTo end: EventNumber) -> Bool {
        let names = (try? Segment.names(in: directory)) ?? []
        let first = segment?.header.firstEvent ?? 0
        let later = names.compactMap { EventNumber($0.prefix(20)) }.filter { $0 > first }
        if let next = later.first { return next != position + 1 }
        let marked = (try? CommitMarks(directory, forWriting: false).mark.durable) ?? 0
        return position < (end == .max ? marked : end)
    }

    /// A tail that a writer would cut: nothing in it was acknowledged.
    private func isTornTail(_ segment: Segment) throws(Batch.Fault) -> Bool {
        guard !isMissing(upTo: .max) else { return false }
        guard var scan = try? Scan(segment), (try? scan.run()) != nil else { throw .payload }
        return scan.laterBatch() == nil
    }

    private mutating func roll() throws(LogError) -> Bool {
        let next = SegmentHeader.fileName(firstEvent: position + 1)
        guard segment?.name != next, access(directory + "/" + next, F_OK) == 0 else {
            return false
        }
        let chain = chain
        try open(next)
        guard segment?.header.previousChain == chain else {
            throw .damaged(
                "the segment does not continue the hash chain", segment: next, offset: 0,
                event: position + 1)
        }
        return true
    }
}
