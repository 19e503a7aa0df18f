// The headers of many records, apart from their bodies: each row says only how its record differs from
// the one before it, which takes 5 bytes of 64 for most. Batches and sealed groups store headers like this.

import Domain

/// A table in the making.
struct RecordTable {
    /// What a row says, or leaves out. The lowest two bits are what was promised.
    private enum Flag {
        /// A version that is not 1.
        static let version: UInt8 = 0x04
        /// The record is of the same stream as the one before it, of which nothing more is said.
        static let sameStream: UInt8 = 0x08
        /// Another time than that of the record before.
        static let time: UInt8 = 0x10
        /// An identifier that is not the next one.
        static let identifier: UInt8 = 0x20
        static let boot: UInt8 = 0x40
        static let sealingKey: UInt8 = 0x80
        static let promise: UInt8 = 0x03
    }

    static let streamBytes = 16
    /// The least that a row takes, and the most that a row and its stream take.
    static let possibleRowBytes = 4...80

    private var rows: Octets = []
    private(set) var streams: [StreamKey] = []
    /// For each record the place of its stream in `streams`.
    private(set) var runs: [Int] = []
    private var places: [StreamKey: Int] = [:]
    private var last: RecordHeader

    /// The first record is compared with one that has this epoch in its identifier, and nothing else.
    init(epoch: UInt64) { last = .none(epoch: epoch) }

    /// Adds the header of the next record. Wall times of all must count from the same moment.
    mutating func append(_ header: RecordHeader) {
        precondition(header.durability <= Flag.promise, "a record promises something unknown")
        var flags = header.durability
        rows.append(littleEndian: header.type)
        let place = rows.count
        rows.append(0)
        if header.version != 1 {
            flags |= Flag.version
            rows.append(varint: UInt64(header.version))
        }
        if appendStream(of: header) { flags |= Flag.sameStream }
        if header.eventID != last.eventID.next {
            flags |= Flag.identifier
            rows.append(difference: header.eventID.epoch &- last.eventID.epoch)
            rows.append(difference: header.eventID.ordinal &- last.eventID.ordinal)
        }
        if header.boot != last.boot {
            flags |= Flag.boot
            rows.append(varint: UInt64(header.boot))
        }
        if header.sealingKey != 0 {
            flags |= Flag.sealingKey
            rows.append(varint: UInt64(header.sealingKey))
        }
        let later = header.instant &- last.instant
        let drift = header.wallDelta &- last.wallDelta &- later
        if later != 0 || drift != 0 {
            flags |= Flag.time
            rows.append(difference: UInt64(bitPattern: later))
            rows.append(difference: UInt64(bitPattern: drift))
        }
        rows.append(varint: UInt64(header.length) - UInt64(RecordHeader.bytes))
        rows[place] = flags
        last = header
    }

    /// Says which stream, unless it is that of the record before.
    private mutating func appendStream(of header: RecordHeader) -> Bool {
        if let run = runs.last, header.stream == last.stream {
            runs.append(run)
            return true
        }
        if let place = places[header.stream] {
            // Calls that began lately have the most events, so counting back from the newest is shorter.
            rows.append(varint: UInt64(streams.count - place))
            runs.append(place)
        } else {
            rows.append(0)
            runs.append(streams.count)
            places[header.stream] = streams.count
            streams.append(header.stream)
        }
        return false
    }

    /// The rows, and then the streams, of which the first is the last: whoever reads the rows knows where
    /// each is.
    var encoded: Octets {
        var out = rows
        for stream in streams.reversed() {
            out.append(littleEndian: stream.high)
            out.append(littleEndian: stream.low)
        }
        return out
    }
}

// MARK: Reading

extension RecordTable {
    /// Reads a table of so many records, which fills the bytes. `each` gets their headers, and the place of
    /// the stream among all. Returns how many streams there are.
    static func read(
        _ bytes: UnsafeRawBufferPointer, records: Int, epoch: UInt64,
        each: (RecordHeader, _ run: Int) throws(Batch.Fault) -> Void
    ) throws(Batch.Fault) -> Int {
        var rows = Rows(bytes)
        var header = RecordHeader.none(epoch: epoch)
        for _ in 0..<records {
            try rows.next(&header)
            try each(header, rows.run)
        }
        guard rows.isAtStreams else { throw .records }
        return rows.streams
    }

    /// A position among the rows.
    private struct Rows {
        private let bytes: UnsafeRawBufferPointer
        private var offset = 0
        /// Streams that were named so far.
        private(set) var streams = 0
        /// The stream of the latest record.
        private(set) var run = -1

        init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

        var isAtStreams: Bool { offset == bytes.count - streams * streamBytes }

        /// Makes the header of one record that of the next.
        mutating func next(_ header: inout RecordHeader) throws(Batch.Fault) {
            guard bytes.count - offset >= possibleRowBytes.lowerBound else { throw .records }
            header.type = UInt16(
                littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self))
            let flags = bytes[offset + 2]
            offset += 3
            header.durability = flags & Flag.promise
            header.version = flags & Flag.version == 0 ? 1 : UInt8(try number(atMost: 0xff))
            if flags & Flag.sameStream == 0 {
                header.stream = try stream()
            } else if run < 0 {
                throw .records
            }
            header.eventID = header.eventID.next
            if flags & Flag.identifier != 0 {
                header.eventID.epoch &+= try difference()
                header.eventID.ordinal &+= try difference() &- 1
            }
            if flags & Flag.boot != 0 {
                header.boot = UInt32(try number(atMost: UInt64(UInt32.max)))
            }
            let hasKey = flags & Flag.sealingKey != 0
            header.sealingKey = hasKey ? UInt32(try number(atMost: UInt64(UInt32.max))) : 0
            if flags & Flag.time != 0 {
                let later = Int64(bitPattern: try difference())
                header.instant &+= later
                header.wallDelta &+= later &+ Int64(bitPattern: try difference())
            }
            let body = try number(atMost: UInt64(BatchHeader.largestRawBytes))
            header.length = UInt32(body) + UInt32(RecordHeader.bytes)
        }

        private mutating func stream() throws(Batch.Fault) -> StreamKey {
            let back = Int(try number(atMost: UInt64(streams)))
            if back == 0 { streams += 1 }
            run = back == 0 ? streams - 1 : streams - back
            let place = bytes.count - (run + 1) * streamBytes
            guard place >= offset else { throw .records }
            func half(_ offset: Int) -> UInt64 {
                UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            }
            return StreamKey(high: half(place), low: half(place + 8))
        }

        private mutating func number(atMost largest: UInt64) throws(Batch.Fault) -> UInt64 {
            // Most have one byte.
            if offset < bytes.count, bytes[offset] < 0x80, bytes[offset] <= largest {
                offset += 1
                return UInt64(bytes[offset - 1])
            }
            guard let value = WireField.varint(bytes, &offset), value <= largest else {
                throw .records
            }
            return value
        }

        /// Small ones are short, up and down.
        private mutating func difference() throws(Batch.Fault) -> UInt64 {
            let value = try number(atMost: .max)
            return value >> 1 ^ (0 &- (value & 1))
        }
    }
}

extension Octets {
    /// A difference modulo 2⁶⁴, with its sign in the lowest bit.
    fileprivate mutating func append(difference value: UInt64) {
        append(varint: value << 1 ^ (0 &- (value >> 63)))
    }
}

extension EventID {
    /// The one that most often follows.
    fileprivate var next: EventID { EventID(epoch: epoch, ordinal: ordinal &+ 1) }
}
