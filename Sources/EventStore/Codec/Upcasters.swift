// What was written in an older form of an event is lifted to the present one when it is read, version
// by version. The log itself is never rewritten: its bytes are hashed and signed.

package import Domain

/// For each event type the steps from version 1 to the present one.
package struct Upcasters: Sendable {
    /// From the fields of one version to those of the next: pure, and content with any fields,
    /// because they may be damaged. A sealed field can be moved, not looked into.
    package typealias Step = @Sendable ([BodyField]) -> [BodyField]

    /// Those of this program. A type whose form changes gets a line here, with the step from the
    /// form before.
    package static let present = Upcasters([:])

    private let steps: [EventType: [Step]]

    package init(_ steps: [EventType: [Step]]) { self.steps = steps }

    /// The version in which events of a type are written.
    package func version(of type: EventType) -> UInt8 {
        UInt8(1 + (steps[type]?.count ?? 0))
    }

    /// A body of an older version in the form of the present one; nil when its fields do not add up.
    func lift(_ body: ArraySlice<UInt8>, _ type: EventType, from version: UInt8) -> Octets? {
        guard var fields = BodyField.all(in: body) else { return nil }
        for step in (steps[type] ?? []).dropFirst(Int(version) - 1) { fields = step(fields) }
        var lifted: Octets = []
        for field in fields { field.append(to: &lifted) }
        return lifted
    }
}

/// One field of a body, as an upcaster sees it.
package struct BodyField: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(Octets)
    }

    package var number: UInt32
    package var value: Value

    package init(_ number: UInt32, _ value: Value) {
        self.number = number
        self.value = value
    }

    /// In the order of the bytes; nil when these are no fields.
    static func all(in body: ArraySlice<UInt8>) -> [BodyField]? {
        body.withUnsafeBytes { bytes in
            var fields: [BodyField] = []
            var offset = 0
            while offset < bytes.count {
                guard let field = WireField(bytes, at: offset) else { return nil }
                fields.append(BodyField(field.number, Value(field, in: bytes)))
                offset = field.end
            }
            return fields
        }
    }

    func append(to bytes: inout Octets) {
        switch value {
        case .varint(let value):
            bytes.append(key: number, .varint)
            bytes.append(varint: value)
        case .fixed64(let value):
            bytes.append(key: number, .fixed64)
            bytes.append(littleEndian: value)
        case .fixed32(let value):
            bytes.append(key: number, .fixed32)
            bytes.append(littleEndian: value)
        case .bytes(let value):
            bytes.append(key: number, .delimited)
            bytes.append(varint: UInt64(value.count))
            bytes += value
        }
    }
}

extension BodyField.Value {
    fileprivate init(_ field: WireField, in bytes: UnsafeRawBufferPointer) {
        switch field.type {
        case .varint: self = .varint(field.value)
        case .fixed64: self = .fixed64(field.value)
        case .fixed32: self = .fixed32(UInt32(truncatingIfNeeded: field.value))
        case .delimited: self = .bytes(Octets(field.content(of: bytes)))
        }
    }
}
