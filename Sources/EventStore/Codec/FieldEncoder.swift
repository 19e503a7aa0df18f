// Writes fields straight into the batch's buffer: this is on the way of every SIP message.

import Domain

struct FieldEncoder: FieldCoder {
    private(set) var bytes: Octets
    private let sealer: Sealer?

    /// Appends to `bytes`; the caller takes them back when done.
    init(appendingTo bytes: consuming Octets, sealer: Sealer?) {
        self.bytes = bytes
        self.sealer = sealer
    }

    private mutating func delimited(_ number: UInt32, _ value: some Collection<UInt8>) {
        bytes.append(key: number, .delimited)
        bytes.append(varint: UInt64(value.count))
        bytes.append(contentsOf: value)
    }

    mutating func varint<Value: FixedWidthInteger & UnsignedInteger>(
        _ number: UInt32, _ value: inout Value
    ) {
        guard value != 0 else { return }
        bytes.append(key: number, .varint)
        bytes.append(varint: UInt64(value))
    }

    mutating func zigzag(_ number: UInt32, _ value: inout Int64) {
        guard value != 0 else { return }
        bytes.append(key: number, .varint)
        bytes.append(varint: UInt64(bitPattern: value << 1 ^ value >> 63))
    }

    mutating func flag(_ number: UInt32, _ value: inout Bool) {
        guard value else { return }
        bytes.append(key: number, .varint)
        bytes.append(varint: 1)
    }

    mutating func wall(_ number: UInt32, _ value: inout WallTime) {
        guard value.nanoseconds != 0 else { return }
        bytes.append(key: number, .fixed64)
        withUnsafeBytes(of: value.nanoseconds.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func octets(_ number: UInt32, _ value: inout Octets) {
        guard !value.isEmpty else { return }
        delimited(number, value)
    }

    mutating func short(_ number: UInt32, _ value: inout ShortOctets) {
        guard !value.isEmpty else { return }
        delimited(number, value.octets)
    }

    mutating func method(_ number: UInt32, _ value: inout Octets) { octets(number, &value) }

    mutating func sealed(_ number: UInt32, _ value: inout Octets) {
        guard !value.isEmpty, let sealer else { return }
        delimited(number, sealer.seal(value))
    }

    mutating func text(_ number: UInt32, _ value: inout String) {
        guard !value.isEmpty else { return }
        delimited(number, value.utf8)
    }

    mutating func message<Value: Coded>(_ number: UInt32, _ value: inout Value) {
        bytes.append(key: number, .delimited)
        // A length of fixed width is written first and filled in afterwards: nothing is moved.
        let start = bytes.count
        bytes.append(contentsOf: [0x80, 0x80, 0x80, 0x00])
        value.code(&self)
        let count = bytes.count - start - 4
        precondition(count < 1 << 28, "a message in an event is larger than its length can say")
        for index in 0..<4 {
            let more: UInt8 = index < 3 ? 0x80 : 0
            bytes[start + index] = UInt8(truncatingIfNeeded: count >> (7 * index)) & 0x7f | more
        }
    }

    mutating func optional<Value: Coded>(_ number: UInt32, _ value: inout Value?) {
        guard var present = value else { return }
        message(number, &present)
    }

    mutating func list<Value: Coded>(_ number: UInt32, _ values: inout [Value]) {
        for var value in values { message(number, &value) }
    }

    mutating func octetsList(_ number: UInt32, _ values: inout [Octets]) {
        for value in values { delimited(number, value) }
    }

    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value) {
        put(number, value)
    }

    private mutating func put(_ number: UInt32, _ value: some CompactlyCoded) {
        bytes.append(key: number, .delimited)
        let length = bytes.count
        bytes.append(0)
        value.appendCompact(to: &bytes)
        bytes[length] = UInt8(bytes.count - length - 1)
    }

    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value?) {
        if let value { put(number, value) }
    }

    mutating func compactList<Value: CompactlyCoded>(_ number: UInt32, _ values: inout [Value]) {
        for value in values { put(number, value) }
    }

    mutating func choice<Value: RawRepresentable>(_ number: UInt32, _ value: inout Value)
    where Value.RawValue == UInt8 {
        var raw = value.rawValue
        varint(number, &raw)
    }

    mutating func choice<Value: RawRepresentable>(_ number: UInt32, _ value: inout Value?)
    where Value.RawValue == UInt8 {
        guard var raw = value?.rawValue else { return }
        varint(number, &raw)
    }
}

extension Octets {
    mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func append(key number: UInt32, _ type: WireType) {
        append(varint: UInt64(number) << 3 | UInt64(type.rawValue))
    }
}
