// The byte forms of small values, in network order.

import Domain

extension ID: CompactlyCoded {
    func appendCompact(to bytes: inout Octets) {
        bytes.append(bigEndian: high)
        bytes.append(bigEndian: low)
    }

    init?(compactBytes bytes: UnsafeRawBufferPointer) {
        guard bytes.count == 16 else { return nil }
        self.init(high: bytes.bigEndian(at: 0), low: bytes.bigEndian(at: 8))
    }

    static var compactDefault: ID { ID(high: 0, low: 0) }
}

extension IPAddress: CompactlyCoded {
    /// 4 or 16 bytes.
    func appendCompact(to bytes: inout Octets) {
        switch self {
        case .v4(let value): bytes.append(bigEndian: value)
        case .v6(let high, let low):
            bytes.append(bigEndian: high)
            bytes.append(bigEndian: low)
        }
    }

    init?(compactBytes bytes: UnsafeRawBufferPointer) {
        switch bytes.count {
        case 4: self = .v4(bytes.bigEndian(at: 0))
        case 16: self.init(v6High: bytes.bigEndian(at: 0), low: bytes.bigEndian(at: 8))
        default: return nil
        }
    }

    static var compactDefault: IPAddress { .v4(0) }
}

extension Endpoint: CompactlyCoded {
    /// The address and two bytes of port.
    func appendCompact(to bytes: inout Octets) {
        address.appendCompact(to: &bytes)
        bytes.append(bigEndian: port)
    }

    init?(compactBytes bytes: UnsafeRawBufferPointer) {
        switch bytes.count {
        case 6: self.init(.v4(bytes.bigEndian(at: 0)), bytes.bigEndian(at: 4))
        case 18:
            self.init(
                IPAddress(v6High: bytes.bigEndian(at: 0), low: bytes.bigEndian(at: 8)),
                bytes.bigEndian(at: 16))
        default: return nil
        }
    }

    static var compactDefault: Endpoint { Endpoint(.v4(0), 0) }
}

extension Network: CompactlyCoded {
    /// The address and one byte of prefix length.
    func appendCompact(to bytes: inout Octets) {
        address.appendCompact(to: &bytes)
        bytes.append(prefixLength)
    }

    init?(compactBytes bytes: UnsafeRawBufferPointer) {
        guard let length = bytes.last,
            let address = IPAddress(compactBytes: .init(rebasing: bytes.dropLast()))
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

extension Octets {
    fileprivate mutating func append<Value: FixedWidthInteger>(bigEndian value: Value) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }
}

extension UnsafeRawBufferPointer {
    /// The number at so many bytes from the front. The caller has checked that there are enough.
    fileprivate func bigEndian<Value: FixedWidthInteger>(at offset: Int) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }
}
