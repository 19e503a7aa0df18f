// IP addresses, networks and endpoints as plain values: the core compares and prints them, and only
// the gateway turns them into socket structures.

/// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address is always held as `v4`.
package enum IPAddress: Hashable, Sendable {
    case v4(UInt32)
    case v6(UInt64, UInt64)

    /// From the sixteen bytes of an IPv6 address, unmapping `::ffff:a.b.c.d`.
    package init(v6High high: UInt64, low: UInt64) {
        if high == 0, low >> 32 == 0xffff {
            self = .v4(UInt32(truncatingIfNeeded: low))
        } else {
            self = .v6(high, low)
        }
    }

    package var isV6: Bool { if case .v6 = self { true } else { false } }

    /// 0.0.0.0 or `::`, which mean "any" to a listener and "on hold" in old SDP.
    package var isUnspecified: Bool { self == .v4(0) || self == .v6(0, 0) }

    package var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// Addresses that a peer behind NAT would name: RFC 1918, RFC 6598, link-local, RFC 4193, loopback.
    package var isPrivate: Bool {
        switch self {
        case .v4(let value):
            value >> 24 == 10 || value >> 20 == 0xac1 || value >> 16 == 0xc0a8
                || value >> 22 == 0x191 || value >> 16 == 0xa9fe || value >> 24 == 127
        case .v6(let high, let low):
            high >> 57 == 0x7e || high >> 54 == 0x3fa || (high == 0 && low == 1)
        }
    }
}

/// An address and a port.
package struct Endpoint: Hashable, Sendable {
    package var address: IPAddress
    package var port: UInt16

    package init(_ address: IPAddress, _ port: UInt16) {
        self.address = address
        self.port = port
    }
}

/// A network in CIDR form. Bits past the prefix are zero.
package struct Network: Hashable, Sendable {
    package let address: IPAddress
    /// 0 to 32 for IPv4, 0 to 128 for IPv6.
    package let prefixLength: UInt8

    /// The network of that length around an address; nil when the length does not fit the family.
    package init?(_ address: IPAddress, prefixLength: UInt8) {
        self.prefixLength = prefixLength
        switch address {
        case .v4(let value):
            guard prefixLength <= 32 else { return nil }
            self.address = .v4(value & UInt32.prefixMask(prefixLength))
        case .v6(let high, let low):
            guard prefixLength <= 128 else { return nil }
            let lowLength = prefixLength > 64 ? prefixLength - 64 : 0
            self.address = .v6(
                high & UInt64.prefixMask(min(prefixLength, 64)), low & UInt64.prefixMask(lowLength))
        }
    }

    package func contains(_ other: IPAddress) -> Bool {
        guard other.isV6 == address.isV6 else { return false }
        return Network(other, prefixLength: prefixLength)?.address == address
    }

    package func overlaps(_ other: Network) -> Bool {
        contains(other.address) || other.contains(address)
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// A mask with that many leading ones.
    fileprivate static func prefixMask(_ length: UInt8) -> Self {
        length == 0 ? 0 : ~Self(0) << (Self.bitWidth - Int(length))
    }
}
