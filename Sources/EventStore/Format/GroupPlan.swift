// Everything about a group but the bodies of its records: the headers of its batches and records in the
// order of the log, and in which order the streams stand, from which follows where each body is.

import Domain

/// The plan of a group.
struct GroupPlan {
    let batches: [BatchHeader]
    /// Whose bodies stand side by side: places of streams, which are counted by their first records.
    let order: [Int]
    let records: [RecordHeader]
    /// For each record the place of its stream.
    let runs: [Int]
    /// Where the body of each record begins among all bodies, and where the last one ends.
    let bodyStarts: [Int]
    let bodyBytes: Int

    /// What a place takes in the order.
    static let placeBytes = 4

    static func possibleBytes(of header: GroupHeader) -> ClosedRange<Int> {
        let fixed =
            Int(header.batchCount) * (BatchTable.rowBytes + BatchTable.chainBytes)
            + Int(header.streamCount) * placeBytes
        let row = RecordTable.possibleRowBytes
        let records = Int(header.recordCount)
        return fixed + records * row.lowerBound...fixed + records * row.upperBound
    }

    init(batches: [BatchHeader], order: [Int], records: [RecordHeader], runs: [Int]) {
        (self.batches, self.order) = (batches, order)
        (self.records, self.runs) = (records, runs)
        (bodyStarts, bodyBytes) = Self.layOut(records, runs, order)
    }

    /// Lays the bodies of each stream side by side.
    private static func layOut(
        _ records: [RecordHeader], _ runs: [Int], _ order: [Int]
    ) -> (starts: [Int], end: Int) {
        var next = [Int](repeating: 0, count: order.count)
        for (record, run) in zip(records, runs) { next[run] += record.bodyBytes }
        var end = 0
        for run in order { (next[run], end) = (end, end + next[run]) }
        let starts = zip(records, runs).map { record, run in
            defer { next[run] += record.bodyBytes }
            return next[run]
        }
        return (starts, end)
    }

    /// Where the body of a record stands among all bodies.
    func body(of record: Int) -> Range<Int> {
        bodyStarts[record]..<bodyStarts[record] + records[record].bodyBytes
    }

    // MARK: Writing

    /// The plan for batches that follow each other, and its bytes before compression.
    static func made(of batches: [Batch]) -> (plan: GroupPlan, encoded: Octets) {
        var table = RecordTable(epoch: 0)
        var records: [RecordHeader] = []
        var walls: [BatchTable.Walls] = []
        var likeness = StreamLikeness()
        for batch in batches {
            var times: [Int64] = []
            for index in 0..<batch.recordCount {
                let bytes = batch.bytes(of: index)
                guard var record = RecordHeader(bytes) else {
                    preconditionFailure("a batch is made of whole records")
                }
                records.append(record)
                likeness.add(bytes, of: record)
                // Bases differ from batch to batch.
                record.wallDelta &+= batch.header.baseWall
                times.append(record.wallDelta)
                table.append(record)
            }
            walls.append(BatchTable.Walls(first: times[0], last: times[times.count - 1]))
        }
        let plan = GroupPlan(
            batches: batches.map(\.header), order: likeness.order(of: table.streams),
            records: records, runs: table.runs)
        var encoded = BatchTable.encoded(plan.batches, walls)
        for place in plan.order { encoded.append(littleEndian: UInt32(place)) }
        return (plan, encoded + table.encoded)
    }
}
