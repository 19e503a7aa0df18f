// What stands before the body of each event, uncompressed: everything that can be read without
// knowing the type.

import Domain

/// Header of a record. Its number follows from its place in the batch.
struct RecordHeader: Hashable, Sendable {
    static let bytes = 64

    /// Header and body.
    var length: UInt32
    var type: UInt16
    var version: UInt8
    var durability: UInt8
    /// Nanoseconds after the batch's base.
    var wallDelta: Int64
    var instant: Int64
    var boot: UInt32
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
        out.append(littleEndian: UInt32(0))  // sealing key; there is one
        out.append(littleEndian: record.stream.high)
        out.append(littleEndian: record.stream.low)
        out.append(littleEndian: record.eventID.epoch)
        out.append(littleEndian: record.eventID.ordinal)
        return start
    }

    /// Nil when there is no whole record at the front of the bytes.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= Self.bytes else { return nil }
        var fields = FieldCursor(bytes)
        length = fields.take()
        guard Int(length) >= Self.bytes, Int(length) <= bytes.count else { return nil }
        type = fields.take()
        version = fields.take()
        durability = fields.take()
        wallDelta = fields.take()
        instant = fields.take()
        boot = fields.take()
        _ = fields.take(UInt32.self)
        stream = StreamKey(high: fields.take(), low: fields.take())
        eventID = EventID(epoch: fields.take(), ordinal: fields.take())
    }
}
