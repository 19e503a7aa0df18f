// Walks the batches of a segment, live or sealed, one after the other. Everybody who reads a log reads
// it through this: readers, recovery, verification, sealing.

import Domain

/// A position in a segment.
struct SegmentCursor {
    let segment: Segment
    private let check: Batch.Check
    /// Where the next batch or block stands in the file.
    private(set) var offset: Int
    private(set) var lastEvent: EventNumber
    private(set) var chain: Octets
    private(set) var epoch: UInt64
    /// Batches so far, and the bytes of their records.
    private(set) var batches = 0
    private(set) var rawBytes = 0

    /// What was read ahead of the file.
    private var window: ArraySlice<UInt8> = []
    private var windowStart = 0
    private var readAhead = Self.smallestRead
    /// How often the file was read.
    private(set) var reads = 0
    /// What is left of the block that is being read.
    private var block: ArraySlice<UInt8> = []

    private static let smallestRead = 8_192
    private static let largestRead = 1_048_576

    /// Begins at the first batch of a segment.
    init(_ segment: Segment, check: Batch.Check) {
        self.segment = segment
        self.check = check
        offset = segment.header.dataOffset
        lastEvent = segment.header.firstEvent - 1
        chain = segment.header.previousChain
        epoch = 0
    }

    /// Goes to a batch or block that is known to stand at an offset, with what is before it.
    mutating func jump(to offset: Int, after lastEvent: EventNumber, chain: Octets) {
        self.offset = offset
        self.lastEvent = lastEvent
        self.chain = chain
        block = []
        drop()
    }

    /// What the next batch must continue.
    var place: Batch.Place {
        Batch.Place(
            nextEvent: lastEvent + 1, chain: chain, epoch: epoch, salt: segment.header.salt)
    }

    /// The next batch. Throws `empty` where zeros stand or the file ends, and may be called again
    /// when there may be more. Nil at the end of a sealed segment.
    mutating func next() throws(Batch.Fault) -> Batch? {
        if !segment.header.isSealed { return try nextLive() }
        if !block.isEmpty { return try nextInBlock() }
        guard offset < Int(clamping: segment.header.segmentBytes) else { return nil }
        try openBlock()
        return try nextInBlock()
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

    private mutating func nextInBlock() throws(Batch.Fault) -> Batch {
        let batch: Batch
        do throws(Batch.Fault) {
            batch = try Batch(block, after: place, dictionary: nil, check: check)
        } catch { throw error == .empty ? .records : error }
        block = block.dropFirst(batch.header.totalBytes)
        pass(batch)
        return batch
    }

    private mutating func pass(_ batch: Batch) {
        lastEvent = batch.header.lastEvent
        chain = batch.header.chain
        epoch = batch.header.epoch
        batches += 1
        rawBytes += batch.raw.count
    }

    private mutating func openBlock() throws(Batch.Fault) {
        let front = try bytes(BlockHeader.bytes)
        guard front.count == BlockHeader.bytes else { throw .end }
        guard let header = BlockHeader(front), header.salt == segment.header.salt,
            header.firstEvent == lastEvent + 1
        else { throw .header }
        let whole = try bytes(header.totalBytes)
        guard whole.count == header.totalBytes else { throw .end }
        let stored = whole.dropFirst(BlockHeader.bytes).prefix(Int(header.storedBytes))
        guard CRC32C.of(stored) == header.payloadCRC else { throw .payload }
        guard whole[stored.endIndex...].allSatisfy({ $0 == 0 }) else { throw .padding }
        if header.isCompressed {
            guard let raw = LZ4Block.decompress(stored, rawBytes: Int(header.rawBytes)) else {
                throw .payload
            }
            block = raw[...]
        } else {
            block = Octets(stored)[...]
        }
        offset += header.totalBytes
    }

    /// Whether the batch that was read last has others after it in its block.
    var isInBlock: Bool { !block.isEmpty }

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
