// The first page of every segment file: what log it belongs to, where it continues, and a random
// salt that tells its batches from those of an earlier life of the same disk blocks.

package import Domain

/// Header of a segment, stored twice in pages of 4 KiB.
package struct SegmentHeader: Hashable, Sendable {
    static let magic: UInt64 = 0x3147_4553_4b4e_4c54  // "TLNKSEG1"
    static let pageBytes = 4_096
    static let formatVersion: UInt16 = 1
    /// Where the first batch stands.
    static let dataOffset = 2 * pageBytes

    package var logID: Octets
    /// From 1.
    package var number: UInt64
    package var firstEvent: EventNumber
    package var epoch: UInt64
    package var salt: UInt64
    /// Size of the file.
    package var segmentBytes: UInt64
    /// End of the used part of the segment before; 0 for the first.
    package var previousLength: UInt64
    /// Chain hash of the batch before the first one here.
    package var previousChain: Octets
    package var created: WallTime

    /// One page.
    var encoded: Octets {
        var page: Octets = []
        page.append(littleEndian: Self.magic)
        page.append(littleEndian: Self.formatVersion)
        // The oldest reader that understands this segment.
        page.append(littleEndian: Self.formatVersion)
        page.append(littleEndian: UInt32(0))  // flags: sealed, regrouped; none yet
        page += logID
        page.append(littleEndian: number)
        page.append(littleEndian: firstEvent)
        page.append(littleEndian: epoch)
        page.append(littleEndian: salt)
        page.append(littleEndian: segmentBytes)
        page.append(littleEndian: previousLength)
        page += previousChain
        page.append(littleEndian: created.nanoseconds)
        page += Octets(repeating: 0, count: Self.pageBytes - 4 - page.count)
        page.append(littleEndian: CRC32C.of(page))
        return page
    }

    /// Reads a page; nil when it is not a header, or damaged.
    init?(page: ArraySlice<UInt8>) {
        guard page.count == Self.pageBytes else { return nil }
        var tail = FieldCursor(page.suffix(4))
        guard tail.take(UInt32.self) == CRC32C.of(Octets(page.dropLast(4))) else { return nil }
        var fields = FieldCursor(page)
        guard fields.take() == Self.magic, fields.take(UInt16.self) > 0,
            fields.take(UInt16.self) <= Self.formatVersion
        else { return nil }
        _ = fields.take(UInt32.self)
        logID = fields.take(bytes: 16)
        number = fields.take()
        firstEvent = fields.take()
        epoch = fields.take()
        salt = fields.take()
        segmentBytes = fields.take()
        previousLength = fields.take()
        previousChain = fields.take(bytes: 32)
        created = WallTime(nanoseconds: fields.take())
    }

    init(
        logID: Octets, number: UInt64, firstEvent: EventNumber, epoch: UInt64, salt: UInt64,
        segmentBytes: UInt64, previousLength: UInt64, previousChain: Octets, created: WallTime
    ) {
        self.logID = logID
        self.number = number
        self.firstEvent = firstEvent
        self.epoch = epoch
        self.salt = salt
        self.segmentBytes = segmentBytes
        self.previousLength = previousLength
        self.previousChain = previousChain
        self.created = created
    }

    /// The file name: the first event's number in 20 digits, so that names sort.
    static func fileName(firstEvent: EventNumber) -> String {
        let digits = String(firstEvent)
        return String(repeating: "0", count: 20 - digits.count) + digits + ".evl"
    }
}
