// Hexadecimal, lower case: digests, tags, identifiers.

package enum Hex {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Sixteen digits, most significant first.
    package static func encode(_ value: UInt64) -> Octets {
        (0..<16).map { digits[Int(value >> (60 - 4 * UInt64($0)) & 15)] }
    }

    /// Two digits for each byte.
    package static func encode(_ bytes: some Sequence<UInt8>) -> Octets {
        var out: Octets = []
        for byte in bytes {
            out.append(digits[Int(byte >> 4)])
            out.append(digits[Int(byte & 15)])
        }
        return out
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
