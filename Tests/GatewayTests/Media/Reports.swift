// What tests of the relay need: reports that can be waited for, and peers with real sockets.

import CLinux
import Domain
import Gateway
import Glibc
import Synchronization
import Testing

/// Collects reports; waiting has a bound so that a failure is a failure and not a hang.
final class Reports: Sendable {
    private let all = Mutex<[RelayReport]>([])
    private let ready = Mutex<[UInt16]>([])

    func add(_ reports: [RelayReport]) {
        all.withLock { $0 += reports }
        for case .portsReady(let ports) in reports { ready.withLock { $0 += ports } }
    }

    /// Every report so far but the ports.
    var events: [RelayReport] {
        all.withLock { $0.filter { if case .portsReady = $0 { false } else { true } } }
    }

    /// Waits until a report has the shape; nil after ten seconds.
    func wait<Value>(_ match: (RelayReport) -> Value?) -> Value? {
        for _ in 0..<10_000 {
            if let found = all.withLock({ $0 }).lazy.compactMap(match).first { return found }
            poll(nil, 0, 1)
        }
        return nil
    }

    /// Draws so many ports as the core would.
    func draw(_ count: Int) -> [UInt16] {
        for _ in 0..<10_000 {
            let drawn = ready.withLock { ready -> [UInt16]? in
                guard ready.count >= count else { return nil }
                defer { ready.removeFirst(count) }
                return Array(ready.prefix(count))
            }
            if let drawn { return drawn }
            poll(nil, 0, 1)
        }
        return []
    }

    func final(_ call: CallID) -> MediaReported? {
        wait { if case .figures(call, let totals) = $0, totals.isFinal { totals } else { nil } }
    }
}

/// A UDP socket on an address of this host, at a port that the kernel chose.
final class Peer {
    let descriptor: Int32
    private(set) var endpoint = Endpoint(.v4(0), 0)

    init(_ address: IPAddress = .v4(0x7f00_0001)) throws {
        let descriptor = socket(address.isV6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        self.descriptor = descriptor
        let wanted = SocketAddress(Endpoint(address, 0), isDualStack: false)
        let bound = wanted.withPointer { bind(descriptor, $0, $1) }
        try #require(bound == 0, "cannot bind \(address)")
        var name = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let told = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        try #require(told == 0)
        endpoint = try #require(
            withUnsafeBytes(of: name) { Endpoint(socketAddress: $0) })
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8], to remote: Endpoint) {
        let address = SocketAddress(remote, isDualStack: false)
        _ = address.withPointer { sendto(descriptor, bytes, bytes.count, 0, $0, $1) }
    }

    /// Sends to one of the relay's ports on this host.
    func send(_ bytes: [UInt8], toPort port: UInt16) {
        send(bytes, to: Endpoint(endpoint.address.isV6 ? .v6(0, 1) : .v4(0x7f00_0001), port))
    }

    /// The next datagram; nil when none comes in the given milliseconds.
    func receive(within milliseconds: Int32 = 10_000) -> [UInt8]? {
        var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, milliseconds) == 1 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count < 0 ? nil : Array(buffer.prefix(count))
    }
}

/// An RTP packet with 160 bytes of payload.
func rtp(_ sequence: UInt16, type: UInt8 = 0, ssrc: UInt8 = 1) -> [UInt8] {
    let time = UInt32(sequence) * 160
    return [
        0x80, type, UInt8(sequence >> 8), UInt8(sequence & 255), UInt8(time >> 24),
        UInt8(time >> 16 & 255), UInt8(time >> 8 & 255), UInt8(time & 255), 0, 0, 0, ssrc,
    ] + [UInt8](repeating: 0xd5, count: 160)
}

/// An RTCP packet as small as they get.
let senderReport: [UInt8] = [0x80, 200, 0, 1, 0, 0, 0, 7]
