// The byte forms of small values, in network order.

import Domain

extension ID: CompactlyCoded {
    var compactBytes: Octets { high.bigEndianBytes + low.bigEndianBytes }

    init?(compactBytes bytes: ArraySlice<UInt8>) {
        guard bytes.count == 16 else { return nil }
        self.init(
            high: UInt64(bigEndianBytes: bytes.prefix(8)),
            low: UInt64(bigEndianBytes: bytes.dropFirst(8)))
    }

    static var compactDefault: ID { ID(high: 0, low: 0) }
}

extension IPAddress: CompactlyCoded {
    /// 4 or 16 bytes.
    var compactBytes: Octets {
        switch self {
        case .v4(let value): (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
        case .v6(let high, let low): high.bigEndianBytes + low.bigEndianBytes
        }
    }

    init?(compactBytes bytes: ArraySlice<UInt8>) {
        switch bytes.count {
        case 4: self = .v4(bytes.reduce(0) { $0 << 8 | UInt32($1) })
        case 16:
            self.init(
                v6High: UInt64(bigEndianBytes: bytes.prefix(8)),
                low: UInt64(bigEndianBytes: bytes.dropFirst(8)))
        default: return nil
        }
    }

    static var compactDefault: IPAddress { .v4(0) }
}

extension Endpoint: CompactlyCoded {
    /// The address and two bytes of port.
    var compactBytes: Octets {
        address.compactBytes + [UInt8(port >> 8), UInt8(truncatingIfNeeded: port)]
    }

    init?(compactBytes bytes: ArraySlice<UInt8>) {
        guard bytes.count > 2, let address = IPAddress(compactBytes: bytes.dropLast(2)) else {
            return nil
        }
        self.init(address, bytes.suffix(2).reduce(0) { $0 << 8 | UInt16($1) })
    }

    static var compactDefault: Endpoint { Endpoint(.v4(0), 0) }
}

extension Network: CompactlyCoded {
    /// The address and one byte of prefix length.
    var compactBytes: Octets { address.compactBytes + [prefixLength] }

    init?(compactBytes bytes: ArraySlice<UInt8>) {
        guard let length = bytes.last, let address = IPAddress(compactBytes: bytes.dropLast())
        else { return nil }
        self.init(address, prefixLength: length)
    }

    static var compactDefault: Network {
        guard let all = Network(.v4(0), prefixLength: 0) else {
            preconditionFailure("0.0.0.0/0 is a network")
        }
        return all
    }
}

extension UInt64 {
    fileprivate var bigEndianBytes: Octets {
        (0..<8).map { UInt8(truncatingIfNeeded: self >> (56 - 8 * $0)) }
    }

    fileprivate init(bigEndianBytes bytes: ArraySlice<UInt8>) {
        self = bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
