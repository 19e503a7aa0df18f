// What stands before and after the records of one group commit. The header has a checksum of its own
// over every length, so that nothing is believed before it is known to be ours.

import Domain

/// Header of a batch.
struct BatchHeader: Hashable, Sendable {
    static let magic: UInt32 = 0x4254_4c54  // "TLTB"
    static let version: UInt16 = 1
    static let bytes = 144
    static let trailerBytes = 24
    private static let trailerMagic: UInt64 = 0x646e_4562_4b4e_4c54

    /// How the payload is stored.
    enum Compression: UInt8, Sendable {
        case raw = 0
        case lz4 = 1
        /// LZ4 that refers back to the segment's dictionary.
        case dictionary = 2
    }

    /// What the payload is.
    enum Kind: UInt8, Sendable {
        /// One record for each event.
        case records = 0
        /// One record that stands for events that are lost.
        case gap = 1
    }

    var compression: Compression
    var kind: Kind
    var storedBytes: UInt32
    /// Of the records, as the chain has them.
    var rawBytes: UInt32
    var firstEvent: EventNumber
    var count: UInt32
    /// Identity of the dictionary; 0 without one.
    var dictionary: UInt32
    var epoch: UInt64
    /// Wall time of the first record, which the others count from, and the latest.
    var baseWall: Int64
    var latestWall: Int64
    var salt: UInt64
    /// Every event up to this one was on disk when the batch was written.
    var durableThrough: EventNumber
    var previousChain: Octets
    var chain: Octets
    /// Not used in a sealed segment, where blocks have theirs.
    var payloadCRC: UInt32

    var lastEvent: EventNumber { firstEvent + EventNumber(count) - 1 }

    /// Records in the batch: one for each event, and one alone for a gap.
    var recordCount: Int { kind == .gap ? 1 : Int(count) }

    /// Payload with its padding to a multiple of 8.
    var paddedBytes: Int { (Int(storedBytes) + 7) / 8 * 8 }

    /// Header, payload, padding and trailer.
    var totalBytes: Int { Self.bytes + paddedBytes + Self.trailerBytes }

    var encoded: Octets {
        var out: Octets = []
        out.reserveCapacity(Self.bytes)
        out.append(littleEndian: Self.magic)
        out.append(littleEndian: Self.version)
        out.append(compression.rawValue)
        out.append(kind.rawValue)
        out.append(littleEndian: storedBytes)
        out.append(littleEndian: rawBytes)
        out.append(littleEndian: firstEvent)
        out.append(littleEndian: count)
        out.append(littleEndian: dictionary)
        out.append(littleEndian: epoch)
        out.append(littleEndian: baseWall)
        out.append(littleEndian: latestWall)
        out.append(littleEndian: salt)
        out.append(littleEndian: durableThrough)
        out += previousChain
        out += chain
        out.append(littleEndian: payloadCRC)
        out.append(littleEndian: CRC32C.of(out))
        return out
    }

    /// Nil when the bytes are no header of this format, or damaged.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.bytes else { return nil }
        var tail = FieldCursor(bytes.suffix(4))
        guard tail.take(UInt32.self) == CRC32C.of(bytes.dropLast(4)) else { return nil }
        var fields = FieldCursor(bytes)
        guard fields.take() == Self.magic, fields.take() == Self.version,
            let compression = Compression(rawValue: fields.take()),
            let kind = Kind(rawValue: fields.take())
        else { return nil }
        self.compression = compression
        self.kind = kind
        storedBytes = fields.take()
        rawBytes = fields.take()
        firstEvent = fields.take()
        count = fields.take()
        dictionary = fields.take()
        epoch = fields.take()
        baseWall = fields.take()
        latestWall = fields.take()
        salt = fields.take()
        durableThrough = fields.take()
        previousChain = fields.take(bytes: 32)
        chain = fields.take(bytes: 32)
        payloadCRC = fields.take()
        guard count > 0, Int(rawBytes) <= Self.largestRawBytes,
            Int(rawBytes) >= recordCount * RecordHeader.bytes,
            Int(storedBytes) <= BatchPayload.largestBytes(of: self),
            compression == .dictionary || dictionary == 0, firstEvent > 0,
            firstEvent.addingReportingOverflow(UInt64(count)).overflow == false
        else { return nil }
    }

    /// A batch may hold one record more than its cap, or one record of the largest size.
    static let largestRawBytes = Limits.batchBytes + Limits.recordBytes + RecordHeader.bytes

    init(
        compression: Compression, kind: Kind, storedBytes: UInt32, rawBytes: UInt32,
        firstEvent: EventNumber, count: UInt32, dictionary: UInt32, epoch: UInt64, baseWall: Int64,
        latestWall: Int64, salt: UInt64,
        durableThrough: EventNumber, previousChain: Octets, chain: Octets, payloadCRC: UInt32
    ) {
        self.compression = compression
        self.kind = kind
        self.storedBytes = storedBytes
        self.rawBytes = rawBytes
        self.firstEvent = firstEvent
        self.count = count
        self.dictionary = dictionary
        self.epoch = epoch
        self.baseWall = baseWall
        self.latestWall = latestWall
        self.salt = salt
        self.durableThrough = durableThrough
        self.previousChain = previousChain
        self.chain = chain
        self.payloadCRC = payloadCRC
    }

    /// Its length and last event, so that a log can be walked backwards and the end is positively seen.
    var trailer: Octets {
        var out: Octets = []
        out.append(littleEndian: UInt64(totalBytes))
        out.append(littleEndian: lastEvent)
        out.append(littleEndian: salt ^ Self.trailerMagic)
        return out
    }
}
