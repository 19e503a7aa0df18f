// Each event type lists its fields once, for both directions: what is written and what is read cannot
// drift apart. The bytes are protobuf (proto3), so anybody can read them without this code.

import Domain

/// One direction of coding. A field that has its default value is not written, and one that is not
/// found keeps its default.
protocol FieldCoder {
    mutating func varint<Value: FixedWidthInteger & UnsignedInteger>(
        _ number: UInt32, _ value: inout Value)
    /// A signed number, zigzag-coded.
    mutating func zigzag(_ number: UInt32, _ value: inout Int64)
    mutating func flag(_ number: UInt32, _ value: inout Bool)
    /// Nanoseconds since 1970, as sfixed64.
    mutating func wall(_ number: UInt32, _ value: inout WallTime)
    mutating func octets(_ number: UInt32, _ value: inout Octets)
    mutating func short(_ number: UInt32, _ value: inout ShortOctets)
    /// The method of a request: nearly always one of those that are known, whose bytes exist already.
    mutating func method(_ number: UInt32, _ value: inout Octets)
    /// Bytes that only the holder of the key may see.
    mutating func sealed(_ number: UInt32, _ value: inout Octets)
    mutating func text(_ number: UInt32, _ value: inout String)
    mutating func message<Value: Coded>(_ number: UInt32, _ value: inout Value)
    mutating func optional<Value: Coded>(_ number: UInt32, _ value: inout Value?)
    mutating func list<Value: Coded>(_ number: UInt32, _ values: inout [Value])
    mutating func octetsList(_ number: UInt32, _ values: inout [Octets])
    /// A value with a byte form of its own; an empty one stands for nil.
    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value)
    mutating func compact<Value: CompactlyCoded>(_ number: UInt32, _ value: inout Value?)
    mutating func compactList<Value: CompactlyCoded>(_ number: UInt32, _ values: inout [Value])
    /// One of a closed list of numbers. An unknown number is an error when read.
    mutating func choice<Value: RawRepresentable>(_ number: UInt32, _ value: inout Value)
    where Value.RawValue == UInt8
    mutating func choice<Value: RawRepresentable>(_ number: UInt32, _ value: inout Value?)
    where Value.RawValue == UInt8
}

/// A type that is written as a protobuf message.
protocol Coded {
    /// What a message without fields means.
    static var blank: Self { get }
    mutating func code(_ fields: inout some FieldCoder)
}

/// A small value that is written as fewer than 128 bytes: an address, an identifier.
protocol CompactlyCoded {
    func appendCompact(to bytes: inout Octets)
    init?(compactBytes: UnsafeRawBufferPointer)
    static var compactDefault: Self { get }
}
