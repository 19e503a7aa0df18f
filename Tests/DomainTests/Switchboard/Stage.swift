// A gateway on a table: the core with a clock that the test moves, a caller, and destinations. What
// the core wants sent is let go as the log would, and read back as messages.

import Domain
import SimulatedMachine
import Testing

/// One core and everything it did.
final class Stage {
    static let caller = Endpoint(.v4(0x0a00_0001), 5060)
    static let destination = Endpoint(.v4(0x0a00_0002), 5080)
    static let second = Endpoint(.v4(0x0a00_0003), 5080)
    static let local = Endpoint(.v4(0x0a00_00fe), 5060)

    let core: Switchboard
    private(set) var now = Moment(
        wall: WallTime(nanoseconds: 1_700_000_000_000_000_000),
        instant: Instant(nanoseconds: 1_000_000_000_000))
    /// Every event so far, in order.
    private(set) var records: [Record] = []
    private(set) var orders: [RelayOrder] = []
    /// Messages that were let go and not looked at yet.
    private var sent: [Transmit] = []
    private(set) var holds: [Hold] = []

    static let settings: SwitchboardSettings = {
        var settings = SwitchboardSettings(
            baseDomain: "test",
            listeners: [Listener(local: local, host: Octets("10.0.0.254".utf8), port: 5060)],
            mediaAddresses: [local.address], mediaPorts: 20_000...29_999, product: "Trunkline")
        settings.ringTimeout = .seconds(60)
        return settings
    }()

    init(seed: UInt64 = 1, folding history: [Record] = [], outage: Duration = .seconds(5)) {
        if let last = history.last {
            now = Moment(
                wall: last.stamp.wall + outage, instant: last.stamp.instant + outage)
        }
        core = Switchboard(
            settings: Self.settings, hashes: .forTests, nonceKey: Octets(repeating: 1, count: 32),
            seed: seed, epoch: 1, at: now)
        records = history
        for record in history { core.fold(record) }
        core.started(
            GatewayStarted(
                build: "test", bootID: "boot", epoch: 1, baseDomain: "test", configuration: []),
            at: now)
        let taken = Set(core.portsToRebind + core.portsToRest)
        let ports = (0..<50).map { 20_000 + 2 * $0 }.filter { !taken.contains($0) }
        core.reported(.portsReady(ports.reversed()), at: now)
        core.resume(lostPorts: [])
        take()
    }

    /// A trunk for the caller's address, carriers for both destinations, and routes to them.
    func furnish(echo: Bool = false, earlyMedia: EarlyMedia = .both) {
        fold(.trunkCreated(.forTests(earlyMedia)), StreamKey(high: 1, low: 1))
        for (index, endpoint) in [Self.destination, Self.second].enumerated() {
            let id = CarrierID(high: 2, low: UInt64(index))
            let carrier = Carrier(
                id: id, version: 1, name: "c\(index)", host: "\(endpoint.address)",
                port: endpoint.port, transport: .udp, created: now.wall, updated: now.wall,
                deleted: nil)
            fold(.carrierCreated(carrier), StreamKey(id))
            route(prefix: echo ? "9" : "", to: .carrier(id), priority: UInt16(index))
        }
        if echo { route(prefix: "", to: .echo, priority: 0) }
    }

    private func route(prefix: String, to destination: Route.Destination, priority: UInt16) {
        let id = RouteID(high: 3, low: UInt64(priority) + UInt64(prefix.count) << 8)
        let route = Route(
            id: id, version: 1, prefix: prefix, destination: destination, priority: priority,
            weight: 0, created: now.wall, updated: now.wall, deleted: nil)
        fold(.routeCreated(route), StreamKey(id))
    }

    private func fold(_ event: Event, _ stream: StreamKey) {
        let record = Record(
            number: core.lastNumber + 1,
            stamp: records.last?.stamp
                ?? Stamp(
                    wall: now.wall, instant: now.instant, boot: 1), stream: stream,
            eventID: EventID(epoch: 0, ordinal: core.lastNumber + 1), event: event)
        records.append(record)
        core.fold(record)
    }

    // MARK: Doing

    /// Refusals are of no interest here.
    func provision(_ command: ProvisioningCommand) {
        _ = try? core.provision(command, at: now)
        take()
    }

    func receive(_ text: String, from source: Endpoint) {
        let octets = Octets(text.replacing("\n", with: "\r\n").utf8)
        core.received(octets, from: source, on: Self.local, at: now)
        take()
    }

    /// Lets time pass, from deadline to deadline.
    func wait(_ duration: Duration) {
        let end = now.instant + duration
        while let due = core.nextDeadline, due <= end {
            advance(to: max(due, now.instant))
            core.timeReached(now)
            take()
        }
        advance(to: end)
    }

    private func advance(to instant: Instant) {
        now.wall = now.wall + (instant - now.instant)
        now.instant = instant
    }

    func report(_ report: RelayReport) {
        core.reported(report, at: now)
        take()
    }

    private func take() {
        let outbox = core.outbox
        core.outbox = Outbox()
        records += outbox.records
        orders += outbox.orders
        sent += outbox.transmits
        holds += outbox.transmits.map(\.hold)
        for case .close(let id) in outbox.orders {
            report(
                .figures(
                    id,
                    MediaReported(
                        isFinal: true, fromCaller: MediaFigures(packets: 5),
                        fromDestination: MediaFigures(packets: 7))))
        }
    }

    /// A lookup's answer, wanted or not.
    func resolve(_ host: String) {
        core.resolved(host, to: [Self.second.address], lifetime: .seconds(60), at: now)
        take()
    }

    // MARK: Seeing

    /// Takes the next message to an address; fails the test when there is none.
    func next(to remote: Endpoint, location: SourceLocation = #_sourceLocation) throws -> Message {
        let index = try #require(
            sent.firstIndex { $0.remote == remote }, "nothing was sent to \(remote)",
            sourceLocation: location)
        return try Message(parsing: sent.remove(at: index).bytes)
    }

    /// Takes all messages to an address, as `INVITE` or `200 INVITE`.
    func all(to remote: Endpoint) -> [String] {
        let messages = sent.filter { $0.remote == remote }.compactMap {
            try? Message(parsing: $0.bytes)
        }
        sent.removeAll { $0.remote == remote }
        return messages.map { $0.isRequest ? "\($0.method)" : "\($0.status) \($0.cseqMethod)" }
    }

    /// Takes what was sent to an address, as it is.
    func messages(to remote: Endpoint) -> [Message] {
        defer { sent.removeAll { $0.remote == remote } }
        return sent.filter { $0.remote == remote }.compactMap { try? Message(parsing: $0.bytes) }
    }

    var isSilent: Bool { sent.isEmpty }

    /// Event names of the calls, signalling left out.
    var facts: [EventType] {
        records.map(\.event.type).filter { (0x8060...0x806d).contains($0.rawValue) }
    }

    var ended: CallEnded? {
        for record in records.reversed() {
            if case .callEnded(let event) = record.event { return event }
        }
        return nil
    }
}

extension Trunk {
    static func forTests(_ earlyMedia: EarlyMedia) -> Trunk {
        Trunk(
            id: TrunkID(high: 1, low: 1), version: 1, customer: CustomerID(high: 9, low: 9),
            name: "Acme", detail: "", domainName: "acme", authTypes: .ip, credential: nil,
            allowedNetworks: [Network(Stage.caller.address, prefixLength: 32)].compactMap { $0 },
            allowsBareAddress: false, digestAlgorithms: [.md5], allowsLegacyDigest: false,
            earlyMedia: earlyMedia, created: WallTime(nanoseconds: 0),
            updated: WallTime(nanoseconds: 0), deleted: nil)
    }
}
