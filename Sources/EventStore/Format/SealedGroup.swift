// A group of a sealed segment, taken apart into the batches that it was made of, to the byte.

import Domain

/// A group whose bytes are all right, and a position in it.
struct SealedGroup {
    let header: GroupHeader
    private let plan: GroupPlan
    /// Bodies, cut into pieces of one size without regard to where one ends. Empty where not wanted.
    private let blocks: [Octets]
    private var nextBatch = 0
    private var nextRecord = 0

    /// Whether all its batches were given.
    var isAtEnd: Bool { nextBatch == plan.batches.count }

    /// Reads a group of which all bytes are there. With `stream`, of the blocks only those that have
    /// something of it: then only that stream can be asked for.
    init(
        _ bytes: ArraySlice<UInt8>, _ header: GroupHeader, only stream: StreamKey? = nil
    ) throws(Batch.Fault) {
        self.header = header
        var parts = Parts(rest: bytes.prefix(header.totalBytes).dropFirst(header.bytes))
        let plan = try GroupPlan(
            try parts.take(
                header.planStoredBytes, header.planCRC, rawBytes: Int(header.planBytes)),
            of: header)
        let wanted = stream.map { Set(plan.records(of: $0).flatMap(plan.blocks)) }
        var blocks: [Octets] = []
        for (index, block) in header.blocks.enumerated() {
            if wanted?.contains(index) ?? true {
                let raw = header.rawBytes(ofBlock: index)
                blocks.append(try parts.take(block.storedBytes, block.crc, rawBytes: raw))
            } else {
                parts.skip(block.storedBytes)
                blocks.append([])
            }
        }
        guard parts.rest.allSatisfy({ $0 == 0 }) else { throw .padding }
        (self.plan, self.blocks) = (plan, blocks)
    }

    /// The plan and the blocks, one after the other.
    private struct Parts {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ count: UInt32) { rest = rest.dropFirst(Int(count)) }

        /// The next part, which is not compressed when both lengths are the same.
        mutating func take(
            _ storedBytes: UInt32, _ crc: UInt32, rawBytes: Int
        ) throws(Batch.Fault) -> Octets {
            let stored = rest.prefix(Int(storedBytes))
            skip(storedBytes)
            guard CRC32C.of(stored) == crc else { throw .payload }
            if stored.count == rawBytes { return Octets(stored) }
            guard let raw = LZ4Block.decompress(stored, rawBytes: rawBytes) else {
                throw .payload
            }
            return raw
        }
    }

    /// The next batch, which there must be.
    mutating func next(
        after place: Batch.Place, check: Batch.Check
    ) throws(Batch.Fault) -> Batch {
        let header = plan.batches[nextBatch]
        let raw = records(nextRecord..<nextRecord + header.recordCount)
        let batch = try Batch(header, raw: raw, after: place, check: check)
        nextBatch += 1
        nextRecord += header.recordCount
        return batch
    }

    /// All records of a stream, in order.
    func records(of stream: StreamKey) -> [StoredRecord] {
        var found: [StoredRecord] = []
        var wanted = plan.records(of: stream)[...]
        var first = 0
        for batch in plan.batches {
            while let record = wanted.first, record < first + batch.recordCount {
                found.append(
                    StoredRecord(
                        number: batch.firstEvent + EventNumber(record - first),
                        baseWall: batch.baseWall, bytes: records(record..<record + 1)[...]))
                wanted.removeFirst()
            }
            first += batch.recordCount
        }
        return found
    }

    /// The bytes of records that follow each other.
    private func records(_ range: Range<Int>) -> Octets {
        let size = range.reduce(0) { $0 + RecordHeader.bytes + plan.body(of: $1).count }
        return Octets(unsafeUninitializedCapacity: size) { buffer, count in
            let out = UnsafeMutableRawBufferPointer(buffer)
            var end = 0
            for record in range {
                plan.records[record].write(to: out, at: end)
                end += RecordHeader.bytes
                end = writeBody(of: record, to: out, at: end)
            }
            count = size
        }
    }

    /// Writes a body to a place in a buffer that has room there; returns where it ends.
    private func writeBody(
        of record: Int, to out: UnsafeMutableRawBufferPointer, at offset: Int
    ) -> Int {
        var body = plan.body(of: record)
        var end = offset
        while !body.isEmpty {
            let block = body.lowerBound / Limits.sealedBlockBytes
            let start = block * Limits.sealedBlockBytes
            let piece = body.clamped(to: start..<start + Limits.sealedBlockBytes)
            let place = end..<end + piece.count
            blocks[block].withUnsafeBytes {
                UnsafeMutableRawBufferPointer(rebasing: out[place]).copyMemory(
                    from: .init(
                        rebasing: $0[piece.lowerBound - start..<piece.upperBound - start]))
            }
            end = place.upperBound
            body = piece.upperBound..<body.upperBound
        }
        return end
    }
}

extension GroupPlan {
    /// The records of a stream.
    fileprivate func records(of stream: StreamKey) -> [Int] {
        records.indices.filter { records[$0].stream == stream }
    }

    /// The blocks that the body of a record stands in.
    fileprivate func blocks(of record: Int) -> [Int] {
        let body = body(of: record)
        guard !body.isEmpty else { return [] }
        let size = Limits.sealedBlockBytes
        return Array(body.lowerBound / size...(body.upperBound - 1) / size)
    }
}

// MARK: Writing

extension SealedGroup {
    /// Batches that follow each other, as a group.
    static func encoded(_ batches: [Batch], salt: UInt64) -> Octets {
        let (plan, raw) = GroupPlan.made(of: batches)
        let storedPlan = LZ4Block.compressHard(raw) ?? raw
        let bodies = sorted(batches, plan)
        let blocks = stride(from: 0, to: bodies.count, by: Limits.sealedBlockBytes).map {
            let block = Octets(bodies[$0..<min($0 + Limits.sealedBlockBytes, bodies.count)])
            return LZ4Block.compressHard(block) ?? block
        }
        let header = GroupHeader(
            plan: plan, planBytes: raw.count, storedPlan: storedPlan, storedBlocks: blocks,
            salt: salt)
        var out = header.encoded
        out.reserveCapacity(header.totalBytes)
        out += storedPlan
        for block in blocks { out += block }
        return out + Octets(repeating: 0, count: header.totalBytes - header.usedBytes)
    }

    private static func sorted(_ batches: [Batch], _ plan: GroupPlan) -> Octets {
        var bodies = Octets(repeating: 0, count: plan.bodyBytes)
        bodies.withUnsafeMutableBytes { bodies in
            var record = 0
            for batch in batches {
                for index in 0..<batch.recordCount {
                    UnsafeMutableRawBufferPointer(rebasing: bodies[plan.body(of: record)])
                        .copyBytes(from: batch.bytes(of: index).dropFirst(RecordHeader.bytes))
                    record += 1
                }
            }
        }
        return bodies
    }
}
