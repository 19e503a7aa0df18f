// Reads fields of bytes that may be damaged or come from a newer version: unknown fields are skipped,
// and the first error is kept. As events ask for their fields in the order in which they are written,
// one walk over the bytes finds them all; bytes in any other order are walked again for each field.

import Domain

struct FieldDecoder: FieldCoder {
    /// Raw, because slices are counted references and this is read for every event of a replay.
    private let bytes: UnsafeRawBufferPointer
    private let sealer: Sealer?
    /// Whether no field stands before one with a lower number.
    private let isAscending: Bool
    /// The first field that was not taken yet.
    private var next: WireField
    /// The last number that was asked for.
    private var asked: UInt32 = 0
    /// The first field that could not be read.
    private(set) var error: CodecError?

    /// The bytes must outlive the decoder.
    init(_ body: UnsafeRawBufferPointer, sealer: Sealer?) {
        bytes = body
        self.sealer = sealer
        let order = Self.order(of: body)
        isAscending = order == .ascending
        next = WireField(body, at: 0) ?? .none
        if order == .broken {
            error = CodecError(field: 0, reason: "the fields do not add up")
        }
    }

    private enum Order { case ascending, other, broken }

    private static func order(of bytes: UnsafeRawBufferPointer) -> Order {
        var order = Order.ascending
        var number: UInt32 = 0
        var offset = 0
        while offset < bytes.count {
            guard let field = WireField(bytes, at: offset) else { return .broken }
            if field.number < number { order = .other }
            number = field.number
            offset = field.end
        }
        return order
    }

    private mutating func fail(_ number: UInt32, _ reason: String) {
        fail(CodecError(field: number, reason: reason))
    }

    private mutating func fail(_ failure: CodecError) { error = error ?? failure }

    /// Shows the fields with a number, in their order.
    private mutating func take(_ number: UInt32, _ visit: (WireField) -> Void) {
        if !isAscending || number <= asked { next = WireField(bytes, at: 0) ?? .none }
        asked = number
        while next.number < .max {
            if next.number == number {
                visit(next)
            } else if isAscending, next.number > number {
                return
            }
            next = WireField(bytes, at: next.end) ?? .none
        }
    }

    /// The last value of a field, as protobuf has it.
    private mutating func last(_ number: UInt32, _ type: WireType) -> WireField? {
        var last: WireField?
        take(number) { last = $0 }
        guard let last else { return nil }
        guard last.type == type else {
            fail(number, "has another wire type")
            return nil
        }
        return last
    }

    private mutating func lastBytes(_ number: UInt32) -> UnsafeRawBufferPointer? {
        last(number, .delimited)?.content(of: bytes)
    }

    private mutating func all(_ number: UInt32) -> [UnsafeRawBufferPointer] {
        var all: [UnsafeRawBufferPointer] = []
        take(number) { [bytes] field in
            if field.type == .delimited { all.append(field.content(of: bytes)) }
        }
        return all
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
        if let bytes = lastBytes(number) { value = Octets(bytes) }
    }

    mutating func sealed(_ number: UInt32, _ value: inout Octets) {
        guard let bytes = lastBytes(number), let sealer else { return }
        guard let opened = sealer.open(bytes) else {
            return fail(
                CodecError(
                    field: number, reason: "was sealed with another key", isOfAnotherKey: true))
        }
        value = opened
    }

    mutating func text(_ number: UInt32, _ value: inout String) {
        guard let bytes = lastBytes(number) else { return }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            return fail(number, "is not UTF-8")
        }
        value = text
    }

    private mutating func read<Value: Coded>(
        _ number: UInt32, _ bytes: UnsafeRawBufferPointer
    ) -> Value {
        var value = Value.blank
        var inner = FieldDecoder(bytes, sealer: sealer)
        value.code(&inner)
        if var error = inner.error {
            error.reason += " in field \(error.field)"
            error.field = number
            fail(error)
        }
        return value
    }

    mutating func message<Value: Coded>(_ number: UInt32, _ value: inout Value) {
        if let bytes = lastBytes(number) { value = read(number, bytes) }
    }

    mutating func optional<Value: Coded>(_ number: UInt32, _ value: inout Value?) {
        if let bytes = lastBytes(number) { value = read(number, bytes) }
    }

    mutating func list<Value: Coded>(_ number: UInt32, _ values: inout [Value]) {
        values = all(number).map { read(number, $0) }
    }

    mutating func octetsList(_ number: UInt32, _ values: inout [Octets]) {
        values = all(number).map { Octets($0) }
    }

    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value) {
        guard let bytes = lastBytes(number) else { return }
        guard let read = Value(compactBytes: bytes) else {
            return fail(number, "has the wrong length")
        }
        value = read
    }

    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value?) {
        guard let bytes = lastBytes(number) else { return }
        guard let read = Value(compactBytes: bytes) else {
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
