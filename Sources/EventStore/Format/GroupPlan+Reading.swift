// A plan is read back into what it was made of. Its checksum was right, which says that it was written like
// this, not that a good program wrote it: every number is held against the others.

import Domain

extension GroupPlan {
    /// Reads a plan that has as many bytes as its header names. Throws when it does not add up.
    init(_ raw: Octets, of header: GroupHeader) throws(Batch.Fault) {
        let batchBytes =
            Int(header.batchCount) * (BatchTable.rowBytes + BatchTable.chainBytes)
        let streams = Int(header.streamCount)
        let orderEnd = batchBytes + streams * Self.placeBytes
        let order = try Self.order(raw[batchBytes..<orderEnd], streams: streams)
        var (records, runs) = try Self.records(raw[orderEnd...], of: header)
        let batches = try BatchTable.headers(raw[..<batchBytes], records, of: header)
        var record = 0
        for batch in batches {
            for _ in 0..<batch.recordCount {
                records[record].wallDelta &-= batch.baseWall
                record += 1
            }
        }
        self.init(batches: batches, order: order, records: records, runs: runs)
        guard bodyBytes == Int(header.bodyBytes) else { throw .records }
    }

    /// Each stream stands somewhere, and none twice.
    private static func order(
        _ bytes: ArraySlice<UInt8>, streams: Int
    ) throws(Batch.Fault) -> [Int] {
        var fields = FieldCursor(bytes)
        let order = (0..<streams).map { _ in Int(fields.take(UInt32.self)) }
        var isPlaced = [Bool](repeating: false, count: streams)
        for place in order {
            guard place < streams, !isPlaced[place] else { throw .records }
            isPlaced[place] = true
        }
        return order
    }

    /// The headers of the records, whose wall times count from 1970 here.
    private static func records(
        _ table: ArraySlice<UInt8>, of group: GroupHeader
    ) throws(Batch.Fault) -> (records: [RecordHeader], runs: [Int]) {
        let count = Int(group.recordCount)
        var records: [RecordHeader] = []
        var runs: [Int] = []
        records.reserveCapacity(count)
        runs.reserveCapacity(count)
        let streams = try table.withUnsafeBufferPointer { (table) throws(Batch.Fault) in
            let table = UnsafeRawBufferPointer(table)
            return try RecordTable.read(table, records: count, epoch: 0) { record, run in
                records.append(record)
                runs.append(run)
            }
        }
        guard streams == Int(group.streamCount) else { throw .records }
        return (records, runs)
    }
}
