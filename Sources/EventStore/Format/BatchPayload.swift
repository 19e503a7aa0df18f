// What a batch stores: the bodies of its records side by side, which LZ4 finds alike, and behind them a
// table of their headers, of which it could make little.

import Domain

enum BatchPayload {
    /// The payload for records that stand one after the other, before compression. `epoch` is the batch's.
    static func encoded(_ records: Octets, ends: [Int], epoch: UInt64) -> Octets {
        var payload: Octets = []
        payload.reserveCapacity(records.count)
        var table = RecordTable(epoch: epoch)
        records.withUnsafeBytes { records in
            var start = 0
            for end in ends {
                let record = UnsafeRawBufferPointer(rebasing: records[start..<end])
                guard let header = RecordHeader(reading: record) else {
                    preconditionFailure("a batch is made of whole records")
                }
                table.append(header)
                payload.append(contentsOf: record.dropFirst(RecordHeader.bytes))
                start = end
            }
        }
        return payload + table.encoded
    }

    /// The most bytes that the payload of a batch can have.
    static func largestBytes(of header: BatchHeader) -> Int {
        Int(header.rawBytes)
            + header.recordCount
            * (RecordTable.possibleRowBytes.upperBound - RecordHeader.bytes)
    }

    /// The records of a batch, one after the other.
    static func records(
        _ payload: Octets, of header: BatchHeader
    ) throws(Batch.Fault) -> Octets {
        let bodyBytes = Int(header.rawBytes) - header.recordCount * RecordHeader.bytes
        guard bodyBytes >= 0, bodyBytes <= payload.count else { throw .records }
        var fault: Batch.Fault?
        let records = Octets(unsafeUninitializedCapacity: Int(header.rawBytes)) { out, count in
            do throws(Batch.Fault) {
                try payload.withUnsafeBufferPointer { (payload) throws(Batch.Fault) in
                    try lay(
                        UnsafeRawBufferPointer(payload), bodyBytes, of: header,
                        into: UnsafeMutableRawBufferPointer(out))
                }
                count = Int(header.rawBytes)
            } catch { fault = error }
        }
        if let fault { throw fault }
        return records
    }

    /// Lays each body behind its header. Both must fill the room that there is.
    private static func lay(
        _ payload: UnsafeRawBufferPointer, _ bodyBytes: Int, of header: BatchHeader,
        into out: UnsafeMutableRawBufferPointer
    ) throws(Batch.Fault) {
        var end = 0
        var body = 0
        let table = UnsafeRawBufferPointer(rebasing: payload[bodyBytes...])
        _ = try RecordTable.read(table, records: header.recordCount, epoch: header.epoch) {
            (record, _) throws(Batch.Fault) in
            let start = end + RecordHeader.bytes
            guard Int(record.length) <= out.count - end, record.bodyBytes <= bodyBytes - body
            else { throw .records }
            record.write(to: out, at: end)
            end += Int(record.length)
            UnsafeMutableRawBufferPointer(rebasing: out[start..<end]).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: payload[body..<body + record.bodyBytes]))
            body += record.bodyBytes
        }
        guard end == out.count, body == bodyBytes else { throw .records }
    }
}
