// A sealed segment stores whole batches together, many to a block, because they compress better so.
// Inside the block each batch stands as in a live segment, uncompressed: its chain is untouched.

import Domain

/// Header of a block of batches.
struct BlockHeader: Hashable {
    static let magic: UInt32 = 0x4b4c_4254  // "TBLK"
    static let bytes = 48
    /// Batches are added to a block until it has this many bytes.
    static let fullBytes = Limits.batchBytes
    /// A block has at least one batch, however large.
    static let largestRawBytes =
        fullBytes + BatchHeader.bytes + BatchHeader.largestRawBytes + 8 + BatchHeader.trailerBytes

    var isCompressed: Bool
    var storedBytes: UInt32
    var rawBytes: UInt32
    var firstEvent: EventNumber
    var salt: UInt64
    var payloadCRC: UInt32

    /// Header and payload, up to a multiple of 8.
    var totalBytes: Int { Self.bytes + (Int(storedBytes) + 7) / 8 * 8 }

    var encoded: Octets {
        var out: Octets = []
        out.append(littleEndian: Self.magic)
        out.append(littleEndian: UInt32(isCompressed ? 1 : 0))
        out.append(littleEndian: storedBytes)
        out.append(littleEndian: rawBytes)
        out.append(littleEndian: firstEvent)
        out.append(littleEndian: salt)
        out.append(littleEndian: payloadCRC)
        out += Octets(repeating: 0, count: Self.bytes - 4 - out.count)
        out.append(littleEndian: CRC32C.of(out))
        return out
    }

    init(raw: Octets, stored: Octets?, firstEvent: EventNumber, salt: UInt64) {
        isCompressed = stored != nil
        storedBytes = UInt32(stored?.count ?? raw.count)
        rawBytes = UInt32(raw.count)
        self.firstEvent = firstEvent
        self.salt = salt
        payloadCRC = CRC32C.of(stored ?? raw)
    }

    /// Nil when the bytes are no header of this format, or damaged.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.bytes else { return nil }
        var tail = FieldCursor(bytes.suffix(4))
        guard tail.take(UInt32.self) == CRC32C.of(bytes.dropLast(4)) else { return nil }
        var fields = FieldCursor(bytes)
        guard fields.take() == Self.magic else { return nil }
        let compression = fields.take(UInt32.self)
        isCompressed = compression == 1
        storedBytes = fields.take()
        rawBytes = fields.take()
        firstEvent = fields.take()
        salt = fields.take()
        payloadCRC = fields.take()
        guard compression <= 1, storedBytes <= rawBytes, rawBytes > 0,
            isCompressed || storedBytes == rawBytes, Int(rawBytes) <= Self.largestRawBytes
        else { return nil }
    }
}
