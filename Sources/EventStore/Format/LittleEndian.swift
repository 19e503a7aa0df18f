// Fixed-width numbers as they stand in the log's headers: little-endian, at any offset.

import Domain

extension Octets {
    mutating func append<Value: FixedWidthInteger>(littleEndian value: Value) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }

    mutating func store<Value: FixedWidthInteger>(_ value: Value, at offset: Int) {
        Swift.withUnsafeBytes(of: value.littleEndian) { source in
            for (index, byte) in source.enumerated() { self[offset + index] = byte }
        }
    }
}

/// Reads one field after the other. The caller has checked that there is enough.
struct FieldCursor {
    private let bytes: ArraySlice<UInt8>
    private var offset: Int

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        offset = bytes.startIndex
    }

    mutating func take<Value: FixedWidthInteger>(_: Value.Type = Value.self) -> Value {
        defer { offset += MemoryLayout<Value>.size }
        return bytes.withUnsafeBytes {
            Value(
                littleEndian: $0.loadUnaligned(
                    fromByteOffset: offset - bytes.startIndex, as: Value.self))
        }
    }

    mutating func take(bytes count: Int) -> Octets {
        defer { offset += count }
        return Octets(bytes[offset..<offset + count])
    }
}
