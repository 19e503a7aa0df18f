// The records of a batch told apart, and held against what the batch's header says of them.

import Domain

/// Where the records of a batch end.
struct RecordScan {
    private(set) var ends: [Int] = []
    /// As the batch has it.
    private(set) var lastEventID: EventID

    init(
        _ raw: Octets, of header: BatchHeader, after eventID: EventID
    ) throws(Batch.Fault) {
        lastEventID = eventID
        let count = header.recordCount
        guard count <= raw.count / RecordHeader.bytes else { throw .records }
        ends.reserveCapacity(count)
        var latest = Int64.min
        var end = 0
        while end < raw.count {
            guard let record = Fields(raw, at: end) else { throw .records }
            if header.kind == .records {
                guard record.eventID > lastEventID else { throw .identifier }
                lastEventID = record.eventID
            }
            latest = max(latest, header.baseWall &+ record.wallDelta)
            end += record.length
            ends.append(end)
        }
        guard ends.count == count else { throw .records }
        guard latest == header.latestWall else { throw .time }
        if header.kind == .gap { try Self.check(raw[...], against: header) }
    }

    /// What is looked at of every record of every batch that is read, and so without more copying than
    /// needed.
    private struct Fields {
        let length: Int
        let wallDelta: Int64
        let eventID: EventID

        init?(_ raw: Octets, at start: Int) {
            guard raw.count - start >= RecordHeader.bytes else { return nil }
            func load<Value: FixedWidthInteger>(_ offset: Int) -> Value {
                raw.withUnsafeBytes {
                    Value(
                        littleEndian: $0.loadUnaligned(
                            fromByteOffset: start + offset, as: Value.self))
                }
            }
            length = Int(load(0) as UInt32)
            wallDelta = load(8)
            eventID = EventID(epoch: load(48), ordinal: load(56))
            guard length >= RecordHeader.bytes, length <= raw.count - start else { return nil }
        }
    }

    /// The header of a gap counts the events that its record names. A record of a newer version is left to
    /// whoever decodes it.
    private static func check(
        _ record: ArraySlice<UInt8>, against header: BatchHeader
    ) throws(Batch.Fault) {
        guard let fields = RecordHeader(record), fields.type == EventType.gapRecorded.rawValue
        else { throw .gap }
        guard fields.version <= Upcasters.present.version(of: .gapRecorded) else { return }
        let event = try? EventCodec(sealer: nil).decode(
            type: fields.type, version: fields.version,
            body: record.dropFirst(RecordHeader.bytes))
        guard case .gapRecorded(let gap)? = event, gap.firstLost == header.firstEvent,
            gap.lastLost == header.lastEvent
        else { throw .gap }
    }
}
