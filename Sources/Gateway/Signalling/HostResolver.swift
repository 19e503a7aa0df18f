// Names of carriers, looked up where waiting does no harm.

import CLinux
import Domain
import Glibc
import NIOCore
import NIOPosix

/// A and AAAA through the system's resolver, on threads of its own.
final class HostResolver: Sendable {
    private let threads = NIOThreadPool(numberOfThreads: 4)

    init() { threads.start() }

    /// The addresses in the system's order of preference; empty when the name has none.
    func addresses(of host: String, on loop: any EventLoop) -> EventLoopFuture<[IPAddress]> {
        threads.runIfActive(eventLoop: loop) { Self.lookUp(host) }.recover { _ in [] }
    }

    func stop() async throws { try await threads.shutdownGracefully() }

    private static func lookUp(_ host: String) -> [IPAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var head: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, nil, &hints, &head) == 0 else { return [] }
        defer { freeaddrinfo(head) }
        var found: [IPAddress] = []
        var entry = head
        while let current = entry {
            let bytes = UnsafeRawBufferPointer(
                start: current.pointee.ai_addr, count: Int(current.pointee.ai_addrlen))
            if let endpoint = Endpoint(socketAddress: bytes), !found.contains(endpoint.address) {
                found.append(endpoint.address)
            }
            entry = current.pointee.ai_next
        }
        return found
    }
}
