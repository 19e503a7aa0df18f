// Walks the batches of a segment, live or sealed, one after the other. Everybody who reads a log reads
// it through this: readers, recovery, verification, sealing.

import Domain

/// A position in a segment.
struct SegmentCursor {
    let segment: Segment
    private let check: Batch.Check
    /// Where the next batch stands in the file, or the group that it is in.
    private(set) var offset: Int
    private(set) var lastEvent: EventNumber
    private(set) var chain: Octets
    private(set) var epoch: UInt64
    private(set) var lastEventID = EventID(epoch: 0, ordinal: 0)
    /// Batches so far, and the bytes of their records.
    private(set) var batches = 0
    private(set) var rawBytes = 0

    /// What was read ahead of the file.
    private var window: ArraySlice<UInt8> = []
    private var windowStart = 0
    private var readAhead = Self.smallestRead
    /// How often the file was read.
    private(set) var reads = 0
    /// The group that is being read.
    private var group: SealedGroup?

    private static let smallestRead = 8_192
    private static let largestRead = 1_048_576

    /// Begins at the first batch of a segment.
    init(_ segment: Segment, check: Batch.Check) {
        self.segment = segment
        self.check = check
        offset = segment.header.dataOffset
        lastEvent = segment.header.firstEvent - 1
        chain = segment.header.previousChain
        epoch = segment.header.epoch
    }

    /// Goes to a batch or group that is known to stand at an offset, with what is before it.
    mutating func jump(to offset: Int, after lastEvent: EventNumber, chain: Octets) {
        self.offset = offset
        self.lastEvent = lastEvent
        self.chain = chain
        lastEventID = EventID(epoch: 0, ordinal: 0)
        group = nil
        drop()
    }

    /// What the next batch must continue.
    var place: Batch.Place {
        Batch.Place(
            nextEvent: lastEvent + 1, chain: chain, epoch: epoch, salt: segment.header.salt,
            eventID: lastEventID)
    }

    /// The next batch. Throws `empty` where zeros stand or the file ends, and may be called again
    /// when there may be more. Nil at the end of a sealed segment.
    mutating func next() throws(Batch.Fault) -> Batch? {
        if !segment.header.isSealed { return try nextLive() }
        if group == nil {
            guard offset < Int(clamping: segment.header.segmentBytes) else { return nil }
            group = try openGroup()
        }
        return try nextInGroup()
    }

    /// What the group at the position has of a stream.
    mutating func records(of stream: StreamKey) throws(Batch.Fault) -> [StoredRecord] {
        try openGroup(only: stream).records(of: stream)
    }

    private mutating func nextLive() throws(Batch.Fault) -> Batch {
        let isFresh = window.isEmpty
        do throws(Batch.Fault) {
            return try readLive()
        } catch {
            // The log may have grown since it was read ahead.
            drop()
            if isFresh { throw error }
            return try readLive()
        }
    }

    private mutating func readLive() throws(Batch.Fault) -> Batch {
        let header = try Batch.header(
            try bytes(BatchHeader.bytes), salt: segment.header.salt)
        let batch = try Batch(
            try bytes(header.totalBytes), after: place, dictionary: segment.dictionary,
            check: check)
        offset += batch.header.totalBytes
        pass(batch)
        return batch
    }

    private mutating func nextInGroup() throws(Batch.Fault) -> Batch? {
        let place = place
        guard let batch = try group?.next(after: place, check: check) else { return nil }
        pass(batch)
        if let group, group.isAtEnd {
            offset += group.header.totalBytes
            self.group = nil
        }
        return batch
    }

    private mutating func pass(_ batch: Batch) {
        lastEvent = batch.header.lastEvent
        chain = batch.header.chain
        epoch = batch.header.epoch
        lastEventID = batch.lastEventID
        batches += 1
        rawBytes += batch.raw.count
    }

    private mutating func openGroup(
        only stream: StreamKey? = nil
    ) throws(Batch.Fault) -> SealedGroup {
        let front = try bytes(GroupHeader.largestBytes)
        guard !front.isEmpty else { throw .end }
        guard let header = GroupHeader(front), header.salt == segment.header.salt else {
            throw .header
        }
        guard header.firstEvent == lastEvent + 1, header.previousChain == chain else {
            throw .chain
        }
        let whole = try bytes(header.totalBytes)
        guard whole.count == header.totalBytes else { throw .end }
        return try SealedGroup(whole, header, only: stream)
    }

    /// Whether the batch that was read last has others after it in its group.
    var isInGroup: Bool { group != nil }

    // MARK: The file

    /// That many bytes at the position, or fewer at the end of the file.
    private mutating func bytes(_ count: Int) throws(Batch.Fault) -> ArraySlice<UInt8> {
        let start = offset - windowStart
        if start >= 0, start + count <= window.count {
            return window.dropFirst(start).prefix(count)
        }
        do throws(SystemCallFailure) {
            window = try segment.file.read(at: offset, count: max(count, readAhead))[...]
        } catch { throw .unreadable }
        windowStart = offset
        reads += 1
        readAhead = min(readAhead * 2, Self.largestRead)
        return window.prefix(count)
    }

    private mutating func drop() {
        window = []
        windowStart = 0
        readAhead = Self.smallestRead
    }
}
