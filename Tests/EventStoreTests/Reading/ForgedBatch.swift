// A batch made by the documented format alone, with whatever it is to say.

import Crypto
import Domain
import EventStore

/// A batch that follows the last one of a log; not compressed.
struct ForgedBatch {
    var kind: UInt8 = 0
    var records: [Event] = [.timerFired(TimerFired(leg: .caller, attempt: 1, timer: "B"))]
    var count: Int?
    var wall: Int64
    var latestWall: Int64
    var ordinal: UInt64
    /// How much identifiers grow within the batch.
    var ordinalStep: UInt64 = 1
    /// Of all records.
    var version: UInt8 = 1
    var boot: UInt32 = 1
    var sealingKey: UInt32 = 0
    var instant: Int64 = 0
    let firstEvent: EventNumber
    private let epoch: UInt64
    private let salt: UInt64
    private let chain: Octets

    /// What a good one would say.
    init(after image: LogImage) {
        let name = image.segments[image.segments.count - 1]
        let bytes = image.bytes(name)
        let start = image.batches(name).last?.lowerBound ?? 0
        func number(_ offset: Int, _ count: Int) -> UInt64 {
            (0..<count).reduce(0) { $0 | UInt64(bytes[start + offset + $1]) << UInt64($1 * 8) }
        }
        firstEvent = number(16, 8) + number(24, 4)
        (epoch, salt) = (number(32, 8), number(56, 8))
        chain = Octets(bytes[start + 104..<start + 136])
        wall = Int64(bitPattern: number(48, 8))
        latestWall = wall
        ordinal = (image.records.last?.eventID.ordinal ?? 0) + 1
    }

    /// Makes it a gap of so many events.
    mutating func makeGap(of count: Int) {
        (kind, self.count) = (1, count)
        describe(firstEvent...firstEvent + EventNumber(count) - 1)
    }

    /// Has the record of a gap name other events.
    mutating func describe(_ lost: ClosedRange<EventNumber>, last: EventNumber? = nil) {
        records = [
            .gapRecorded(
                GapRecorded(
                    firstLost: lost.lowerBound, lastLost: last ?? lost.upperBound, segment: "s",
                    offset: 0, length: 0, digest: [], reason: "r", operatorName: "o", note: "",
                    recorded: WallTime(nanoseconds: wall), lastCDR: 0, signature: []))
        ]
    }

    var encoded: Octets {
        let records = records.enumerated().map { index, event in record(event, index) }
        let payload = payload(of: records)
        let events = UInt32(count ?? records.count)
        var bytes = Octets("TLTB".utf8) + [1, 0, 0, kind]
        for length in [payload.count, records.joined().count] {
            bytes.append(number: UInt32(length))
        }
        bytes.append(number: firstEvent)
        bytes.append(number: events)
        bytes.append(number: UInt32(0))
        bytes.append(number: epoch)
        bytes.append(number: wall)
        bytes.append(number: latestWall)
        bytes.append(number: salt)
        bytes.append(number: firstEvent - 1)
        bytes += chain + next(records.map { $0[...] })
        bytes.append(number: CRC32C.of(payload))
        bytes.append(number: CRC32C.of(bytes))
        bytes += payload + Octets(repeating: 0, count: (8 - payload.count % 8) % 8)
        bytes.append(number: UInt64(bytes.count + 24))
        bytes.append(number: firstEvent + UInt64(events) - 1)
        bytes.append(number: salt ^ 0x646e_4562_4b4e_4c54)
        return bytes
    }

    /// Bodies, rows, and one stream.
    private func payload(of records: [Octets]) -> Octets {
        var bodies: Octets = []
        var rows: Octets = []
        for (index, record) in records.enumerated() {
            let body = record.dropFirst(64)
            bodies += body
            // The type; then flags: promised at once, version, identifier, key, and in the first row the
            // stream, boots and time.
            rows += record[4..<6] + [index == 0 ? 0xf5 : 0xad]
            rows.append(varint: UInt64(version))
            if index == 0 { rows.append(0) }
            rows.append(difference: 0)
            rows.append(difference: Int64(bitPattern: index == 0 ? ordinal : ordinalStep))
            if index == 0 { rows.append(varint: UInt64(boot)) }
            rows.append(varint: UInt64(sealingKey))
            // The wall clock stands still meanwhile.
            for rise in index == 0 ? [instant, 0 &- instant] : [] { rows.append(difference: rise) }
            rows.append(varint: UInt64(body.count))
        }
        return bodies + rows + Octets(repeating: 0, count: 16)
    }

    private func record(_ event: Event, _ index: Int) -> Octets {
        var body: Octets = []
        LogWorld.codec.encode(event, into: &body)
        var bytes: Octets = []
        bytes.append(number: UInt32(64 + body.count))
        bytes.append(number: event.type.rawValue)
        bytes += [version, 1]
        // Its wall time is the base.
        bytes.append(number: UInt64(0))
        bytes.append(number: instant)
        bytes.append(number: boot)
        bytes.append(number: sealingKey)
        bytes += Octets(repeating: 0, count: 16)
        bytes.append(number: epoch)
        bytes.append(number: ordinal + UInt64(index) * ordinalStep)
        return bytes + body
    }

    private func next(_ records: [ArraySlice<UInt8>]) -> Octets {
        var bytes = Octets("trunkline/batch/1".utf8) + chain
        for value in [firstEvent, UInt64(records.count), epoch] { bytes.append(number: value) }
        return Octets(SHA256.hash(data: bytes + Chain.merkleRoot(records)))
    }
}

extension Octets {
    fileprivate mutating func append(varint value: UInt64) {
        var rest = value
        while rest > 0x7f {
            append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    fileprivate mutating func append(difference value: Int64) {
        append(varint: UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    fileprivate mutating func append<Value: FixedWidthInteger>(number value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
