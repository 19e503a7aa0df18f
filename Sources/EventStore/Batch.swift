// A batch as a whole: made from records, and read back with everything checked.

import Domain

/// A batch whose bytes are all right.
struct Batch {
    let header: BatchHeader
    let raw: Octets
    /// Each record's bytes in `raw`.
    let records: [ArraySlice<UInt8>]

    /// Why bytes are no batch.
    enum Fault: Error {
        /// Zeros where the header would be.
        case empty
        case header
        case payload
        case padding
        case trailer
        case records
        case chain

        var reason: String {
            switch self {
            case .empty: "there are zeros where a batch should be"
            case .header: "a batch header is damaged"
            case .payload: "the checksum of a batch is wrong"
            case .padding: "the padding of a batch is not zero"
            case .trailer: "the trailer of a batch is damaged"
            case .records: "the records of a batch do not add up"
            case .chain: "the hash chain of a batch is broken"
            }
        }
    }

    /// Reads the batch at an offset of a segment's bytes.
    init(
        at offset: Int, in bytes: ArraySlice<UInt8>, salt: UInt64, firstEvent: EventNumber,
        previousChain: Octets
    ) throws(Fault) {
        header = try Self.header(at: offset, in: bytes, salt: salt)
        guard header.firstEvent == firstEvent, header.previousChain == previousChain else {
            throw .chain
        }
        let start = offset + BatchHeader.bytes
        guard offset + header.totalBytes <= bytes.endIndex else { throw .payload }
        let stored = bytes[start..<start + Int(header.storedBytes)]
        guard stored.withUnsafeBytes({ CRC32C.of($0) }) == header.payloadCRC else { throw .payload }
        let padding = bytes[stored.endIndex..<start + header.paddedBytes]
        guard padding.allSatisfy({ $0 == 0 }) else { throw .padding }
        let trailer = bytes[padding.endIndex..<padding.endIndex + BatchHeader.trailerBytes]
        guard trailer.elementsEqual(header.trailer) else { throw .trailer }
        switch header.compression {
        case .raw: raw = Octets(stored)
        case .lz4:
            guard let block = LZ4Block.decompress(stored, rawBytes: Int(header.rawBytes)) else {
                throw .payload
            }
            raw = block
        }
        records = try Self.split(raw, count: Int(header.count))
        let chain = Chain.next(
            after: previousChain, firstEvent: firstEvent, epoch: header.epoch, records: records)
        guard chain == header.chain else { throw .chain }
    }

    /// The header alone, at an offset where a batch may begin.
    static func header(
        at offset: Int, in bytes: ArraySlice<UInt8>, salt: UInt64
    ) throws(Fault) -> BatchHeader {
        guard offset + BatchHeader.bytes <= bytes.endIndex else { throw .empty }
        let slice = bytes[offset..<offset + BatchHeader.bytes]
        guard let header = BatchHeader(slice), header.salt == salt else {
            throw slice.allSatisfy { $0 == 0 } ? .empty : .header
        }
        return header
    }

    private static func split(_ raw: Octets, count: Int) throws(Fault) -> [ArraySlice<UInt8>] {
        var records: [ArraySlice<UInt8>] = []
        var rest = raw[...]
        while !rest.isEmpty {
            guard let header = RecordHeader(rest) else { throw .records }
            records.append(rest.prefix(Int(header.length)))
            rest = rest.dropFirst(Int(header.length))
        }
        guard records.count == count else { throw .records }
        return records
    }

    /// The record at a place in the batch, decoded; nil for an ignorable type that is not known.
    func record(_ index: Int, codec: EventCodec) throws(CodecError) -> Record? {
        guard let header = RecordHeader(records[index]) else { return nil }
        let body = records[index].dropFirst(RecordHeader.bytes)
        guard
            let event = try codec.decode(
                type: header.type, version: header.version, body: body)
        else { return nil }
        return Record(
            number: self.header.firstEvent + EventNumber(index),
            stamp: Stamp(
                wall: WallTime(nanoseconds: self.header.baseWall &+ header.wallDelta),
                instant: Instant(nanoseconds: header.instant), boot: header.boot),
            stream: header.stream, eventID: header.eventID, event: event)
    }
}
