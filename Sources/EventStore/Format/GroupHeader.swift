// A sealed segment stores batches in groups: what their headers say, and the bodies of their records
// sorted by stream, because the messages of one call are like each other. This stands before a group and
// names the length and checksum of each part, so that nothing is decompressed before it is known to be ours.

import Domain

/// Header of a group of batches.
struct GroupHeader: Hashable {
    static let magic: UInt32 = 0x5052_4754  // "TGRP"
    /// Without the blocks, which follow it, and its own checksum.
    private static let fixedBytes = 80
    private static let partBytes = 8
    /// The longest header that there can be.
    static let largestBytes =
        fixedBytes + 4 + partBytes * (Limits.sealedGroupBytes / Limits.sealedBlockBytes)

    /// A block as it is stored.
    struct Block: Hashable {
        var storedBytes: UInt32
        var crc: UInt32
    }

    var batchCount: UInt32
    var firstEvent: EventNumber
    var salt: UInt64
    /// Chain hash before the first batch.
    var previousChain: Octets
    var recordCount: UInt32
    var streamCount: UInt32
    /// Bytes of the records without their headers.
    var bodyBytes: UInt32
    /// The plan as stored, and after decompression.
    var planStoredBytes: UInt32
    var planBytes: UInt32
    var planCRC: UInt32
    var blocks: [Block]

    /// The header alone.
    var bytes: Int { Self.fixedBytes + blocks.count * Self.partBytes + 4 }

    /// Header, plan and blocks, up to a multiple of 8.
    var totalBytes: Int { (usedBytes + 7) / 8 * 8 }

    /// The same without padding.
    var usedBytes: Int {
        blocks.reduce(bytes + Int(planStoredBytes)) { $0 + Int($1.storedBytes) }
    }

    /// What a block has after decompression: all but the last are full.
    func rawBytes(ofBlock index: Int) -> Int {
        min(Limits.sealedBlockBytes, Int(bodyBytes) - index * Limits.sealedBlockBytes)
    }

    private static func blockCount(_ bodyBytes: UInt32) -> Int {
        (Int(bodyBytes) + Limits.sealedBlockBytes - 1) / Limits.sealedBlockBytes
    }

    var encoded: Octets {
        var out: Octets = []
        out.append(littleEndian: Self.magic)
        out.append(littleEndian: batchCount)
        out.append(littleEndian: firstEvent)
        out.append(littleEndian: salt)
        out += previousChain
        out.append(littleEndian: recordCount)
        out.append(littleEndian: streamCount)
        out.append(littleEndian: bodyBytes)
        out.append(littleEndian: planStoredBytes)
        out.append(littleEndian: planBytes)
        out.append(littleEndian: planCRC)
        for block in blocks {
            out.append(littleEndian: block.storedBytes)
            out.append(littleEndian: block.crc)
        }
        out.append(littleEndian: CRC32C.of(out))
        return out
    }

    /// Reads the header at the front of the bytes. Nil when there is none of this format, or a damaged
    /// one.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= Self.fixedBytes else { return nil }
        var fields = FieldCursor(bytes)
        guard fields.take() == Self.magic else { return nil }
        batchCount = fields.take()
        firstEvent = fields.take()
        salt = fields.take()
        previousChain = fields.take(bytes: 32)
        recordCount = fields.take()
        streamCount = fields.take()
        bodyBytes = fields.take()
        planStoredBytes = fields.take()
        planBytes = fields.take()
        planCRC = fields.take()
        blocks = []
        guard bodyBytes <= Limits.sealedGroupBytes else { return nil }
        let length = Self.fixedBytes + Self.blockCount(bodyBytes) * Self.partBytes
        guard bytes.count >= length + 4 else { return nil }
        for _ in 0..<Self.blockCount(bodyBytes) {
            blocks.append(Block(storedBytes: fields.take(), crc: fields.take()))
        }
        guard fields.take() == CRC32C.of(bytes.prefix(length)), isPossible else { return nil }
    }

    /// Whether the numbers go together, so that no more is made room for than a group may hold.
    private var isPossible: Bool {
        let records = Int(recordCount)
        return batchCount > 0 && batchCount <= recordCount
            && streamCount > 0 && streamCount <= recordCount
            && records * RecordHeader.bytes + Int(bodyBytes) <= Limits.sealedGroupBytes
            && planStoredBytes <= planBytes
            && GroupPlan.possibleBytes(of: self).contains(Int(planBytes)) && firstEvent > 0
            && blocks.indices.allSatisfy { blocks[$0].storedBytes <= rawBytes(ofBlock: $0) }
    }

    /// The header for parts as they are stored: compressed where that makes them smaller.
    init(
        plan: GroupPlan, planBytes: Int, storedPlan: Octets, storedBlocks: [Octets], salt: UInt64
    ) {
        batchCount = UInt32(plan.batches.count)
        firstEvent = plan.batches[0].firstEvent
        self.salt = salt
        previousChain = plan.batches[0].previousChain
        recordCount = UInt32(plan.records.count)
        streamCount = UInt32(plan.order.count)
        bodyBytes = UInt32(plan.bodyBytes)
        planStoredBytes = UInt32(storedPlan.count)
        self.planBytes = UInt32(planBytes)
        planCRC = CRC32C.of(storedPlan)
        blocks = storedBlocks.map {
            Block(storedBytes: UInt32($0.count), crc: CRC32C.of($0))
        }
    }
}
