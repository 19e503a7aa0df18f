// The names things have in the log and in the API: 128-bit identifiers told apart by type, and the
// numbers that order everything.

/// The position of an event in the log: 1 for the first, without gaps.
package typealias EventNumber = UInt64

/// Bytes as they came from the wire, kept because text decoding could change them.
package typealias Octets = [UInt8]

/// A UUID (RFC 9562) that says what it identifies, so that a trunk's is never passed for a call's.
package struct ID<Subject>: Hashable, Comparable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A random version 4 UUID.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(version: 4, high: generator.next(), low: generator.next())
    }

    /// A random version 8 UUID to count from.
    static func beginning(using generator: inout some RandomNumberGenerator) -> Self {
        ID(version: 8, high: generator.next(), low: generator.next())
    }

    /// The version 8 UUID after this one.
    var next: Self { ID(version: 8, high: high, low: low &+ 1) }

    /// Puts version and variant in their places (RFC 9562 §4).
    private init(version: UInt64, high: UInt64, low: UInt64) {
        self.high = high & 0xffff_ffff_ffff_0fff | version << 12
        self.low = low & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
    }

    package static func < (a: Self, b: Self) -> Bool { (a.high, a.low) < (b.high, b.low) }

    /// Each half is random or counts up from what is: together they are as good as one after the other, and
    /// every event of a call comes by here.
    package func hash(into hasher: inout Hasher) { hasher.combine(high ^ low) }
}

extension ID: CustomStringConvertible {
    /// The 8-4-4-4-12 form in lower case.
    package var description: String {
        let hex = Hex.encode(high) + Hex.encode(low)
        var out: Octets = []
        out.reserveCapacity(36)
        for (index, digit) in hex.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 {
                out.append(UInt8(ascii: "-"))
            }
            out.append(digit)
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Reads the 8-4-4-4-12 form, either case; nil for anything else.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var digits: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
            } else {
                guard let digit = Hex.value(byte) else { return nil }
                digits.append(digit)
            }
        }
        high = digits[..<16].reduce(0) { $0 << 4 | UInt64($1) }
        low = digits[16...].reduce(0) { $0 << 4 | UInt64($1) }
    }
}

/// Marks the identifier of a customer, who has no record of their own here yet.
package enum Customer {}

package typealias TrunkID = ID<Trunk>
package typealias CarrierID = ID<Carrier>
package typealias RouteID = ID<Route>
package typealias CallID = ID<Call>
package typealias CustomerID = ID<Customer>
