// Reads fields of bytes that may be damaged or come from a newer version: every length is checked,
// unknown fields are skipped, and the first error is kept.

import Domain

struct FieldDecoder: FieldCoder {
    private struct Field {
        let number: UInt32
        let type: WireType
        let value: UInt64
        let bytes: ArraySlice<UInt8>
    }

    private var fields: [Field] = []
    private let sealer: Sealer?
    /// The first field that could not be read.
    private(set) var error: CodecError?

    init(_ body: ArraySlice<UInt8>, sealer: Sealer?) {
        self.sealer = sealer
        var rest = body
        while !rest.isEmpty {
            guard let field = Self.next(&rest) else {
                error = CodecError(field: 0, reason: "the fields do not add up")
                return
            }
            fields.append(field)
        }
    }

    private static func next(_ rest: inout ArraySlice<UInt8>) -> Field? {
        guard let key = varint(&rest), let type = WireType(rawValue: UInt8(key & 7)),
            let number = UInt32(exactly: key >> 3), number > 0
        else { return nil }
        let none = rest[rest.startIndex..<rest.startIndex]
        switch type {
        case .varint:
            guard let value = varint(&rest) else { return nil }
            return Field(number: number, type: type, value: value, bytes: none)
        case .fixed64, .fixed32:
            let width = type == .fixed64 ? 8 : 4
            guard rest.count >= width else { return nil }
            let value = rest.prefix(width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            rest = rest.dropFirst(width)
            return Field(number: number, type: type, value: value, bytes: none)
        case .delimited:
            guard let count = varint(&rest), count <= rest.count else { return nil }
            let bytes = rest.prefix(Int(count))
            rest = rest.dropFirst(Int(count))
            return Field(number: number, type: type, value: 0, bytes: bytes)
        }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard let byte = rest.popFirst() else { return nil }
            if shift == 63, byte > 1 { return nil }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 { return value }
        }
        return nil
    }

    private mutating func fail(_ number: UInt32, _ reason: String) {
        if error == nil { error = CodecError(field: number, reason: reason) }
    }

    /// The last value of a field, as protobuf has it.
    private mutating func last(_ number: UInt32, _ type: WireType) -> Field? {
        guard let field = fields.last(where: { $0.number == number }) else { return nil }
        guard field.type == type else {
            fail(number, "has another wire type")
            return nil
        }
        return field
    }

    private func all(_ number: UInt32) -> [ArraySlice<UInt8>] {
        fields.filter { $0.number == number && $0.type == .delimited }.map(\.bytes)
    }

    mutating func varint<Value: FixedWidthInteger & UnsignedInteger>(
        _ number: UInt32, _ value: inout Value
    ) {
        guard let field = last(number, .varint) else { return }
        guard let read = Value(exactly: field.value) else { return fail(number, "is too large") }
        value = read
    }

    mutating func zigzag(_ number: UInt32, _ value: inout Int64) {
        guard let raw = last(number, .varint)?.value else { return }
        value = Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
    }

    mutating func flag(_ number: UInt32, _ value: inout Bool) {
        if let field = last(number, .varint) { value = field.value != 0 }
    }

    mutating func wall(_ number: UInt32, _ value: inout WallTime) {
        guard let field = last(number, .fixed64) else { return }
        value = WallTime(nanoseconds: Int64(bitPattern: field.value))
    }

    mutating func octets(_ number: UInt32, _ value: inout Octets) {
        if let field = last(number, .delimited) { value = Octets(field.bytes) }
    }

    mutating func sealed(_ number: UInt32, _ value: inout Octets) {
        guard let field = last(number, .delimited), let sealer else { return }
        guard let opened = sealer.open(Octets(field.bytes)) else {
            return fail(number, "was sealed with another key")
        }
        value = opened
    }

    mutating func text(_ number: UInt32, _ value: inout String) {
        guard let field = last(number, .delimited) else { return }
        guard let text = String(validating: field.bytes, as: UTF8.self) else {
            return fail(number, "is not UTF-8")
        }
        value = text
    }

    private mutating func read<Value: Coded>(
        _ number: UInt32, _ bytes: ArraySlice<UInt8>
    ) -> Value {
        var value = Value.blank
        var inner = FieldDecoder(bytes, sealer: sealer)
        value.code(&inner)
        if let error = inner.error { fail(number, "\(error.reason) in field \(error.field)") }
        return value
    }

    mutating func message<Value: Coded>(_ number: UInt32, _ value: inout Value) {
        if let field = last(number, .delimited) { value = read(number, field.bytes) }
    }

    mutating func optional<Value: Coded>(_ number: UInt32, _ value: inout Value?) {
        if let field = last(number, .delimited) { value = read(number, field.bytes) }
    }

    mutating func list<Value: Coded>(_ number: UInt32, _ values: inout [Value]) {
        values = all(number).map { read(number, $0) }
    }

    mutating func octetsList(_ number: UInt32, _ values: inout [Octets]) {
        values = all(number).map { Octets($0) }
    }

    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value) {
        guard let field = last(number, .delimited) else { return }
        guard let read = Value(compactBytes: field.bytes) else {
            return fail(number, "has the wrong length")
        }
        value = read
    }

    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value?) {
        guard let field = last(number, .delimited) else { return }
        guard let read = Value(compactBytes: field.bytes) else {
            return fail(number, "has the wrong length")
        }
        value = read
    }

    mutating func compactList<Value: CompactlyCoded>(_ number: UInt32, _ values: inout [Value]) {
        for bytes in all(number) {
            guard let read = Value(compactBytes: bytes) else {
                return fail(number, "has the wrong length")
            }
            values.append(read)
        }
    }

    mutating func choice<Value: RawRepresentable>(_ number: UInt32, _ value: inout Value)
    where Value.RawValue == UInt8 {
        guard let field = last(number, .varint) else { return }
        guard let raw = UInt8(exactly: field.value), let read = Value(rawValue: raw) else {
            return fail(number, "has a value that this version does not know")
        }
        value = read
    }

    mutating func choice<Value: RawRepresentable>(_ number: UInt32, _ value: inout Value?)
    where Value.RawValue == UInt8 {
        guard let field = last(number, .varint) else { return }
        guard let raw = UInt8(exactly: field.value), let read = Value(rawValue: raw) else {
            return fail(number, "has a value that this version does not know")
        }
        value = read
    }
}
