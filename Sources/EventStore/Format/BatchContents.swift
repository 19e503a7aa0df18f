// A batch before it is stored: its records and what the header says about them, apart from how they are
// compressed and in which segment they come to stand.

import Domain

/// What a batch holds.
struct BatchContents {
    var kind: BatchHeader.Kind
    var firstEvent: EventNumber
    /// Events that it stands for: one for each record, and any number for a gap.
    var count: Int
    var raw: Octets
    /// Where each record ends in `raw`.
    var ends: [Int]
    var baseWall: Int64
    var latestWall: Int64

    var lastEvent: EventNumber { firstEvent + EventNumber(count) - 1 }

    /// The contents of a batch that was read.
    init(_ batch: Batch) {
        self.init(
            kind: batch.header.kind, firstEvent: batch.header.firstEvent,
            count: Int(batch.header.count), raw: batch.raw, ends: batch.ends,
            baseWall: batch.header.baseWall, latestWall: batch.header.latestWall)
    }

    init(
        kind: BatchHeader.Kind, firstEvent: EventNumber, count: Int, raw: Octets, ends: [Int],
        baseWall: Int64, latestWall: Int64
    ) {
        self.kind = kind
        self.firstEvent = firstEvent
        self.count = count
        self.raw = raw
        self.ends = ends
        self.baseWall = baseWall
        self.latestWall = latestWall
    }

    /// What a batch continues, and what it says about its writing.
    struct Setting {
        var epoch: UInt64
        var salt: UInt64
        var durableThrough: EventNumber
        var previousChain: Octets
        var chain: Octets
    }

    /// The records as they are stored, before compression.
    func payload(epoch: UInt64) -> Octets {
        BatchPayload.encoded(raw, ends: ends, epoch: epoch)
    }

    /// The bytes of the batch with its payload, compressed as its segment does it.
    func encoded(
        _ setting: Setting, _ payload: Octets, _ compressor: BatchCompressor,
        _ effort: BatchCompressor.Effort = .hard
    ) -> Octets {
        let (stored, how) = compressor.compress(payload, effort)
        let header = BatchHeader(
            compression: how, kind: kind, storedBytes: UInt32(stored.count),
            rawBytes: UInt32(raw.count), firstEvent: firstEvent, count: UInt32(count),
            dictionary: how == .dictionary ? compressor.dictionary?.id ?? 0 : 0,
            epoch: setting.epoch, baseWall: baseWall, latestWall: latestWall, salt: setting.salt,
            durableThrough: setting.durableThrough, previousChain: setting.previousChain,
            chain: setting.chain, payloadCRC: CRC32C.of(stored))
        var bytes = header.encoded
        bytes.reserveCapacity(header.totalBytes)
        bytes += stored
        bytes += Octets(repeating: 0, count: header.paddedBytes - stored.count)
        bytes += header.trailer
        return bytes
    }
}
