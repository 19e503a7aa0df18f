// A plan is read back into what it was made of. Its checksum was right, which says that it was written like
// this, not that a good program wrote it: every number is held against the others.

import Domain

extension GroupPlan {
    /// Reads a plan that has as many bytes as its header names. Throws when it does not add up.
    init(_ raw: Octets, of header: GroupHeader) throws(Batch.Fault) {
        var rest = raw[...]
        func take(_ count: UInt32, _ width: Int) -> ArraySlice<UInt8> {
            defer { rest = rest.dropFirst(Int(count) * width) }
            return rest.prefix(Int(count) * width)
        }
        let table = take(header.batchCount, BatchTable.rowBytes + BatchTable.chainBytes)
        let rows = Self.rows(
            take(header.recordCount, Self.rowBytes), count: Int(header.recordCount))
        var keys = FieldCursor(take(header.streamCount, Self.streamBytes))
        let streams = (0..<header.streamCount).map { _ in
            StreamKey(high: keys.take(), low: keys.take())
        }
        let runs = try Self.runs(
            rest, records: Int(header.recordCount), streams: streams.count)
        let lengths = runs.indices.map { Self.length(rows, $0) }
        guard lengths.allSatisfy({ $0 >= RecordHeader.bytes }) else { throw .records }
        self.init(
            batches: try BatchTable.headers(table, lengths: lengths, of: header),
            streams: streams, runs: runs, rows: rows)
        guard bodyBytes == Int(header.bodyBytes) else { throw .records }
    }

    private static func rows(_ columns: ArraySlice<UInt8>, count: Int) -> Octets {
        var rows = ByteColumns.rows(of: columns, count: count)
        for offset in risingOffsets {
            var last: UInt64 = 0
            replace(&rows, offset) { value in
                last &+= value
                return last
            }
        }
        return rows
    }

    /// The stream of each record. A run that is named for the first time is the next one.
    private static func runs(
        _ order: ArraySlice<UInt8>, records: Int, streams: Int
    ) throws(Batch.Fault) -> [Int] {
        var runs: [Int] = []
        runs.reserveCapacity(records)
        var open = 0
        var (value, shift) = (0, 0)
        for byte in order {
            value |= Int(byte & 0x7f) << shift
            shift += 7
            if byte & 0x80 != 0 {
                if shift > 14 { throw .records }
                continue
            }
            guard value <= open, value > 0 || open < streams else { throw .records }
            runs.append(open - value)
            if value == 0 { open += 1 }
            (value, shift) = (0, 0)
        }
        guard shift == 0, runs.count == records, open == streams else { throw .records }
        return runs
    }
}
