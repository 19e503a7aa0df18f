// Traffic without a network: the gateway's own core, fed by simulated callers and destinations on a
// simulated clock. What it records is what a gateway records, because it is the same code.

import Crypto
import Domain

/// One core and the world around it. The same seed gives the same events.
final class Traffic {
    let core: Switchboard
    private let customers: [Customer]
    private let callsPerSecond: Double
    private var random: SplitMix
    private var now: Moment
    /// Errands by number, in the order in which they were thought of.
    private var agenda = DeadlineQueue<Int>()
    private var errands: [Int: Errand] = [:]
    private var lastErrand = 0
    private var media = SimulatedRelay()
    private var callers: [Octets: CallerSide] = [:]
    private var legs: [Octets: DestinationSide] = [:]
    /// Calls by the number that they are for: each has one of its own.
    private var plans: [Octets: CallPlan] = [:]
    private var group: [Record] = []
    private var groupStart = Instant(nanoseconds: 0)
    private var placed = 0
    private var wanted = 0
    /// Told of everything that the core is fed while it runs; nil for time alone.
    var onInput: (Errand?, Moment) -> Void = { _, _ in }

    /// What the world does next.
    enum Errand: Sendable {
        case placeCall
        case datagram(Octets, from: Endpoint)
        case report(RelayReport)
    }

    /// What arrives within this long is one group commit.
    static let groupInterval = Duration.milliseconds(2)

    init(seed: UInt64, callsPerSecond: Double) throws {
        random = SplitMix(seed: seed)
        self.callsPerSecond = callsPerSecond
        now = Self.beginning
        core = Self.emptyCore(at: Self.beginning)
        core.started(
            GatewayStarted(
                build: "benchmark", bootID: "benchmark", epoch: 1, baseDomain: Self.baseDomain,
                configuration: []),
            at: now)
        core.resume(lostPorts: [])
        customers = try Customer.furnish(core, at: now, using: &random)
        core.reported(.portsReady(media.free(256)), at: now)
    }

    // MARK: Running

    /// Places so many calls and lets them end. `each` gets the events of one group commit after another.
    func run(calls: Int, each: ([Record]) throws -> Void) throws {
        wanted = calls
        take()
        schedule(.placeCall, due: now.instant)
        while let due = nextDue {
            if !group.isEmpty, due - groupStart >= Self.groupInterval {
                try each(group)
                group.removeAll(keepingCapacity: true)
            }
            advance(to: due)
            onInput(nil, now)
            core.timeReached(now)
            take()
            while let number = agenda.pop(at: now.instant) {
                if let errand = errands.removeValue(forKey: number) { perform(errand) }
                take()
            }
        }
        if !group.isEmpty { try each(group) }
        group = []
    }

    /// Whether as many calls end as begin: neither filling up nor running out.
    var isSteady: Bool { placed > wanted / 2 && placed < wanted }

    /// Nil when nothing is left to happen.
    private var nextDue: Instant? {
        guard agenda.next != nil || !core.calls.isEmpty else { return nil }
        switch (agenda.next, core.nextDeadline) {
        case (let errand?, let deadline?): return max(min(errand, deadline), now.instant)
        case (let errand, let deadline): return (errand ?? deadline).map { max($0, now.instant) }
        }
    }

    private func advance(to instant: Instant) {
        now.wall = now.wall + (instant - now.instant)
        now.instant = instant
    }

    private func perform(_ errand: Errand) {
        onInput(errand, now)
        switch errand {
        case .placeCall: placeCall()
        case .datagram(let bytes, let source):
            core.received(bytes, from: source, on: Self.local, at: now)
        case .report(let report): core.reported(report, at: now)
        }
    }

    private func placeCall() {
        let customer = customers[Int.random(in: 0..<customers.count, using: &random)]
        let plan = CallPlan(index: placed, customer: customer, using: &random)
        let caller = CallerSide(plan, using: &random)
        callers[caller.callID] = caller
        plans[Octets(plan.calledNumber.utf8)] = plan
        schedule(caller.invited())
        placed += 1
        guard placed < wanted else { return }
        let pause = -Double.logarithm(Double.random(in: 0.000_001...1, using: &random))
        schedule(
            .placeCall, due: now.instant + .nanoseconds(Int64(pause / callsPerSecond * 1e9)))
    }

    private func schedule(_ errand: Errand, due: Instant) {
        lastErrand += 1
        errands[lastErrand] = errand
        agenda.push(lastErrand, due: due)
    }

    private func schedule(_ datagrams: [Datagram]) {
        for datagram in datagrams {
            schedule(
                .datagram(datagram.bytes, from: datagram.source), due: now.instant + datagram.after)
        }
    }

    // MARK: What the core wants done

    private func take() {
        let outbox = core.outbox
        guard !outbox.isEmpty else { return }
        core.outbox = Outbox()
        if group.isEmpty { groupStart = now.instant }
        group += outbox.records
        for order in outbox.orders {
            for report in media.obey(order, at: now.wall) {
                schedule(.report(report.report), due: now.instant + report.after)
            }
        }
        for transmit in outbox.transmits { deliver(transmit) }
    }

    private func deliver(_ transmit: Transmit) {
        guard let message = try? Message(parsing: transmit.bytes) else {
            preconditionFailure("the core sent a malformed message")
        }
        let callID = Octets(message.callID)
        if let caller = callers[callID] {
            schedule(caller.received(message, using: &random))
            if caller.isOver { forget(caller) }
        } else if let leg = legs[callID] {
            schedule(leg.received(message, using: &random))
            if leg.isOver { legs[callID] = nil }
        } else if message.isRequest, message.method == .invite, let plan = plan(for: message) {
            let leg = DestinationSide(message, plan, at: transmit.remote, using: &random)
            legs[callID] = leg
            schedule(leg.invited(using: &random))
        }
    }

    private func forget(_ caller: CallerSide) {
        callers[caller.callID] = nil
        plans[Octets(caller.plan.calledNumber.utf8)] = nil
    }

    private func plan(for invite: Message) -> CallPlan? {
        URI(parsing: invite.requestURI)?.user.flatMap { plans[Octets($0)] }
    }
}

// MARK: - The gateway

extension Traffic {
    static let baseDomain = "example.net"
    static let local = Endpoint(.v4(0xc000_0201), 5_060)
    static let localText = "192.0.2.1"
    static let beginning = Moment(
        wall: WallTime(nanoseconds: 1_760_000_000_000_000_000),
        instant: Instant(nanoseconds: 1_000_000_000_000))

    /// When all traffic is long over.
    static let aftermath = Moment(
        wall: WallTime(nanoseconds: 1_860_000_000_000_000_000), instant: beginning.instant)

    /// A core with nothing in it, as at a start.
    static func emptyCore(at now: Moment) -> Switchboard {
        let settings = SwitchboardSettings(
            baseDomain: baseDomain,
            listeners: [Listener(local: local, host: Octets(localText.utf8), port: local.port)],
            mediaAddresses: [local.address], mediaPorts: SimulatedRelay.ports,
            product: "Trunkline/0.1.0")
        return Switchboard(
            settings: settings, hashes: .swiftCrypto, nonceKey: Octets(repeating: 1, count: 32),
            seed: 1, epoch: 1, at: now)
    }
}

extension Hashes {
    static let swiftCrypto = Hashes(
        md5: { Octets(Insecure.MD5.hash(data: $0)) },
        sha256: { Octets(SHA256.hash(data: $0)) },
        sha512_256: { SHA512_256.hash($0) },
        hmacSHA256: { key, data in
            Octets(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
        })
}
