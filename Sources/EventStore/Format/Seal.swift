// What a sealed segment says of itself: how many events of which types, from when to when, why it was
// closed, and the Merkle root of its records. It stands at a fixed place, so that it can be read alone.

package import Domain

/// The statement of a sealed segment.
package struct Seal: Hashable, Sendable {
    static let magic: UInt64 = 0x314c_4145_534c_5454  // "TTLSEAL1"
    /// Size on disk, zeros included.
    static let bytes = 4_096
    /// Types that fit; there are some forty.
    private static let largestTypeCount = 300

    package var reason: Closure
    /// Numbers that the segment covers, lost ones included.
    package var eventCount: UInt64
    /// Of these, those that are lost.
    package var lostCount: UInt64
    package var batchCount: UInt64
    /// Bytes of all records before compression.
    package var rawBytes: UInt64
    package var firstWall: WallTime
    package var lastWall: WallTime
    /// RFC 6962's tree hash over the records of the segment.
    package var merkleRoot: Octets
    /// Chain hash after the last batch.
    package var chain: Octets
    /// Events of each stored type, by type number.
    package var typeCounts: [TypeCount]

    /// How often one type occurs.
    package struct TypeCount: Hashable, Sendable {
        package var type: UInt16
        package var count: UInt64
    }

    var encoded: Octets {
        var out: Octets = []
        out.append(littleEndian: Self.magic)
        out.append(littleEndian: UInt64(reason.rawValue))
        out.append(littleEndian: eventCount)
        out.append(littleEndian: lostCount)
        out.append(littleEndian: batchCount)
        out.append(littleEndian: rawBytes)
        out.append(littleEndian: firstWall.nanoseconds)
        out.append(littleEndian: lastWall.nanoseconds)
        out += merkleRoot
        out += chain
        precondition(typeCounts.count <= Self.largestTypeCount, "more types than a seal can count")
        out.append(littleEndian: UInt64(typeCounts.count))
        for entry in typeCounts {
            out.append(littleEndian: entry.type)
            out.append(littleEndian: entry.count)
        }
        out += Octets(repeating: 0, count: Self.bytes - 4 - out.count)
        out.append(littleEndian: CRC32C.of(out))
        return out
    }

    /// Nil when the bytes are no seal, or damaged.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count == Self.bytes else { return nil }
        var tail = FieldCursor(bytes.suffix(4))
        guard tail.take(UInt32.self) == CRC32C.of(bytes.dropLast(4)) else { return nil }
        var fields = FieldCursor(bytes)
        guard fields.take() == Self.magic,
            let reason = Closure(rawValue: UInt8(clamping: fields.take(UInt64.self)))
        else { return nil }
        self.reason = reason
        eventCount = fields.take()
        lostCount = fields.take()
        batchCount = fields.take()
        rawBytes = fields.take()
        firstWall = WallTime(nanoseconds: fields.take())
        lastWall = WallTime(nanoseconds: fields.take())
        merkleRoot = fields.take(bytes: 32)
        chain = fields.take(bytes: 32)
        let types = fields.take(UInt64.self)
        guard types <= Self.largestTypeCount else { return nil }
        typeCounts = (0..<types).map { _ in
            TypeCount(type: fields.take(), count: fields.take())
        }
    }

    init(
        reason: Closure, eventCount: UInt64, lostCount: UInt64, batchCount: UInt64,
        rawBytes: UInt64, firstWall: WallTime, lastWall: WallTime, merkleRoot: Octets,
        chain: Octets, typeCounts: [TypeCount]
    ) {
        self.reason = reason
        self.eventCount = eventCount
        self.lostCount = lostCount
        self.batchCount = batchCount
        self.rawBytes = rawBytes
        self.firstWall = firstWall
        self.lastWall = lastWall
        self.merkleRoot = merkleRoot
        self.chain = chain
        self.typeCounts = typeCounts
    }
}
