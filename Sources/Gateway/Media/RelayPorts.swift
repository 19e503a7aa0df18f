// The pairs of sockets that calls use for media. They are bound ahead, because the core writes their
// numbers into a session description before anybody asks the kernel.

import Domain
import Glibc

/// The sockets of an even port and the odd one above it.
struct PortPair {
    let rtp: Int32
    let rtcp: Int32
    /// Whether it was open before a call had it, and may have got packets that are nobody's.
    var wasIdle = false
    /// Whether the store has copies, which outlive this process.
    var isKept = false

    func close() {
        _ = Glibc.close(rtp)
        _ = Glibc.close(rtcp)
    }
}

/// Every even port of the range is in one place: fresh, ready, resting, or with a call.
struct RelayPorts {
    private let range: ClosedRange<UInt16>
    private let store: DescriptorStore?
    /// Whether sockets take IPv6 and IPv4, rather than IPv4 alone.
    let isDualStack: Bool
    /// In random order, so that nobody can guess the next call's port.
    private var fresh: [UInt16]
    private var ready: [UInt16: PortPair] = [:]
    /// Ready ones that were bound because a call asked for them before the start.
    private var held: Set<UInt16> = []
    /// In the order of their ends, from `restingHead` on.
    private var resting: [(port: UInt16, until: Instant)] = []
    private var restingHead = 0
    /// Set when the process has no descriptors left.
    private var pausedUntil: Instant?

    /// `wantsIPv6` is whether peers are told of an IPv6 address: without one, sockets of IPv4 alone take
    /// less time for each packet.
    init(_ range: ClosedRange<UInt16>, store: DescriptorStore?, wantsIPv6: Bool) {
        self.range = range
        self.store = store
        isDualStack =
            wantsIPv6
            && Self.bindSocket(0, isDualStack: true).map { _ = Glibc.close($0) } != nil
        fresh = range.filter { $0 & 1 == 0 && $0 < range.upperBound }.shuffled()
    }

    func contains(_ port: UInt16) -> Bool { range.contains(port) }

    /// Binds a port that a call already has; false when somebody else has it.
    mutating func hold(_ port: UInt16) -> Bool {
        guard port & 1 == 0, port > 0 else { return false }
        if ready[port] != nil { return true }
        guard let pair = claimPair(port) ?? bindPair(port) else { return false }
        fresh.removeAll { $0 == port }
        ready[port] = pair
        held.insert(port)
        return true
    }

    /// Keeps ports out of use for the whole rest.
    mutating func rest(_ ports: [UInt16], at now: Instant) {
        let known = Set(ports)
        fresh.removeAll { known.contains($0) }
        for port in ports where ready[port] == nil { rest(port, at: now) }
    }

    /// The sockets of a port for a call; nil when it cannot be bound. From here on they are kept.
    mutating func take(_ port: UInt16) -> PortPair? {
        guard var pair = open(port) else { return nil }
        if let store, !pair.isKept {
            store.keep([pair.rtp, pair.rtcp], as: "\(port)")
            pair.isKept = true
        }
        return pair
    }

    private mutating func open(_ port: UInt16) -> PortPair? {
        if held.remove(port) != nil { return ready.removeValue(forKey: port) }
        if var pair = ready.removeValue(forKey: port) {
            pair.wasIdle = true
            return pair
        }
        guard port & 1 == 0, port > 0, let pair = bindPair(port) else { return nil }
        fresh.removeAll { $0 == port }
        return pair
    }

    /// Closes a call's sockets; the port rests before another call gets it.
    mutating func release(_ port: UInt16, _ pair: PortPair, at now: Instant) {
        if let store, pair.isKept {
            store.drop("\(port)", closing: [pair.rtp, pair.rtcp])
        } else {
            pair.close()
        }
        rest(port, at: now)
    }

    /// Whether `fill` has something to do.
    func wantsMore(at now: Instant) -> Bool {
        ready.count - held.count < Limits.readyPortPairs && pausedUntil.map { $0 <= now } ?? true
            && (!fresh.isEmpty || nextEnd.map { $0 <= now } ?? false)
    }

    /// When `fill` may have something to do that it has not now; nil for never.
    var nextChange: Instant? {
        if ready.count - held.count >= Limits.readyPortPairs { return nil }
        if let pausedUntil { return pausedUntil }
        return nextEnd
    }

    /// Binds more pairs, a few at a time as packets are waiting meanwhile; the new ports.
    mutating func fill(at now: Instant) -> [UInt16] {
        endRests(at: now)
        pausedUntil = nil
        var bound: [UInt16] = []
        for _ in 0..<32 where ready.count - held.count < Limits.readyPortPairs {
            guard let port = fresh.popLast() else { break }
            if let pair = bindPair(port) {
                ready[port] = pair
                bound.append(port)
            } else if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
                fresh.append(port)
                pausedUntil = now + .seconds(1)
                break
            } else {
                rest(port, at: now)
            }
        }
        return bound
    }

    /// Closes all that no call has.
    mutating func closeAll() {
        for pair in ready.values { pair.close() }
        ready = [:]
    }

    private var nextEnd: Instant? {
        restingHead < resting.count ? resting[restingHead].until : nil
    }

    private mutating func rest(_ port: UInt16, at now: Instant) {
        resting.append((port, now + Limits.portRest))
    }

    private mutating func endRests(at now: Instant) {
        while let end = nextEnd, end <= now {
            let port = resting[restingHead].port
            restingHead += 1
            guard port & 1 == 0, range.contains(port), port < range.upperBound else { continue }
            fresh.append(port)
            fresh.swapAt(fresh.count - 1, Int.random(in: 0..<fresh.count))
        }
        if restingHead > 1_024 || restingHead == resting.count {
            resting.removeFirst(restingHead)
            restingHead = 0
        }
    }

    /// The sockets that a call had before a restart, when they were kept.
    private func claimPair(_ port: UInt16) -> PortPair? {
        guard let kept = store?.claim("\(port)"), !kept.isEmpty else { return nil }
        if let rtp = kept.first(where: { UDPSocket.port(of: $0) == port }),
            let rtcp = kept.first(where: { UDPSocket.port(of: $0) == port + 1 }),
            UDPSocket.isV6(rtp) == isDualStack, UDPSocket.isV6(rtcp) == isDualStack
        {
            return PortPair(rtp: rtp, rtcp: rtcp, isKept: true)
        }
        for descriptor in kept { _ = Glibc.close(descriptor) }
        return nil
    }

    /// Leaves the reason in `errno` when it fails.
    private func bindPair(_ port: UInt16) -> PortPair? {
        guard let rtp = Self.bindSocket(port, isDualStack: isDualStack) else { return nil }
        guard let rtcp = Self.bindSocket(port + 1, isDualStack: isDualStack) else {
            let reason = errno
            _ = Glibc.close(rtp)
            errno = reason
            return nil
        }
        return PortPair(rtp: rtp, rtcp: rtcp)
    }

    /// A socket on every address, with kernel time stamps.
    private static func bindSocket(_ port: UInt16, isDualStack: Bool) -> Int32? {
        let any = Endpoint(isDualStack ? .v6(0, 0) : .v4(0), port)
        guard let descriptor = UDPSocket.bound(to: any, isDualStack: isDualStack) else {
            return nil
        }
        var on: Int32 = 1
        setsockopt(
            descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }
}
