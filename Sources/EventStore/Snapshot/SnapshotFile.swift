// A snapshot as bytes: a header, and the records as the log would encode them, secrets sealed, in blocks
// that are checked before they are decompressed.

import Domain

/// A whole snapshot file.
struct SnapshotFile {
    /// Stored length, raw length, CRC of the stored bytes, CRC of these three.
    private static let blockHeaderBytes = 16
    private static let numberBytes = 8
    /// A block is closed when it has reached a batch's size, so it is at most one record larger.
    private static let largestRawBytes = Limits.batchBytes + Limits.recordBytes + numberBytes

    let header: SnapshotHeader
    let snapshot: Snapshot

    // MARK: Writing

    static func encoded(_ snapshot: Snapshot, chain: Octets, codec: EventCodec) -> Octets {
        var blocks: Octets = []
        var count = 0
        var raw: Octets = []
        for record in snapshot.records {
            raw.append(littleEndian: record.number)
            let start = raw.count
            RecordHeader(of: record).append(to: &raw)
            codec.encode(record.event, into: &raw)
            raw.store(UInt32(raw.count - start), at: start)
            guard raw.count >= Limits.batchBytes else { continue }
            append(raw, to: &blocks)
            count += 1
            raw.removeAll(keepingCapacity: true)
        }
        if !raw.isEmpty {
            append(raw, to: &blocks)
            count += 1
        }
        return SnapshotHeader(snapshot, chain: chain, blockCount: count).encoded + blocks
    }

    private static func append(_ raw: Octets, to blocks: inout Octets) {
        let stored = BatchCompressor(nil).compress(raw, .hard).stored
        var header: Octets = []
        header.append(littleEndian: UInt32(stored.count))
        header.append(littleEndian: UInt32(raw.count))
        header.append(littleEndian: CRC32C.of(stored))
        header.append(littleEndian: CRC32C.of(header))
        blocks += header
        blocks += stored
    }

    // MARK: Reading

    /// Reads a file's bytes, of which every one is covered by a check.
    init(_ bytes: Octets, codec: EventCodec) throws(SnapshotDoubt) {
        header = try SnapshotHeader(bytes.prefix(SnapshotHeader.bytes))
        var records: [Record] = []
        var rest = bytes.dropFirst(SnapshotHeader.bytes)
        var rawBytes = 0
        for _ in 0..<header.blockCount {
            let raw = try Self.block(&rest)
            rawBytes += raw.count
            guard rawBytes <= Limits.snapshotBytes else { throw .damaged }
            try Self.read(raw, codec, into: &records)
        }
        guard rest.isEmpty, records.count == Int(header.recordCount),
            header.isPlausible(records)
        else { throw .damaged }
        snapshot = Snapshot(
            number: header.number, wall: header.wall, wallBeforeStart: header.wallBeforeStart,
            lastCDRNumber: header.lastCDRNumber, records: records)
    }

    /// Takes one block off the front.
    private static func block(_ rest: inout ArraySlice<UInt8>) throws(SnapshotDoubt) -> Octets {
        guard rest.count >= blockHeaderBytes else { throw .damaged }
        let header = rest.prefix(blockHeaderBytes)
        var fields = FieldCursor(header)
        let (storedBytes, rawBytes) = (Int(fields.take(UInt32.self)), Int(fields.take(UInt32.self)))
        let payloadCRC = fields.take(UInt32.self)
        guard fields.take(UInt32.self) == CRC32C.of(Octets(header.dropLast(4))),
            storedBytes <= rawBytes, rawBytes <= largestRawBytes
        else { throw .damaged }
        let stored = rest.dropFirst(blockHeaderBytes).prefix(storedBytes)
        guard stored.count == storedBytes,
            stored.withUnsafeBytes({ CRC32C.of($0) }) == payloadCRC
        else { throw .damaged }
        rest = rest.dropFirst(blockHeaderBytes + storedBytes)
        if storedBytes == rawBytes { return Octets(stored) }
        guard let raw = LZ4Block.decompress(stored, rawBytes: rawBytes) else { throw .damaged }
        return raw
    }

    private static func read(
        _ raw: Octets, _ codec: EventCodec, into records: inout [Record]
    ) throws(SnapshotDoubt) {
        var rest = raw[...]
        while !rest.isEmpty {
            guard rest.count > numberBytes else { throw .damaged }
            var fields = FieldCursor(rest.prefix(numberBytes))
            let number: EventNumber = fields.take()
            rest = rest.dropFirst(numberBytes)
            guard let header = RecordHeader(rest), number > records.last?.number ?? 0 else {
                throw .damaged
            }
            let bytes = rest.prefix(Int(header.length))
            rest = rest.dropFirst(Int(header.length))
            records.append(try record(number, header, bytes, codec))
        }
    }

    private static func record(
        _ number: EventNumber, _ header: RecordHeader, _ bytes: ArraySlice<UInt8>,
        _ codec: EventCodec
    ) throws(SnapshotDoubt) -> Record {
        let event: Event?
        do throws(CodecError) {
            event = try codec.decode(
                type: header.type, version: header.version,
                body: bytes.dropFirst(RecordHeader.bytes))
        } catch { throw .unreadable("\(error)") }
        guard let event else { throw .otherVersion }
        return Record(
            number: number,
            stamp: Stamp(
                wall: WallTime(nanoseconds: header.wallDelta),
                instant: Instant(nanoseconds: header.instant), boot: header.boot),
            stream: header.stream, eventID: header.eventID, event: event)
    }
}
