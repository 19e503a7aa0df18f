// Where events wait for the writer: encoded as they come, so that one copy of a message goes from the
// core to the disk.

import Domain

/// Encoded records, in order.
struct FillBuffer {
    /// Record headers and bodies, one after the other.
    private(set) var raw: Octets = []
    /// The end of each record in `raw`.
    private(set) var ends: [Int] = []
    /// Wall time of each record.
    private(set) var walls: [Int64] = []
    /// The first event's number; meaningless while empty.
    private(set) var firstEvent: EventNumber = 0

    var isEmpty: Bool { ends.isEmpty }
    var count: Int { ends.count }

    mutating func append(_ record: Record, codec: EventCodec) {
        if ends.isEmpty { firstEvent = record.number }
        precondition(
            record.number == firstEvent + EventNumber(ends.count),
            "event \(record.number) does not follow the one before it")
        // Deltas are made when the batch is cut, because its base is not known before.
        let start = RecordHeader.write(record, baseWall: 0, into: &raw)
        codec.encode(record.event, into: &raw)
        let length = raw.count - start
        precondition(length <= Limits.recordBytes, "an event is larger than a record may be")
        raw.store(UInt32(length), at: start)
        ends.append(raw.count)
        walls.append(record.stamp.wall.nanoseconds)
    }

    mutating func removeAll() {
        raw.removeAll(keepingCapacity: raw.capacity <= 4 * Limits.batchBytes)
        ends.removeAll(keepingCapacity: true)
        walls.removeAll(keepingCapacity: true)
    }

    /// The records that go into the next batch, from the one at `index`: as many as the caps allow.
    func batch(from index: Int, rawLimit: Int) -> Range<Int> {
        let start = index == 0 ? 0 : ends[index - 1]
        var end = index + 1
        while end < ends.count, end - index < Limits.batchRecords, ends[end] - start <= rawLimit {
            end += 1
        }
        return index..<end
    }

    /// A batch of those records as it is written to disk, and its chain.
    func encoded(
        _ records: Range<Int>, epoch: UInt64, salt: UInt64, durableThrough: EventNumber,
        previousChain: Octets
    ) -> (bytes: Octets, chain: Octets) {
        let start = records.lowerBound == 0 ? 0 : ends[records.lowerBound - 1]
        var payload = Octets(raw[start..<ends[records.upperBound - 1]])
        let base = walls[records.lowerBound]
        var slices: [Range<Int>] = []
        var position = 0
        for index in records {
            payload.store(walls[index] &- base, at: position + 8)
            let end = ends[index] - start
            slices.append(position..<end)
            position = end
        }
        let first = firstEvent + EventNumber(records.lowerBound)
        let chain = Chain.next(
            after: previousChain, firstEvent: first, epoch: epoch,
            records: slices.map { payload[$0] })
        let block = payload.withUnsafeBytes { LZ4Block.compress($0) }
        let stored = block ?? payload
        let header = BatchHeader(
            compression: block == nil ? .raw : .lz4, storedBytes: UInt32(stored.count),
            rawBytes: UInt32(payload.count), firstEvent: first, count: UInt32(records.count),
            epoch: epoch, baseWall: base, latestWall: walls[records].max() ?? base, salt: salt,
            durableThrough: durableThrough, previousChain: previousChain, chain: chain,
            payloadCRC: CRC32C.of(stored))
        var bytes = header.encoded
        bytes.reserveCapacity(header.totalBytes)
        bytes += stored
        bytes += Octets(repeating: 0, count: header.paddedBytes - stored.count)
        bytes += header.trailer
        return (bytes, chain)
    }
}
