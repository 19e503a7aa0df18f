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

    /// The header of a record, whose length is not known yet, and whose wall time counts from 1970.
    init(of record: Record) {
        let type = record.event.type
        length = 0
        self.type = type.rawValue
        version = Upcasters.present.version(of: type)
        durability = type.durability.rawValue
        wallDelta = record.stamp.wall.nanoseconds
        instant = record.stamp.instant.nanoseconds
        boot = record.stamp.boot
        sealingKey = 0
        stream = record.stream
        eventID = record.eventID
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

    private typealias Words = (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    /// Its bytes, eight at a time.
    private var words: Words {
        let front =
            UInt64(length) | UInt64(type) << 32 | UInt64(version) << 48 | UInt64(durability) << 56
        let boots = UInt64(boot) | UInt64(sealingKey) << 32
        return (
            front.littleEndian, UInt64(bitPattern: wallDelta).littleEndian,
            UInt64(bitPattern: instant).littleEndian, boots.littleEndian,
            stream.high.littleEndian, stream.low.littleEndian, eventID.epoch.littleEndian,
            eventID.ordinal.littleEndian
        )
    }

    /// Adds the header to bytes.
    func append(to out: inout Octets) {
        withUnsafeBytes(of: words) { out.append(contentsOf: $0) }
    }

    /// Writes the header to a place in a buffer that has room there.
    func write(to out: UnsafeMutableRawBufferPointer, at offset: Int) {
        precondition(out.count - offset >= Self.bytes, "a header has no room")
        out.storeBytes(of: words, toByteOffset: offset, as: Words.self)
    }
}
