// The shell around the core: one event loop that feeds it datagrams, time and commands, hands its
// events to the log, and lets its messages go when the log says so.

import Domain
import EventStore
import Glibc
import Logging
import Metrics
import NIOCore

/// What the core is told at its start.
struct Beginning: Sendable {
    var event: GatewayStarted
    /// Ports of calls in progress that could not be bound again.
    var lostPorts: Set<UInt16>
    /// Ports that are bound for new calls.
    var readyPorts: [UInt16]
}

/// Owns the switchboard. Everything in here happens on one event loop.
final class SwitchboardLoop {
    let switchboard: Switchboard
    private let log: EventLog
    private let relay: Relay
    private let loop: any EventLoop
    private let logger: Logger
    private let resolver: HostResolver
    private var sockets: [Endpoint: Socket] = [:]
    /// Messages that wait for the log, in the order of their events.
    private var held: [Transmit] = []
    private var heldStart = 0
    private var durable: EventNumber
    private var waiting: [(number: EventNumber, promise: EventLoopPromise<Void>)] = []
    private var timer: (due: Instant, task: Scheduled<Void>)?
    /// Whether the log can take no new calls, because its disk is full, or slow.
    private var isSpaceLow = false
    private var isDiskSlow = false
    private let metrics = GatewayMetrics()
    /// Deadlines within 8 ms are looked after together: SIP's shortest is 500 ms (RFC 3261 §17.1.1.1).
    private static let timerGrain: Int64 = (1 << 23) - 1

    init(
        switchboard: Switchboard, log: EventLog, relay: Relay, resolver: HostResolver,
        on loop: any EventLoop, logger: Logger
    ) {
        self.switchboard = switchboard
        self.log = log
        self.relay = relay
        self.resolver = resolver
        self.loop = loop
        self.logger = logger
        durable = log.durableNumber
    }

    /// The channel reads, the sender writes.
    private struct Socket {
        let channel: any Channel
        let sender: DatagramSender
    }

    /// `descriptor` is the channel's.
    func attach(_ channel: any Channel, _ descriptor: Int32, at local: Endpoint) {
        sockets[local] = Socket(channel: channel, sender: DatagramSender(descriptor))
    }

    // MARK: Inputs

    /// Records the start, takes up the calls of the log, and begins to read the sockets: with ports for the
    /// first call, which would get 503 without.
    func begin(_ beginning: Beginning) {
        let now = SystemClock.now
        switchboard.started(beginning.event, torn: log.torn, at: now)
        switchboard.reported(.portsReady(beginning.readyPorts), at: now)
        switchboard.resume(lostPorts: beginning.lostPorts)
        flush()
        for socket in sockets.values {
            socket.channel.setOption(.autoRead, value: true).whenFailure { [logger] error in
                logger.critical("cannot read SIP", metadata: ["error": "\(Cause(error))"])
            }
        }
    }

    /// Takes no new calls; returns how many are in progress.
    func drain() -> Int {
        switchboard.isDraining = true
        return switchboard.calls.count
    }

    /// Takes no more inputs; returns what the core holds then.
    func end() -> CanonicalText {
        for socket in sockets.values { socket.channel.close(promise: nil) }
        sockets = [:]
        timer?.task.cancel()
        return CanonicalText(switchboard.state)
    }

    /// Brings the gauges up to date.
    func refreshMetrics() {
        metrics.refresh(switchboard, heldMessages: held.count - heldStart)
        metrics.refresh(log, isSpaceLow: isSpaceLow)
    }

    func received(_ datagram: Octets, from source: Endpoint, on local: Endpoint) {
        metrics.datagrams.increment()
        switchboard.received(datagram, from: source, on: local, at: SystemClock.now)
    }

    func reported(_ reports: [RelayReport]) {
        let now = SystemClock.now
        for report in reports { switchboard.reported(report, at: now) }
        flush()
    }

    func resolved(_ host: String, _ addresses: [IPAddress]) {
        let lifetime: Duration = addresses.isEmpty ? .seconds(5) : .seconds(60)
        switchboard.resolved(host, to: addresses, lifetime: lifetime, at: SystemClock.now)
        flush()
    }

    /// `shortage` says what is missing; nil when there is enough again.
    func spaceChanged(shortage: String?) {
        isSpaceLow = shortage != nil
        if let shortage {
            logger.critical(
                "the disk of the log is full: new calls get 503 until there is space",
                metadata: ["reason": "\(shortage)"])
        } else {
            logger.notice("the log has space again: new calls are taken")
        }
        flush()
    }

    func diskPaceChanged(isShedding: Bool) {
        isDiskSlow = isShedding
        flush()
    }

    /// Decides a command; the promise is kept when its event is on disk.
    func provision(_ command: ProvisioningCommand) throws -> (Provisioned, EventLoopFuture<Void>) {
        let (record, password) = try switchboard.provision(command, at: SystemClock.now)
        let promise = loop.makePromise(of: Void.self)
        waiting.append((record.number, promise))
        flush()
        release()
        return (
            Provisioned(event: record.event, number: record.number, password: password),
            promise.futureResult
        )
    }

    // MARK: Effects

    /// Empties the outbox. Called after each burst of inputs.
    func flush() {
        switchboard.isLogFull =
            isSpaceLow || isDiskSlow || log.pendingBytes > Limits.pendingBytes
        let outbox = switchboard.outbox
        if !outbox.isEmpty {
            switchboard.outbox = Outbox()
            relay.submit(outbox.orders)
            append(outbox.records)
            metrics.count(outbox.records)
            for transmit in outbox.transmits { dispatch(transmit) }
            send()
            for host in outbox.lookups { lookUp(host) }
        }
        setTimer()
    }

    private func append(_ records: [Record]) {
        do throws(AppendError) {
            try log.append(records)
        } catch {
            // The core numbers its events itself, and nobody else appends any.
            preconditionFailure("the log refused events of the core: \(error)")
        }
    }

    private func dispatch(_ transmit: Transmit) {
        switch transmit.hold {
        case .none: write(transmit)
        case .until(let number):
            if number <= durable { write(transmit) } else { held.append(transmit) }
        case .dropUnless(let number):
            if number <= durable { write(transmit) }
        }
    }

    /// Lets go of what waited for events that are on disk now.
    func release() {
        durable = log.durableNumber
        while heldStart < held.count, case .until(let number) = held[heldStart].hold,
            number <= durable
        {
            write(held[heldStart])
            heldStart += 1
        }
        if heldStart == held.count {
            held.removeAll(keepingCapacity: true)
            heldStart = 0
        } else if heldStart > 1_024 {
            held.removeFirst(heldStart)
            heldStart = 0
        }
        send()
        let reached = waiting.filter { $0.number <= durable }
        guard !reached.isEmpty else { return }
        waiting.removeAll { $0.number <= durable }
        for waiter in reached { waiter.promise.succeed() }
    }

    private func write(_ transmit: Transmit) {
        guard let socket = sockets[transmit.local] ?? sockets.values.first else { return }
        socket.sender.add(transmit.bytes, to: transmit.remote)
        metrics.messages.increment()
    }

    private func send() {
        let failures = sockets.values.flatMap { $0.sender.flush() }
        guard !failures.isEmpty else { return }
        for (remote, error) in failures {
            let reason = String(cString: strerror(error))
            logger.warning("cannot send SIP", metadata: ["to": "\(remote)", "error": "\(reason)"])
            switchboard.transportFailed(to: remote, reason: reason, at: SystemClock.now)
        }
        flush()
    }

    private func lookUp(_ host: String) {
        let bound = NIOLoopBound(self, eventLoop: loop)
        resolver.addresses(of: host, on: loop).whenSuccess { bound.value.resolved(host, $0) }
    }

    private func setTimer() {
        guard let deadline = switchboard.nextDeadline else { return }
        let now = SystemClock.instant
        let end = Instant(nanoseconds: deadline.nanoseconds | Self.timerGrain)
        let due = deadline <= now ? now : end
        if let timer, timer.due <= due { return }
        timer?.task.cancel()
        let bound = NIOLoopBound(self, eventLoop: loop)
        let task = loop.scheduleTask(in: .nanoseconds((due - now).nanoseconds)) {
            bound.value.timeReached()
        }
        timer = (due, task)
    }

    private func timeReached() {
        timer = nil
        switchboard.timeReached(SystemClock.now)
        flush()
    }
}
