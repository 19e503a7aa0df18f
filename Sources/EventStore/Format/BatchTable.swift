// What the headers of a group's batches say that does not follow from anything else, as a table.

import Domain

enum BatchTable {
    /// Kind, count, epoch, and three numbers that differ little from others: see `encoded`.
    static let rowBytes = 37
    static let chainBytes = 32

    /// The wall times of the first and the last record of a batch.
    struct Walls {
        var first: Int64
        var last: Int64
    }

    /// The columns of the table, and then the chain hash after each batch.
    static func encoded(_ batches: [BatchHeader], _ walls: [Walls]) -> Octets {
        var rows: Octets = []
        for (batch, walls) in zip(batches, walls) {
            rows.append(batch.kind.rawValue)
            rows.append(littleEndian: batch.count)
            rows.append(littleEndian: batch.epoch)
            rows.append(littleEndian: batch.firstEvent &- batch.durableThrough)
            // Mostly 0, both of them.
            rows.append(littleEndian: batch.baseWall &- walls.first)
            rows.append(littleEndian: batch.latestWall &- walls.last)
        }
        return batches.reduce(into: ByteColumns.columns(of: rows, width: rowBytes)) {
            $0 += $1.chain
        }
    }

    /// The headers of batches as they would be without compression; the checksum of a payload is not
    /// made up for it. `records` are the headers of the records, whose wall times count from 1970.
    static func headers(
        _ bytes: ArraySlice<UInt8>, _ records: [RecordHeader], of group: GroupHeader
    ) throws(Batch.Fault) -> [BatchHeader] {
        let table = bytes.prefix(Int(group.batchCount) * rowBytes)
        let rows = ByteColumns.rows(of: table, count: Int(group.batchCount))
        var chains = FieldCursor(bytes.dropFirst(table.count))
        var found: [BatchHeader] = []
        found.reserveCapacity(Int(group.batchCount))
        var rest = records[...]
        for start in stride(from: 0, to: rows.count, by: rowBytes) {
            let header = try header(
                rows[start..<start + rowBytes], chain: chains.take(bytes: chainBytes), &rest,
                after: found.last, group)
            found.append(header)
        }
        guard rest.isEmpty else { throw .records }
        return found
    }

    private static func header(
        _ row: ArraySlice<UInt8>, chain: Octets, _ rest: inout ArraySlice<RecordHeader>,
        after last: BatchHeader?, _ group: GroupHeader
    ) throws(Batch.Fault) -> BatchHeader {
        var fields = FieldCursor(row)
        guard let kind = BatchHeader.Kind(rawValue: fields.take()) else { throw .records }
        let count = fields.take(UInt32.self)
        let records = kind == .gap ? 1 : Int(count)
        let first = last.map { $0.lastEvent + 1 } ?? group.firstEvent
        guard count > 0, !first.addingReportingOverflow(EventNumber(count)).overflow,
            records <= rest.count
        else { throw .records }
        let own = rest.prefix(records)
        rest = rest.dropFirst(records)
        let bytes = own.reduce(0) { $0 + Int($1.length) }
        guard bytes <= BatchHeader.largestRawBytes, let one = own.first, let end = own.last else {
            throw .records
        }
        let epoch = fields.take(UInt64.self)
        let durable = first &- fields.take(EventNumber.self)
        let wall = one.wallDelta &+ fields.take(Int64.self)
        return BatchHeader(
            compression: .raw, kind: kind, storedBytes: UInt32(bytes), rawBytes: UInt32(bytes),
            firstEvent: first, count: count, dictionary: 0, epoch: epoch, baseWall: wall,
            latestWall: end.wallDelta &+ fields.take(Int64.self), salt: group.salt,
            durableThrough: durable, previousChain: last?.chain ?? group.previousChain,
            chain: chain, payloadCRC: 0)
    }
}
