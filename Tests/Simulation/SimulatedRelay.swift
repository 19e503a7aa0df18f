// The RTP relay without packets: it lends ports, reports what a relay reports, and keeps account, so that
// no port is lent twice and all come back.

import Domain

/// The relay of one machine. Its reports come a little later, as from another thread.
final class SimulatedRelay {
    static let portCount = 40

    private let world: World
    private var report: (RelayReport) -> Void = { _ in }
    private var sessions: [CallID: RelaySession] = [:]
    private var resting: [UInt16: Instant] = [:]
    private var rebound: Set<UInt16> = []
    /// Ports of calls that another program has.
    private var lost: Set<UInt16> = []
    /// What must never happen, and did.
    private(set) var faults: [String] = []

    init(_ world: World) { self.world = world }

    /// Calls whose media is open.
    var sessionCount: Int { sessions.count }

    private static var all: [UInt16] { (0..<portCount).map { UInt16(20_000 + 2 * $0) } }

    // MARK: Lives

    /// A process begins; `report` is called for what its relay has to say.
    func begin(_ report: @escaping (RelayReport) -> Void) {
        self.report = { [weak self] what in
            self?.world.after(.microseconds(50)) { report(what) }
        }
    }

    /// The process ends, and its sockets are closed.
    func end() {
        sessions = [:]
        rebound = []
    }

    func rest(_ ports: [UInt16]) {
        for port in ports { resting[port] = world.now + Limits.portRest }
    }

    /// Now and then another program has taken a port meanwhile.
    func rebind(_ ports: [UInt16]) -> Set<UInt16> {
        lost = Set(ports.filter { _ in world.chance(3) })
        rebound = Set(ports).subtracting(lost)
        for port in rebound { resting[port] = nil }
        rest(Array(lost))
        return lost
    }

    /// Gives the core all ports that are free.
    func offer() {
        resting = resting.filter { $0.value > world.now }
        let report = report
        for (port, end) in resting.sorted(by: { $0.key < $1.key }) {
            world.after(end - world.now) { report(.portsReady([port])) }
        }
        report(.portsReady(Self.all.filter { resting[$0] == nil && !rebound.contains($0) }))
    }

    // MARK: Orders

    func obey(_ orders: [RelayOrder]) {
        for order in orders {
            switch order {
            case .set(let session): set(session)
            case .close(let call): close(call)
            }
        }
    }

    private func ports(of session: RelaySession) -> [UInt16] {
        session.streams.flatMap { [$0.caller.port, $0.destination.port] }.filter { $0 != 0 }
    }

    private func set(_ session: RelaySession) {
        let wanted = ports(of: session)
        for other in sessions.values where other.call != session.call {
            if !Set(ports(of: other)).isDisjoint(with: wanted) {
                faults.append("a port is used by two calls")
            }
        }
        let isNew = sessions.updateValue(session, forKey: session.call) == nil
        if isNew, world.chance(50) { start(session.call) }
        if session.silenceLimit > .zero, world.chance(4) {
            world.after(session.silenceLimit) { [weak self] in
                guard self?.sessions[session.call] != nil else { return }
                self?.report(.silent(session.call))
            }
        }
    }

    /// Media begins: its first packet, a source that latches, figures.
    private func start(_ call: CallID) {
        world.after(world.milliseconds(1...3_000)) { [weak self] in
            guard let self, let stream = sessions[call]?.streams.first else { return }
            let wall = WallTime(nanoseconds: world.now.nanoseconds)
            report(.started(call, MediaStarted(leg: .caller, at: wall)))
            let source = Endpoint(stream.caller.signalling, 4_000)
            report(
                .latched(
                    call,
                    MediaLatched(leg: .caller, stream: stream.index, rtcp: false, remote: source)))
            report(.figures(call, figures(isFinal: false)))
        }
    }

    private func figures(isFinal: Bool) -> MediaReported {
        MediaReported(
            isFinal: isFinal, fromCaller: MediaFigures(packets: 5),
            fromDestination: MediaFigures(packets: 7))
    }

    private func close(_ call: CallID) {
        // A call that the process before had open may be closed without having been opened here.
        guard let session = sessions.removeValue(forKey: call) else { return }
        report(.figures(call, figures(isFinal: true)))
        let (ports, report) = (ports(of: session).filter { !lost.contains($0) }, report)
        rest(ports)
        world.after(Limits.portRest) { report(.portsReady(ports)) }
    }
}
