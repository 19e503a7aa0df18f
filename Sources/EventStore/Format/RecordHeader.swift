// What stands before the body of each event, uncompressed: everything that can be read without
// knowing the type.

import Domain

/// Header of a record. Its number follows from its place in the batch.
struct RecordHeader: Hashable, Sendable {
    static let bytes = 64

    /// Header and body.
    var length: UInt32
    /// What follows the header.
    var bodyBytes: Int { Int(length) - Self.bytes }
    var type: UInt16
    var version: UInt8
    var durability: UInt8
    /// Nanoseconds after the batch's base.
    var wallDelta: Int64
    var instant: Int64
    var boot: UInt32
    /// 0: there is one.
    var sealingKey: UInt32
    var stream: StreamKey
    var eventID: EventID

    /// Writes a header whose length is filled in later; returns where it stands.
    static func write(
        _ record: Record, baseWall: Int64, into out: inout Octets
    ) -> Int {
        let start = out.count
        let type = record.event.type
        out.append(littleEndian: UInt32(0))
        out.append(littleEndian: type.rawValue)
        out.append(Upcasters.present.version(of: type))
        out.append(type.durability.rawValue)
        out.append(littleEndian: record.stamp.wall.nanoseconds &- baseWall)
        out.append(littleEndian: record.stamp.instant.nanoseconds)
        out.append(littleEndian: record.stamp.boot)
        out.append(littleEndian: UInt32(0))  // sealing key
        out.append(littleEndian: record.stream.high)
        out.append(littleEndian: record.stream.low)
        out.append(littleEndian: record.eventID.epoch)
        out.append(littleEndian: record.eventID.ordinal)
        return start
    }

    /// Nil when there is no whole record at the front of the bytes.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard let header = bytes.withUnsafeBytes({ Self(reading: $0) }) else { return nil }
        self = header
    }

    /// The same, of bytes in memory.
    init?(reading bytes: UnsafeRawBufferPointer) {
        func load<Value: FixedWidthInteger>(_ offset: Int) -> Value {
            Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
        }
        guard bytes.count >= Self.bytes else { return nil }
        length = load(0)
        guard Int(length) >= Self.bytes, Int(length) <= bytes.count else { return nil }
        type = load(4)
        version = load(6)
        durability = load(7)
        wallDelta = load(8)
        instant = load(16)
        boot = load(24)
        sealingKey = load(28)
        stream = StreamKey(high: load(32), low: load(40))
        eventID = EventID(epoch: load(48), ordinal: load(56))
    }

    private init(eventID: EventID) {
        (length, type, version, durability) = (0, 0, 0, 0)
        (wallDelta, instant, boot, sealingKey) = (0, 0, 0, 0)
        stream = StreamKey(high: 0, low: 0)
        self.eventID = eventID
    }

    /// What the first record of a table is compared with.
    static func none(epoch: UInt64) -> RecordHeader {
        RecordHeader(eventID: EventID(epoch: epoch, ordinal: 0))
    }

    /// Writes the header to the front of the buffer, which has room, and moves that behind it.
    func write(to out: inout UnsafeMutableRawBufferPointer) {
        func store<Value: FixedWidthInteger>(_ value: Value, _ offset: Int) {
            out.storeBytes(of: value.littleEndian, toByteOffset: offset, as: Value.self)
        }
        store(length, 0)
        store(type, 4)
        store(version, 6)
        store(durability, 7)
        store(wallDelta, 8)
        store(instant, 16)
        store(boot, 24)
        store(sealingKey, 28)
        store(stream.high, 32)
        store(stream.low, 40)
        store(eventID.epoch, 48)
        store(eventID.ordinal, 56)
        out = UnsafeMutableRawBufferPointer(rebasing: out.dropFirst(Self.bytes))
    }
}
