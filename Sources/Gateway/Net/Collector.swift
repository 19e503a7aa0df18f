// Where captured messages are sent: a collector such as Homer, which listens for datagrams.

import CLinux
import Domain
import Glibc

/// A connected UDP socket to a collector. It is closed when it is let go.
final class Collector {
    private let descriptor: Int32
    private let name: String

    /// Finds `HOST:PORT`; brackets stand around an IPv6 address.
    init(_ name: String) throws {
        self.name = name
        guard let colon = name.lastIndex(of: ":"),
            let port = UInt16(name[name.index(after: colon)...]),
            port > 0
        else { throw CommandError("\(name) is not a collector like 192.0.2.9:9060") }
        let host = name[..<colon].filter { $0 != "[" && $0 != "]" }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        var head: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, "\(port)", &hints, &head) == 0, let found = head?.pointee else {
            throw CommandError("the collector's name \(host) has no address")
        }
        defer { freeaddrinfo(head) }
        descriptor = socket(found.ai_family, found.ai_socktype, 0)
        guard descriptor >= 0,
            connect(descriptor, .init(__sockaddr__: found.ai_addr), found.ai_addrlen) == 0
        else {
            throw CommandError(
                "the collector \(name) cannot be reached: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Sends each as one datagram.
    func send(_ datagrams: [Octets]) throws {
        for datagram in datagrams where Glibc.send(descriptor, datagram, datagram.count, 0) < 0 {
            throw CommandError(
                "the collector \(name) does not take messages: \(String(cString: strerror(errno)))")
        }
    }
}
