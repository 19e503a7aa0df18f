// A batch as a whole: read back with everything checked.

import Domain

/// A batch whose bytes are all right. A class, because a reader takes it in its hand for every record.
final class Batch: Sendable {
    /// How much is made sure of.
    enum Check {
        /// Checksums of all stored bytes, and that the chain continues the batch before. The records
        /// are not looked at.
        case framed
        /// And the records, decompressed and told apart.
        case stored
        /// And that the chain is what the records hash to.
        case proven
    }

    let header: BatchHeader
    /// The records, one after the other, as they were before compression.
    let raw: Octets
    /// Where each record ends in `raw`.
    let ends: [Int]
    /// The identifier of its last event; of a gap that before it, because lost events had others.
    let lastEventID: EventID

    /// Records in the batch: one for each event, and one alone for a gap.
    var recordCount: Int { ends.count }

    /// The bytes of a record.
    func bytes(of index: Int) -> ArraySlice<UInt8> {
        raw[(index == 0 ? 0 : ends[index - 1])..<ends[index]]
    }

    /// The number of a record's event, the first one for a gap.
    func number(of index: Int) -> EventNumber { header.firstEvent + EventNumber(index) }

    /// The last number that a record stands for: that of its event, but for a gap the last that was lost.
    func lastNumber(of index: Int) -> EventNumber {
        header.kind == .gap ? header.lastEvent : number(of: index)
    }

    /// Why bytes are no batch.
    enum Fault: Error, Hashable {
        /// Zeros where the header would be.
        case empty
        case header
        case payload
        case padding
        case trailer
        case records
        /// The record of a gap is missing, or says other numbers than the header.
        case gap
        /// An event identifier is not above the one before it.
        case identifier
        /// The latest wall time is not that of its records.
        case time
        case chain
        case epoch
        case dictionary
        /// The file could not be read.
        case unreadable
        /// A sealed segment ends early or late.
        case end

        var reason: String {
            switch self {
            case .empty: "there are zeros where a batch should be"
            case .header: "a batch header is damaged"
            case .payload: "the checksum of a batch is wrong"
            case .padding: "the padding of a batch is not zero"
            case .trailer: "the trailer of a batch is damaged"
            case .records: "the records of a batch do not add up"
            case .gap: "a gap is not what its record says"
            case .identifier: "an event identifier goes back"
            case .time: "the latest wall time of a batch is not that of its records"
            case .chain: "the hash chain of a batch is broken"
            case .epoch: "a batch is of an earlier writer than the one before it"
            case .dictionary: "a batch needs a dictionary that the segment does not have"
            case .unreadable: "the disk does not give the bytes back"
            case .end: "a sealed segment does not end where it should"
            }
        }
    }

    /// What a batch must continue.
    struct Place {
        var nextEvent: EventNumber
        var chain: Octets
        var epoch: UInt64
        var salt: UInt64
        /// The identifier of the event before; the lowest there is where nobody knows.
        var eventID = EventID(epoch: 0, ordinal: 0)
    }

    /// Reads the batch at the front of the bytes.
    init(
        _ bytes: ArraySlice<UInt8>, after place: Place, dictionary: CompressionDictionary?,
        check: Check
    ) throws(Fault) {
        header = try Self.header(bytes, salt: place.salt)
        try Self.connect(header, place)
        guard header.totalBytes <= bytes.count else { throw .payload }
        let start = bytes.startIndex + BatchHeader.bytes
        let stored = bytes[start..<start + Int(header.storedBytes)]
        guard CRC32C.of(stored) == header.payloadCRC else { throw .payload }
        let padding = bytes[stored.endIndex..<start + header.paddedBytes]
        guard padding.allSatisfy({ $0 == 0 }) else { throw .padding }
        let trailer = bytes[padding.endIndex..<padding.endIndex + BatchHeader.trailerBytes]
        guard trailer.elementsEqual(header.trailer) else { throw .trailer }
        if check == .framed {
            raw = []
            ends = []
            lastEventID = place.eventID
            return
        }
        raw = try BatchPayload.records(
            try Self.decompress(stored, header, dictionary), of: header)
        let scan = try RecordScan(raw, of: header, after: place.eventID)
        (ends, lastEventID) = (scan.ends, scan.lastEventID)
        if check == .proven { try prove() }
    }

    /// A batch of a sealed group, whose bytes are known to be right.
    init(
        _ header: BatchHeader, raw: Octets, after place: Place, check: Check
    ) throws(Fault) {
        (self.header, self.raw) = (header, raw)
        try Self.connect(header, place)
        let scan = try RecordScan(raw, of: header, after: place.eventID)
        (ends, lastEventID) = (scan.ends, scan.lastEventID)
        if check == .proven { try prove() }
    }

    private static func connect(_ header: BatchHeader, _ place: Place) throws(Fault) {
        guard header.firstEvent == place.nextEvent, header.previousChain == place.chain else {
            throw .chain
        }
        guard header.epoch >= place.epoch else { throw .epoch }
    }

    private func prove() throws(Fault) {
        guard header.kind == .records else { return }
        let chain = Chain.next(
            after: header.previousChain, firstEvent: header.firstEvent, epoch: header.epoch,
            leaves: Chain.leaves(raw, ends: ends))
        guard chain == header.chain else { throw .chain }
    }

    /// The header alone, where a batch may begin.
    static func header(_ bytes: ArraySlice<UInt8>, salt: UInt64) throws(Fault) -> BatchHeader {
        guard bytes.count >= BatchHeader.bytes else { throw .empty }
        let slice = bytes.prefix(BatchHeader.bytes)
        guard let header = BatchHeader(slice), header.salt == salt else {
            throw slice.allSatisfy { $0 == 0 } ? .empty : .header
        }
        return header
    }

    private static func decompress(
        _ stored: ArraySlice<UInt8>, _ header: BatchHeader, _ dictionary: CompressionDictionary?
    ) throws(Fault) -> Octets {
        var reference: Octets = []
        switch header.compression {
        case .raw: return Octets(stored)
        case .lz4: break
        case .dictionary:
            guard let dictionary, dictionary.id == header.dictionary else { throw .dictionary }
            reference = dictionary.bytes
        }
        guard
            let payload = LZ4Block.decompress(
                stored, atMost: BatchPayload.largestBytes(of: header), dictionary: reference)
        else { throw .payload }
        return payload
    }

    /// The record at a place in the batch.
    func record(_ index: Int) -> StoredRecord {
        StoredRecord(
            number: number(of: index), baseWall: header.baseWall, bytes: bytes(of: index))
    }
}
