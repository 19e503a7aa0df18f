// The addresses that this host answers to.

package import Domain
import Glibc

package enum Interfaces {
    /// The addresses of all interfaces that are up now; empty when the system does not tell.
    package static var addresses: [IPAddress] {
        var head: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&head) == 0 else { return [] }
        defer { freeifaddrs(head) }
        var found: [IPAddress] = []
        var entry = head
        while let interface = entry {
            if let address = interface.pointee.ifa_addr {
                let isV6 = Int32(address.pointee.sa_family) == AF_INET6
                let bytes = UnsafeRawBufferPointer(
                    start: address,
                    count: isV6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
                if let endpoint = Endpoint(socketAddress: bytes) { found.append(endpoint.address) }
            }
            entry = interface.pointee.ifa_next
        }
        return found
    }
}
