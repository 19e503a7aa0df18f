// Sends the messages of a burst with one system call, out of memory that is kept: on NIO's own way each of them
// would cost a buffer, a promise and what these refer to.

import CLinux
package import Domain
import Glibc

/// What waits to leave by one UDP socket. Confined to the loop that owns the socket.
package final class DatagramSender {
    /// Messages sent with one call.
    private static let capacity = 64
    /// How long a full socket buffer is waited for; the network would lose the message otherwise.
    private static let patienceMilliseconds: Int32 = 20

    private let descriptor: Int32
    private var bytes: Octets = []
    private var ends: [Int] = []
    private var remotes: [Endpoint] = []
    private let names: UnsafeMutablePointer<sockaddr_in6>
    private let vectors: UnsafeMutablePointer<iovec>
    private let headers: UnsafeMutablePointer<mmsghdr>

    /// The descriptor stays the caller's.
    package init(_ descriptor: Int32) {
        self.descriptor = descriptor
        names = .allocate(capacity: Self.capacity)
        vectors = .allocate(capacity: Self.capacity)
        headers = .allocate(capacity: Self.capacity)
        headers.initialize(repeating: mmsghdr(), count: Self.capacity)
    }

    deinit {
        names.deallocate()
        vectors.deallocate()
        headers.deallocate()
    }

    /// Leaves with the next flush.
    package func add(_ message: Octets, to remote: Endpoint) {
        bytes += message
        ends.append(bytes.count)
        remotes.append(remote)
    }

    /// Sends what was added, in order. Returns what cannot be sent, and why (`errno`).
    package func flush() -> [(remote: Endpoint, error: Int32)] {
        guard !ends.isEmpty else { return [] }
        var failures: [(remote: Endpoint, error: Int32)] = []
        var next = 0
        while next < ends.count {
            let sent = send(from: next)
            if sent < 0 { failures.append((remotes[next], errno)) }
            next += max(1, sent)
        }
        bytes.removeAll(keepingCapacity: bytes.capacity <= Limits.departureBytes)
        ends.removeAll(keepingCapacity: true)
        remotes.removeAll(keepingCapacity: true)
        return failures
    }

    /// How many of the messages from there on were sent; negative when the first one cannot be.
    private func send(from first: Int) -> Int {
        let count = min(Self.capacity, ends.count - first)
        return bytes.withUnsafeMutableBytes { bytes in
            for index in 0..<count { fill(index, first + index, bytes) }
            var sent = sendmmsg(descriptor, headers, UInt32(count), 0)
            if sent < 0, errno == EAGAIN, hasRoom() {
                sent = sendmmsg(descriptor, headers, UInt32(count), 0)
            }
            return Int(sent)
        }
    }

    private func fill(_ index: Int, _ message: Int, _ bytes: UnsafeMutableRawBufferPointer) {
        let start = message == 0 ? 0 : ends[message - 1]
        vectors[index] = iovec(
            iov_base: bytes.baseAddress.map { $0 + start }, iov_len: ends[message] - start)
        let name = UnsafeMutableRawPointer(names + index)
        SocketAddress(remotes[message], isDualStack: false).withPointer { address, length in
            name.copyMemory(from: address, byteCount: Int(length))
            headers[index].msg_hdr.msg_name = name
            headers[index].msg_hdr.msg_namelen = length
        }
        headers[index].msg_hdr.msg_iov = vectors + index
        headers[index].msg_hdr.msg_iovlen = 1
    }

    private func hasRoom() -> Bool {
        var waited = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&waited, 1, Self.patienceMilliseconds) == 1
    }
}
