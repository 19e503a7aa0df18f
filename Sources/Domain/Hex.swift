// Hexadecimal, lower case: digests, tags, identifiers.

package enum Hex {
    /// Sixteen digits, most significant first.
    package static func encode(_ value: UInt64) -> Octets {
        Octets(unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<16 {
                buffer[index] = digit(UInt8(truncatingIfNeeded: value >> (60 - 4 * UInt64(index))))
            }
            count = 16
        }
    }

    /// Two digits for each byte.
    package static func encode(_ bytes: some Sequence<UInt8>) -> Octets {
        var out: Octets = []
        out.reserveCapacity(2 * bytes.underestimatedCount)
        for byte in bytes {
            out.append(digit(byte >> 4))
            out.append(digit(byte))
        }
        return out
    }

    /// The digit of the lower four bits.
    private static func digit(_ value: UInt8) -> UInt8 {
        let value = value & 15
        return value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// The value of one digit of either case.
    package static func value(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// The bytes of a string of digit pairs; nil if it is not one.
    package static func decode(_ text: some Collection<UInt8>) -> Octets? {
        guard text.count.isMultiple(of: 2) else { return nil }
        var out: Octets = []
        out.reserveCapacity(text.count / 2)
        var high: UInt8?
        for digit in text {
            guard let value = value(digit) else { return nil }
            if let upper = high {
                out.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return out
    }
}
