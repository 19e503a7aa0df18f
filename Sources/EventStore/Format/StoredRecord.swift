// A record as it was written, which only its reader decodes.

import Domain

/// The bytes of a record, and what its batch says about it.
struct StoredRecord {
    let number: EventNumber
    /// Wall time that the record's own counts from.
    let baseWall: Int64
    let bytes: ArraySlice<UInt8>

    /// The record, decoded; nil for an ignorable type that is not known.
    func decoded(_ codec: EventCodec) throws(CodecError) -> Record? {
        guard let header = RecordHeader(bytes) else { return nil }
        guard
            let event = try codec.decode(
                type: header.type, version: header.version,
                body: bytes.dropFirst(RecordHeader.bytes))
        else { return nil }
        return Record(
            number: number,
            stamp: Stamp(
                wall: WallTime(nanoseconds: baseWall &+ header.wallDelta),
                instant: Instant(nanoseconds: header.instant), boot: header.boot),
            stream: header.stream, eventID: header.eventID, event: event)
    }
}
