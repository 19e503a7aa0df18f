// A UDP packet as it was on the wire, made again from what the log has of it: addresses and payload.

package import Domain

/// One UDP packet with its IP header.
package struct Datagram: Sendable {
    package var source: Endpoint
    package var destination: Endpoint
    package var payload: Octets

    package init(source: Endpoint, destination: Endpoint, payload: Octets) {
        self.source = source
        self.destination = destination
        self.payload = payload
    }

    private static let udp: UInt8 = 17
    private static let timeToLive: UInt8 = 64

    /// IPv6 when either side is; an IPv4 address then stands in its mapped form.
    private var isV6: Bool { source.address.isV6 || destination.address.isV6 }

    /// IP header, UDP header and payload, with correct checksums. A payload that no datagram can hold is
    /// cut.
    package var bytes: Octets {
        let addresses = Self.octets(source.address, isV6) + Self.octets(destination.address, isV6)
        let room = 65_535 - 8 - (isV6 ? 0 : 20)
        let payload = payload.prefix(room)
        var segment: Octets = []
        segment.append(bigEndian: source.port)
        segment.append(bigEndian: destination.port)
        segment.append(bigEndian: UInt16(8 + payload.count))
        segment.append(bigEndian: UInt16(0))
        segment += payload
        var pseudo = addresses + [0, 0]
        pseudo.append(bigEndian: UInt16(segment.count))
        let sum = Self.checksum(pseudo + [0, Self.udp] + segment)
        // Zero would say that there is none (RFC 768).
        segment.store(bigEndian: sum == 0 ? 0xffff : sum, at: 6)
        return header(addresses, length: segment.count) + segment
    }

    private func header(_ addresses: Octets, length: Int) -> Octets {
        if isV6 {
            var header: Octets = [0x60, 0, 0, 0]
            header.append(bigEndian: UInt16(length))
            return header + [Self.udp, Self.timeToLive] + addresses
        }
        var header: Octets = [0x45, 0]
        header.append(bigEndian: UInt16(20 + length))
        // Identification 0 and Don't Fragment (RFC 6864 §4.1); the checksum follows.
        header += [0, 0, 0x40, 0, Self.timeToLive, Self.udp, 0, 0] + addresses
        header.store(bigEndian: Self.checksum(header), at: 10)
        return header
    }

    /// 4 bytes, or 16 with IPv4 addresses mapped.
    static func octets(_ address: IPAddress, _ isV6: Bool) -> Octets {
        var out: Octets = []
        switch address {
        case .v4(let value):
            if isV6 { out += Octets(repeating: 0, count: 10) + [0xff, 0xff] }
            out.append(bigEndian: value)
        case .v6(let high, let low):
            out.append(bigEndian: high)
            out.append(bigEndian: low)
        }
        return out
    }

    /// RFC 1071.
    private static func checksum(_ bytes: Octets) -> UInt16 {
        var sum: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            sum += index & 1 == 0 ? UInt32(byte) << 8 : UInt32(byte)
            // Folded as it grows, so that no length can overflow it.
            sum = (sum & 0xffff) + (sum >> 16)
        }
        return ~UInt16(truncatingIfNeeded: sum)
    }
}

extension Octets {
    mutating func append(bigEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func store(bigEndian value: UInt16, at offset: Int) {
        self[offset] = UInt8(value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }
}
