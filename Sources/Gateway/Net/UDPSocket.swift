// How UDP sockets are made, the same for SIP and media.

import CLinux
package import Domain
import Glibc

package enum UDPSocket {
    /// A non-blocking socket that is bound; nil with the reason in `errno`. A dual-stack one takes
    /// IPv4 as well.
    package static func bound(to endpoint: Endpoint, isDualStack: Bool) -> Int32? {
        let kind = SOCK_DGRAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
        let isV6 = isDualStack || endpoint.address.isV6
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, Int32(kind), 0)
        guard descriptor >= 0 else { return nil }
        if isDualStack {
            var off: Int32 = 0
            setsockopt(
                descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off,
                socklen_t(MemoryLayout<Int32>.size))
        }
        let address = SocketAddress(endpoint, isDualStack: isDualStack)
        let result = address.withPointer {
            bind(descriptor, __CONST_SOCKADDR_ARG(__sockaddr__: $0), $1)
        }
        guard result == 0 else {
            let reason = errno
            close(descriptor)
            errno = reason
            return nil
        }
        return descriptor
    }

    /// The port that a socket is bound to; 0 when it has none.
    package static func port(of descriptor: Int32) -> UInt16 {
        name(of: descriptor).map { UInt16(bigEndian: $0.sin6_port) } ?? 0
    }

    /// Whether it takes IPv6.
    static func isV6(_ descriptor: Int32) -> Bool {
        name(of: descriptor)?.sin6_family == sa_family_t(AF_INET6)
    }

    /// Family and port stand at the same places for both families.
    private static func name(of descriptor: Int32) -> sockaddr_in6? {
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, __SOCKADDR_ARG(__sockaddr__: $0), &length)
            }
        }
        return result == 0 ? address : nil
    }
}
