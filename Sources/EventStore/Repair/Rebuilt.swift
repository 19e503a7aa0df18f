// A segment as it is written anew: the batches that were left, those that a copy gave, and gaps.

import Domain

/// The contents of a segment under repair.
struct Rebuilt {
    let header: SegmentHeader
    private(set) var chain: Octets
    private(set) var lastEvent: EventNumber
    /// Chain hashes by the last event of each batch.
    private(set) var chains: [EventNumber: Octets] = [:]
    /// The batches, in the live form.
    private(set) var bytes: Octets = []
    private let compressor = BatchCompressor(nil)
    // What a gap record goes by.
    private var epoch: UInt64
    private var lastWall: Int64
    private var lastRecord: RecordHeader?

    /// With a salt of its own, because an index of the segment as it was must not fit.
    init(header: SegmentHeader, salt: UInt64) {
        var header = header
        header.salt = salt
        header.isSealed = false
        header.dictionaryBytes = 0
        header.dictionaryHash = Octets(repeating: 0, count: 32)
        self.header = header
        self.chain = header.previousChain
        self.lastEvent = header.firstEvent - 1
        epoch = header.epoch
        lastWall = header.created.nanoseconds
    }

    var name: String { SegmentHeader.fileName(firstEvent: header.firstEvent) }
    var usedBytes: Int { header.dataOffset + bytes.count }

    /// Whether a batch goes on from here, with or without others between: it is none that stands at a
    /// second place, nor one of another history.
    func isContinued(by batch: BatchHeader) -> Bool {
        batch.firstEvent > lastEvent + 1
            || batch.firstEvent == lastEvent + 1 && batch.previousChain == chain
    }

    mutating func add(_ batch: Batch) {
        let from = batch.header
        append(
            BatchContents(batch), durableThrough: from.durableThrough, epoch: from.epoch,
            chain: from.chain)
        lastRecord = RecordHeader(batch.bytes(of: batch.recordCount - 1)) ?? lastRecord
    }

    private mutating func append(
        _ contents: BatchContents, durableThrough: EventNumber, epoch: UInt64, chain: Octets
    ) {
        bytes += contents.encoded(
            BatchContents.Setting(
                epoch: epoch, salt: header.salt, durableThrough: durableThrough,
                previousChain: self.chain, chain: chain), contents.payload(epoch: epoch),
            compressor)
        self.chain = chain
        self.epoch = epoch
        lastEvent = contents.lastEvent
        chains[lastEvent] = chain
        lastWall = max(lastWall, contents.latestWall)
    }

    mutating func skip(to event: EventNumber, _ chain: Octets) {
        lastEvent = event
        self.chain = chain
    }

    /// Adds the record of a gap. A batch counts in 32 bits, so a longer gap takes several.
    mutating func addGap(
        _ lost: ClosedRange<EventNumber>, chain following: Octets?, _ hole: Hole,
        _ acceptance: LossAcceptance, _ codec: EventCodec, at now: WallTime
    ) {
        var first = lost.lowerBound
        while first <= lost.upperBound {
            let last = min(lost.upperBound, first + EventNumber(UInt32.max) - 1)
            let part = first...last
            let isEnd = last == lost.upperBound
            let next = (isEnd ? following : nil) ?? Chain.next(afterGap: chain, lost: part)
            append(
                contents(part, hole, acceptance, codec, now), durableThrough: first - 1,
                epoch: epoch, chain: next)
            first = last + 1
        }
    }

    private mutating func contents(
        _ lost: ClosedRange<EventNumber>, _ hole: Hole, _ acceptance: LossAcceptance,
        _ codec: EventCodec, _ now: WallTime
    ) -> BatchContents {
        let gap = GapRecorded(
            firstLost: lost.lowerBound, lastLost: lost.upperBound, segment: hole.segment,
            offset: UInt64(hole.offset), length: UInt64(hole.bytes.count),
            digest: hole.bytes.isEmpty ? [] : Chain.digest(hole.bytes), reason: hole.reason,
            operatorName: acceptance.operatorName, note: acceptance.note, recorded: now,
            lastCDR: acceptance.lastCDR(at: lost.upperBound), signature: [])
        let record = Record(
            number: lost.lowerBound,
            // Stamps never go back, so it has the time of what is before it.
            stamp: Stamp(
                wall: WallTime(nanoseconds: lastWall),
                instant: Instant(nanoseconds: lastRecord?.instant ?? 0),
                boot: lastRecord?.boot ?? 1),
            stream: .gateway,
            eventID: EventID(
                epoch: lastRecord?.eventID.epoch ?? epoch,
                ordinal: (lastRecord?.eventID.ordinal ?? 0) + 1),
            event: .gapRecorded(gap))
        var buffer = FillBuffer()
        buffer.append(record, codec: codec)
        var contents = buffer.contents(of: 0..<1)
        contents.kind = .gap
        contents.count = lost.count
        lastRecord = RecordHeader(contents.raw[...]) ?? lastRecord
        return contents
    }
}
