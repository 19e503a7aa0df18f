// The only place where addresses of the core become socket structures and back; made for the packet
// path, so nothing here allocates.

package import Domain
package import Glibc

/// An IPv4 or IPv6 socket address, held in the larger of the two structures.
package struct SocketAddress {
    private var storage = sockaddr_in6()
    package private(set) var length: socklen_t

    /// The address as a socket of the kind wants it: a dual-stack one takes IPv4 in mapped form.
    /// An IPv6 address is kept as it is for an IPv4 socket, which will refuse it (EAFNOSUPPORT).
    package init(_ endpoint: Endpoint, isDualStack: Bool) {
        switch endpoint.address {
        case .v4(let value) where !isDualStack:
            length = socklen_t(MemoryLayout<sockaddr_in>.size)
            var ipv4 = sockaddr_in()
            ipv4.sin_family = sa_family_t(AF_INET)
            ipv4.sin_port = endpoint.port.bigEndian
            ipv4.sin_addr.s_addr = value.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: ipv4, as: sockaddr_in.self) }
        case .v4(let value):
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            fill(0, 0xffff_0000_0000 | UInt64(value), port: endpoint.port)
        case .v6(let high, let low):
            length = socklen_t(MemoryLayout<sockaddr_in6>.size)
            fill(high, low, port: endpoint.port)
        }
    }

    private mutating func fill(_ high: UInt64, _ low: UInt64, port: UInt16) {
        storage.sin6_family = sa_family_t(AF_INET6)
        storage.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &storage.sin6_addr) {
            $0.storeBytes(of: high.bigEndian, as: UInt64.self)
            $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
        }
    }

    /// Lends the address to a system call.
    package func withPointer<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> Result
    ) rethrows -> Result {
        try withUnsafePointer(to: storage) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { try body($0, length) }
        }
    }
}

extension Endpoint {
    /// Reads what a system call wrote; nil for other families and short structures.
    package init?(socketAddress bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8 else { return nil }
        let family = Int32(bytes.loadUnaligned(as: sa_family_t.self))
        let port = UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
        if family == AF_INET {
            let value = bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)
            self.init(.v4(UInt32(bigEndian: value)), port)
        } else if family == AF_INET6, bytes.count >= 24 {
            let high = bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            let low = bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
            self.init(
                IPAddress(v6High: UInt64(bigEndian: high), low: UInt64(bigEndian: low)), port)
        } else {
            return nil
        }
    }
}
