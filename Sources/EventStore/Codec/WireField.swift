// The fields of a protobuf message as they stand in its bytes, which may be damaged. Raw memory is read
// here, and every length is checked before it is used; nothing is copied or allocated.

import Domain

/// Protobuf's wire types that occur here.
enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case delimited = 2
    case fixed32 = 5
}

/// One field: its number, and its value or where its bytes are.
struct WireField {
    let number: UInt32
    let type: WireType
    /// A varint or fixed number; how many bytes a delimited field has.
    let value: UInt64
    /// Offset of what follows.
    let end: Int

    /// Stands behind the last field, with a number above all that are asked for.
    static let none = WireField(number: .max, type: .varint, value: 0, end: 0)

    private init(number: UInt32, type: WireType, value: UInt64, end: Int) {
        self.number = number
        self.type = type
        self.value = value
        self.end = end
    }

    /// Reads the field at an offset; nil where none is whole. Most keys have one byte, and most numbers and
    /// lengths one or two.
    @inline(__always)
    init?(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        guard offset &+ 2 < bytes.count, bytes[offset] & 0x85 == 0, bytes[offset] > 7,
            bytes[offset &+ 1] & bytes[offset &+ 2] < 0x80
        else {
            self.init(long: bytes, at: offset)
            return
        }
        let (key, low, high) = (bytes[offset], bytes[offset &+ 1], bytes[offset &+ 2])
        let isLong = low >= 0x80
        let value = UInt64(low & 0x7f) | (isLong ? UInt64(high) &<< 7 : 0)
        var end = offset &+ (isLong ? 3 : 2)
        // Of the wire types only these two are left.
        let type: WireType = key & 2 == 0 ? .varint : .delimited
        if type == .delimited {
            guard value <= bytes.count &- end else { return nil }
            end &+= Int(truncatingIfNeeded: value)
        }
        self.init(number: UInt32(key >> 3), type: type, value: value, end: end)
    }

    /// Reads any field.
    @inline(never)
    private init?(long bytes: UnsafeRawBufferPointer, at offset: Int) {
        var end = offset
        guard let key = Self.varint(bytes, &end), key <= UInt32.max,
            let type = WireType(rawValue: UInt8(truncatingIfNeeded: key & 7))
        else { return nil }
        let number = UInt32(truncatingIfNeeded: key >> 3)
        guard number > 0 else { return nil }
        var value: UInt64 = 0
        switch type {
        case .varint, .delimited:
            guard let read = Self.varint(bytes, &end) else { return nil }
            value = read
        case .fixed64:
            guard let read: UInt64 = Self.fixed(bytes, &end) else { return nil }
            value = read
        case .fixed32:
            guard let read: UInt32 = Self.fixed(bytes, &end) else { return nil }
            value = UInt64(read)
        }
        if type == .delimited {
            guard value <= bytes.count - end else { return nil }
            end += Int(value)
        }
        self.init(number: number, type: type, value: value, end: end)
    }

    /// The bytes of a delimited field, within those that it was read from.
    func content(of bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: bytes[(end - Int(value))..<end])
    }

    /// The varint at an offset, which moves behind it; nil where none is whole.
    static func varint(_ bytes: UnsafeRawBufferPointer, _ offset: inout Int) -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 70 {
            let byte = bytes[offset]
            offset += 1
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7f) &<< shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
        return nil
    }

    private static func fixed<Value: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ offset: inout Int
    ) -> Value? {
        guard bytes.count - offset >= MemoryLayout<Value>.size else { return nil }
        defer { offset += MemoryLayout<Value>.size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
