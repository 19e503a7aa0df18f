// Where events wait for the writer: encoded as they come, so that one copy of a message goes from the
// core to the disk.

package import Domain

/// Encoded records, in order.
package struct FillBuffer {
    /// Record headers and bodies, one after the other.
    private(set) var raw: Octets = []
    /// The end of each record in `raw`.
    private(set) var ends: [Int] = []
    /// Wall time of each record.
    private(set) var walls: [Int64] = []
    /// The first event's number; meaningless while empty.
    private(set) var firstEvent: EventNumber = 0
    /// Records that are to be synced soon.
    private(set) var urgentCount = 0

    package init() {}

    var isEmpty: Bool { ends.isEmpty }
    var count: Int { ends.count }
    /// Of all records, headers included.
    package var rawBytes: Int { raw.count }

    /// Encodes a record after the others.
    package mutating func append(_ record: Record, codec: EventCodec) {
        if ends.isEmpty { firstEvent = record.number }
        // Deltas are made when the batch is cut, because its base is not known before.
        let start = raw.count
        RecordHeader(of: record).append(to: &raw)
        codec.encode(record.event, into: &raw)
        let length = raw.count - start
        precondition(length <= Limits.recordBytes, "an event is larger than a record may be")
        raw.store(UInt32(length), at: start)
        ends.append(raw.count)
        walls.append(record.stamp.wall.nanoseconds)
        if record.event.type.durability != .lazy { urgentCount += 1 }
    }

    /// Empties it, and keeps the space.
    package mutating func removeAll() {
        raw.removeAll(keepingCapacity: raw.capacity <= 4 * Limits.batchBytes)
        ends.removeAll(keepingCapacity: true)
        walls.removeAll(keepingCapacity: true)
        urgentCount = 0
    }

    /// The records that go into the next batch, from the one at `index`: as many as the cap allows.
    func batch(from index: Int, rawLimit: Int) -> Range<Int> {
        let start = index == 0 ? 0 : ends[index - 1]
        var end = index + 1
        while end < ends.count, ends[end] - start <= rawLimit { end += 1 }
        return index..<end
    }

    /// Those records as they stand in a batch.
    func contents(of records: Range<Int>) -> BatchContents {
        let start = records.lowerBound == 0 ? 0 : ends[records.lowerBound - 1]
        var contents = BatchContents(
            kind: .records, firstEvent: firstEvent + EventNumber(records.lowerBound),
            count: records.count, raw: Octets(raw[start..<ends[records.upperBound - 1]]),
            ends: ends[records].map { $0 - start }, baseWall: walls[records.lowerBound],
            latestWall: walls[records].max() ?? 0)
        var position = 0
        for index in records {
            contents.raw.store(walls[index] &- contents.baseWall, at: position + 8)
            position = ends[index] - start
        }
        return contents
    }
}
