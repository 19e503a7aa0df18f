// The relay's thread: waits for sockets, moves packets, keeps the clock. Nothing on the way of a
// packet allocates, hashes or asks anybody.

import CLinux
import Domain
import Glibc

/// All state of the relay. Lives on one thread at a time.
final class RelayLoop {
    private static let wakeHandle = UInt64.max
    private static let eventCapacity = 256
    /// How often the calls' deadlines are looked at, at most.
    private static let tickSpacing = Duration.milliseconds(100)

    private let epoll: Int32
    private let queue: RelayQueue
    private let report: @Sendable ([RelayReport]) -> Void
    private let events: UnsafeMutablePointer<epoll_event>
    let batch = DatagramBatch()
    private var orders: [RelayOrder] = []
    /// When the first of the orders that are obeyed now was given.
    private(set) var ordered = WallTime.distantPast
    private let ownAddresses: Set<IPAddress>

    var ports: RelayPorts
    var sides: ContiguousArray<RelaySide> = []
    var freeSides: [Int] = []
    var calls: ContiguousArray<RelayCall> = []
    var freeCalls: [Int] = []
    /// The number of each call that has media.
    var numbers: [CallID: Int] = [:]
    var reports: [RelayReport] = []
    /// Read once for each wake-up.
    var now = RelayClock.instant
    /// When the deadlines of calls are looked at next.
    var nextTick = Instant.distantFuture

    init(
        ports: RelayPorts, ownAddresses: [IPAddress], queue: RelayQueue,
        report: @escaping @Sendable ([RelayReport]) -> Void
    ) throws(RelayError) {
        self.queue = queue
        self.report = report
        self.ports = ports
        self.ownAddresses = Set(ownAddresses + Interfaces.addresses)
        epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw RelayError(call: "epoll_create1", number: errno) }
        events = .allocate(capacity: Self.eventCapacity)
        guard watch(queue.wake, Self.wakeHandle) else {
            throw RelayError(call: "epoll_ctl", number: errno)
        }
    }

    deinit {
        for side in numbers.values.flatMap({ calls[$0].streams }) {
            for leg in [Leg.caller, .destination] { side[leg].map { sides[$0].pair.close() } }
        }
        ports.closeAll()
        close(epoll)
        events.deallocate()
    }

    // MARK: Before the start

    func hold(_ port: UInt16) -> Bool { ports.hold(port) }

    func rest(_ resting: [UInt16]) { ports.rest(resting, at: now) }

    /// Binds as many ports as are kept ready; the new ones.
    func prepare() -> [UInt16] {
        var ready: [UInt16] = []
        while ports.wantsMore(at: now) { ready += ports.fill(at: now) }
        return ready
    }

    // MARK: Running

    /// Returns when the queue says stop.
    func run() {
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_SETMASK, &signals, nil)
        pthread_setname_np(pthread_self(), "rtp")
        var goesOn = true
        while goesOn {
            let count = epoll_wait(epoll, events, Int32(Self.eventCapacity), timeout)
            now = RelayClock.instant
            goesOn = dispatch(max(0, Int(count)))
            if now >= nextTick { tick() }
            if ports.wantsMore(at: now) {
                let ready = ports.fill(at: now)
                if !ready.isEmpty { reports.append(.portsReady(ready)) }
            }
            if !goesOn { reportAll() }
            flush()
        }
    }

    /// Orders go first: they may concern the packets that came with them. False to stop.
    private func dispatch(_ count: Int) -> Bool {
        var goesOn = true
        for index in 0..<count where events[index].data.u64 == Self.wakeHandle {
            (goesOn, ordered) = queue.take(into: &orders)
            for order in orders { obey(order) }
            orders.removeAll(keepingCapacity: true)
        }
        for index in 0..<count where events[index].data.u64 != Self.wakeHandle {
            receive(events[index].data.u64)
        }
        return goesOn
    }

    private var timeout: Int32 {
        if ports.wantsMore(at: now) { return 0 }
        let next = min(nextTick, ports.nextChange ?? .distantFuture)
        if next == .distantFuture { return -1 }
        let wait = next.nanoseconds - RelayClock.instant.nanoseconds
        return Int32(clamping: max(0, wait + 999_999) / 1_000_000)
    }

    private func flush() {
        guard !reports.isEmpty else { return }
        report(reports)
        reports.removeAll(keepingCapacity: true)
    }

    /// Has epoll report a descriptor under a handle; false when it refuses.
    func watch(_ descriptor: Int32, _ handle: UInt64) -> Bool {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = handle
        return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0
    }

    /// Closing does it as well, but not while the store has a copy.
    func unwatch(_ pair: PortPair) {
        guard pair.isKept else { return }
        for descriptor in [pair.rtp, pair.rtcp] {
            epoll_ctl(epoll, EPOLL_CTL_DEL, descriptor, nil)
        }
    }

    // MARK: Packets

    private func receive(_ handle: UInt64) {
        let number = Int(handle >> 1 & 0x7fff_ffff)
        guard number < sides.count, sides[number].generation == UInt32(handle >> 32) else { return }
        let isControl = handle & 1 == 1
        let pair = sides[number].pair
        let limit = sides[number].readLimit(isControl: isControl)
        let count = batch.receive(from: isControl ? pair.rtcp : pair.rtp, limit: limit)
        let begin = sides[number].begin(isControl: isControl, isLast: count < limit)
        for index in 0..<count {
            guard let datagram = batch[index], datagram.arrived >= begin else { continue }
            if isControl {
                relayControl(datagram, from: number)
            } else {
                relayMedia(datagram, from: number)
            }
        }
    }

    private func relayMedia(_ datagram: Datagram, from number: Int) {
        if sides[number].isMultiplexed, RTPHeader.isControl(datagram.bytes) {
            if sides[number].rtp.accepts(datagram.source) { sendControl(datagram, from: number) }
            return
        }
        let header = RTPHeader(datagram.bytes)
        let isNegotiated = header.map { sides[number].types.contains($0.payloadType) } ?? false
        switch sides[number].rtp.judge(
            source: datagram.source, ssrc: header?.ssrc, isNegotiated: isNegotiated, at: now)
        {
        case .accepted: break
        case .latched: reportLatch(number, isControl: false, datagram.source)
        case .pending: return
        case .stray:
            sides[number].figures.strays &+= 1
            return
        }
        let call = sides[number].call
        calls[call].hear(at: now)
        if let header {
            sides[number].figures.count(
                header, bytes: datagram.bytes.count, clockRate: sides[number].clockRate,
                at: datagram.arrived)
        }
        let leg = sides[number].leg
        guard sendMedia(datagram, from: number), header != nil, calls[call].start(leg) else {
            return
        }
        reports.append(.started(calls[call].id, MediaStarted(leg: leg, at: datagram.arrived)))
    }

    /// Forwards or echoes; whether something was sent.
    private func sendMedia(_ datagram: Datagram, from number: Int) -> Bool {
        let call = sides[number].call
        if calls[call].echoes {
            guard sides[number].leg == .caller, let remote = sides[number].rtp.remote,
                !isOwn(remote)
            else { return false }
            return send(datagram, sides[number].pair.rtp, to: remote)
        }
        if sides[number].leg == .caller, !calls[call].forwardsFromCaller { return false }
        guard let across = sides[number].across, let remote = sides[across].rtp.remote else {
            return false
        }
        return send(datagram, sides[across].pair.rtp, to: remote)
    }

    private func relayControl(_ datagram: Datagram, from number: Int) {
        switch sides[number].rtcp.judgeControl(
            source: datagram.source, ssrc: RTPHeader.controlSender(datagram.bytes),
            media: sides[number].rtp, at: now)
        {
        case .accepted: break
        case .latched: reportLatch(number, isControl: true, datagram.source)
        case .pending, .stray: return
        }
        sendControl(datagram, from: number)
    }

    /// RTCP is never echoed: reports on itself would only confuse the sender.
    private func sendControl(_ datagram: Datagram, from number: Int) {
        guard !calls[sides[number].call].echoes, let across = sides[number].across else { return }
        if sides[across].isMultiplexed {
            guard let remote = sides[across].rtp.remote else { return }
            _ = send(datagram, sides[across].pair.rtp, to: remote)
        } else if let remote = sides[across].rtcp.remote {
            _ = send(datagram, sides[across].pair.rtcp, to: remote)
        }
    }

    /// A packet that the kernel does not take is lost, as the network might have lost it.
    private func send(_ datagram: Datagram, _ descriptor: Int32, to remote: Endpoint) -> Bool {
        let address = SocketAddress(remote, isDualStack: ports.isDualStack)
        let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
        return address.withPointer {
            sendto(
                descriptor, datagram.bytes.baseAddress, datagram.bytes.count, flags,
                __CONST_SOCKADDR_ARG(__sockaddr__: $0), $1) >= 0
        }
    }

    private func reportLatch(_ number: Int, isControl: Bool, _ source: Endpoint) {
        let latch = MediaLatched(
            leg: sides[number].leg, stream: sides[number].stream, rtcp: isControl, remote: source)
        reports.append(.latched(calls[sides[number].call].id, latch))
    }

    /// Two echoes must not chase each other.
    private func isOwn(_ remote: Endpoint) -> Bool {
        ports.contains(remote.port)
            && (remote.address.isLoopback || remote.address.isUnspecified
                || ownAddresses.contains(remote.address))
    }

    // MARK: Clock

    /// Looks at every call's deadline. Time in which this thread could not run is no silence.
    private func tick() {
        let late = now - nextTick
        let outage = late > .seconds(1) ? late : .zero
        var next = Instant.distantFuture
        for number in numbers.values {
            calls[number].heard = min(now, calls[number].heard + outage)
            look(at: number)
            next = min(next, calls[number].deadline)
        }
        nextTick = next == .distantFuture ? next : max(next, now + Self.tickSpacing)
    }

    private func look(at number: Int) {
        let limit = calls[number].silenceLimit
        let quiet = now.nanoseconds - calls[number].heard.nanoseconds
        if limit > 0, !calls[number].isSilent, quiet >= limit {
            calls[number].isSilent = true
            reports.append(.silent(calls[number].id))
        }
        guard now >= calls[number].nextReport else { return }
        calls[number].nextReport = now + Limits.mediaReportInterval
        reportFigures(number, isFinal: false)
    }

    private func reportAll() {
        for number in numbers.values { reportFigures(number, isFinal: false) }
    }
}
