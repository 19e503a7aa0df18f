// Numbers as text in messages, times and addresses: digit by digit, because a `String` for each would be an
// allocation.

extension Octets {
    /// Appends a number; with zeros before it when it has fewer digits than `width`.
    package mutating func append(
        decimal value: some UnsignedInteger & FixedWidthInteger, width: Int = 1
    ) {
        let value = UInt64(value)
        var unit: UInt64 = 1
        for _ in 1..<width { unit *= 10 }
        while value / unit >= 10 { unit *= 10 }
        while unit > 0 {
            append(UInt8(ascii: "0") + UInt8(value / unit % 10))
            unit /= 10
        }
    }
}
