// Reads fields of bytes that may be damaged or come from a newer version: unknown fields are skipped,
// and the first error is kept. As events ask for their fields in the order in which they are written,
// one walk over the bytes finds them all. Bytes in any other order are read again, with a walk for each
// field.

import Domain

struct FieldDecoder: FieldCoder {
    /// Raw, because slices are counted references and this is read for every event of a replay.
    private let bytes: UnsafeRawBufferPointer
    private let sealer: Sealer?
    /// What the walk over the bytes came upon, as far as it got.
    private var order: Order
    /// The first field that was not taken yet.
    private var next = WireField.none
    /// The first field that could not be read.
    private(set) var error: CodecError?

    private enum Order {
        /// No field stands before one with a lower number.
        case ascending
        case other
        /// Somewhere no whole field stands.
        case broken
    }

    /// Reads a message, or says what is wrong with it.
    static func read<Value: Coded>(
        _ bytes: UnsafeRawBufferPointer, sealer: Sealer?
    ) -> (value: Value, error: CodecError?) {
        var decoder = FieldDecoder(bytes, sealer, .ascending)
        var value: Value = decoder.all()
        if decoder.order == .other {
            decoder = FieldDecoder(bytes, sealer, .other)
            value = decoder.all()
        }
        if decoder.order == .broken {
            decoder.error = CodecError(field: 0, reason: "the fields do not add up")
        }
        return (value, decoder.error)
    }

    /// Reads all fields. Whatever is not asked for must be whole fields, too.
    @inline(__always)
    private mutating func all<Value: Coded>() -> Value {
        var value = Value.blank
        value.code(&self)
        while next.number != WireField.none.number { step(to: next.end) }
        return value
    }

    private init(_ body: UnsafeRawBufferPointer, _ sealer: Sealer?, _ order: Order) {
        bytes = body
        self.sealer = sealer
        self.order = order
        step(to: 0)
    }

    /// Moves on to the field at an offset.
    @inline(__always)
    private mutating func step(to offset: Int) {
        guard offset < bytes.count else { return next = .none }
        guard let field = WireField(bytes, at: offset) else {
            order = .broken
            return next = .none
        }
        if field.number < next.number, next.number != WireField.none.number, order == .ascending {
            order = .other
        }
        next = field
    }

    /// Goes to the next field of a number, if there is one.
    @inline(__always)
    private mutating func find(_ number: UInt32) -> Bool {
        while next.number < number || order == .other && next.number != WireField.none.number {
            if next.number == number { return true }
            step(to: next.end)
        }
        return next.number == number
    }

    private mutating func fail(_ number: UInt32, _ reason: String) {
        fail(CodecError(field: number, reason: reason))
    }

    private mutating func fail(_ failure: CodecError) { error = error ?? failure }

    /// The last value of a field, as protobuf has it.
    @inline(__always)
    private mutating func last(_ number: UInt32, _ type: WireType) -> WireField? {
        if order == .other { step(to: 0) }
        guard find(number) else { return nil }
        var last = next
        step(to: next.end)
        while find(number) {
            last = next
            step(to: next.end)
        }
        guard last.type == type else {
            fail(number, "has another wire type")
            return nil
        }
        return last
    }

    @inline(__always)
    private mutating func lastBytes(_ number: UInt32) -> UnsafeRawBufferPointer? {
        last(number, .delimited)?.content(of: bytes)
    }

    /// All values of a field, in their order.
    @inline(__always)
    private mutating func each(
        _ number: UInt32, _ visit: (inout Self, UnsafeRawBufferPointer) -> Void
    ) {
        if order == .other { step(to: 0) }
        while find(number) {
            let field = next
            step(to: field.end)
            if field.type == .delimited { visit(&self, field.content(of: bytes)) }
        }
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

    mutating func short(_ number: UInt32, _ value: inout ShortOctets) {
        if let bytes = lastBytes(number) { value = ShortOctets(copying: bytes) }
    }

    mutating func method(_ number: UInt32, _ value: inout Octets) {
        if let bytes = lastBytes(number) { value = Method(sharing: bytes).octets }
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
        let (value, failure) = Self.read(bytes, sealer: sealer) as (Value, CodecError?)
        if var failure {
            failure.reason += " in field \(failure.field)"
            failure.field = number
            fail(failure)
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
        each(number) { values.append($0.read(number, $1)) }
    }

    mutating func octetsList(_ number: UInt32, _ values: inout [Octets]) {
        each(number) { values.append(Octets($1)) }
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
        each(number) { decoder, bytes in
            guard let read = Value(compactBytes: bytes) else {
                return decoder.fail(number, "has the wrong length")
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
