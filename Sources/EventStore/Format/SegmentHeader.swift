// The first page of every segment file: what log it belongs to, where it continues, and a random
// salt that tells its batches from those of an earlier life of the same disk blocks.

package import Domain

/// Why a segment was closed.
package enum Closure: UInt8, Sendable {
    /// It is the first one, or nobody knows.
    case none = 0
    case size = 1
    case age = 2
    /// It was written anew because of damage.
    case integrity = 3
}

/// Header of a segment, stored twice in pages of 4 KiB.
package struct SegmentHeader: Hashable, Sendable {
    static let magic: UInt64 = 0x3147_4553_4b4e_4c54  // "TLNKSEG1"
    static let pageBytes = 4_096
    static let formatVersion: UInt16 = 1
    /// Where a dictionary or the seal stands.
    static let frontBytes = 2 * pageBytes
    /// Where the chain hash stands.
    static let chainOffset = 80
    private static let sealedFlag: UInt32 = 1

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
    /// Why the segment before was closed.
    package var previousClosure: Closure
    /// Chain hash of the batch before the first one here.
    package var previousChain: Octets
    package var created: WallTime
    /// Whether its batches were sorted into groups, and a seal stands before them.
    package var isSealed = false
    /// Bytes of the dictionary after the header; 0 when there is none.
    package var dictionaryBytes: UInt32
    /// SHA-256 of the dictionary.
    package var dictionaryHash: Octets

    /// Where the first batch or group stands.
    package var dataOffset: Int {
        if isSealed { return Self.frontBytes + Seal.bytes }
        return Self.frontBytes + (Int(dictionaryBytes) + 7) / 8 * 8
    }

    /// The segment with the first event continues nothing but the identifier of the log. Of a later one, whose
    /// predecessors may have been dropped, there is nothing to hold that against.
    var hasItsOrigin: Bool {
        firstEvent != 1 || previousChain == Chain.genesis(logID: logID)
    }

    /// One page.
    var encoded: Octets {
        var page: Octets = []
        page.append(littleEndian: Self.magic)
        page.append(littleEndian: Self.formatVersion)
        // The oldest reader that understands this segment.
        page.append(littleEndian: Self.formatVersion)
        page.append(littleEndian: isSealed ? Self.sealedFlag : 0)
        page += logID
        page.append(littleEndian: number)
        page.append(littleEndian: firstEvent)
        page.append(littleEndian: epoch)
        page.append(littleEndian: salt)
        page.append(littleEndian: segmentBytes)
        page.append(littleEndian: previousLength)
        page += previousChain
        page.append(littleEndian: created.nanoseconds)
        page += dictionaryHash
        page.append(littleEndian: dictionaryBytes)
        page.append(littleEndian: UInt32(previousClosure.rawValue))
        page += Octets(repeating: 0, count: Self.pageBytes - 4 - page.count)
        page.append(littleEndian: CRC32C.of(page))
        return page
    }

    /// What stands in a segment before its data, for a segment with that dictionary.
    func front(dictionary: Octets = []) -> Octets {
        let page = encoded
        let end = Self.frontBytes + dictionary.count
        return page + page + dictionary + Octets(repeating: 0, count: (8 - end % 8) % 8)
    }

    /// Why a page is no header.
    enum Fault: Error {
        case damaged
        /// A newer version wrote it.
        case newer
    }

    init(page: ArraySlice<UInt8>) throws(Fault) {
        guard page.count == Self.pageBytes else { throw .damaged }
        var tail = FieldCursor(page.suffix(4))
        guard tail.take(UInt32.self) == CRC32C.of(page.dropLast(4)) else { throw .damaged }
        var fields = FieldCursor(page)
        guard fields.take() == Self.magic, fields.take(UInt16.self) > 0 else { throw .damaged }
        guard fields.take(UInt16.self) <= Self.formatVersion else { throw .newer }
        let flags = fields.take(UInt32.self)
        guard flags & ~Self.sealedFlag == 0 else { throw .newer }
        isSealed = flags & Self.sealedFlag != 0
        logID = fields.take(bytes: 16)
        number = fields.take()
        firstEvent = fields.take()
        epoch = fields.take()
        salt = fields.take()
        segmentBytes = fields.take()
        previousLength = fields.take()
        previousChain = fields.take(bytes: 32)
        created = WallTime(nanoseconds: fields.take())
        dictionaryHash = fields.take(bytes: 32)
        dictionaryBytes = fields.take()
        guard let closure = Closure(rawValue: UInt8(clamping: fields.take(UInt32.self))),
            firstEvent > 0, segmentBytes <= Int64.max,
            dictionaryBytes <= CompressionDictionary.largestBytes
        else { throw .damaged }
        previousClosure = closure
    }

    init(
        logID: Octets, number: UInt64, firstEvent: EventNumber, epoch: UInt64, salt: UInt64,
        segmentBytes: UInt64, previousLength: UInt64, previousClosure: Closure,
        previousChain: Octets, created: WallTime, dictionary: CompressionDictionary?
    ) {
        self.logID = logID
        self.number = number
        self.firstEvent = firstEvent
        self.epoch = epoch
        self.salt = salt
        self.segmentBytes = segmentBytes
        self.previousLength = previousLength
        self.previousClosure = previousClosure
        self.previousChain = previousChain
        self.created = created
        dictionaryBytes = UInt32(dictionary?.bytes.count ?? 0)
        dictionaryHash = dictionary?.hash ?? Octets(repeating: 0, count: 32)
    }

    /// The file name: the first event's number in 20 digits, so that names sort.
    static func fileName(firstEvent: EventNumber) -> String {
        let digits = String(firstEvent)
        return String(repeating: "0", count: 20 - digits.count) + digits + ".evl"
    }
}
