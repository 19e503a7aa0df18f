// The media side of simulated traffic: ports, and the reports that a relay would make of the packets.

import Domain

/// Hands out ports, and counts packets by the clock.
struct SimulatedRelay {
    static let ports: ClosedRange<UInt16> = 10_000...65_535

    /// Free even ports; what rests longest comes first.
    private var free = Array(stride(from: UInt16(10_000), through: 65_534, by: 2))[...]
    private var sessions: [CallID: Session] = [:]

    private struct Session {
        var ports: Set<UInt16> = []
        var opened: WallTime
        var reports = 0
    }

    /// A report, and how long after the order it comes.
    typealias Due = (report: RelayReport, after: Duration)

    mutating func free(_ count: Int) -> [UInt16] {
        let taken = Array(free.prefix(count))
        free.removeFirst(taken.count)
        return taken
    }

    mutating func obey(_ order: RelayOrder, at now: WallTime) -> [Due] {
        switch order {
        case .set(let session): return set(session, at: now)
        case .close(let call):
            guard let session = sessions.removeValue(forKey: call) else { return [] }
            free += session.ports.sorted()
            let figures = figures(session, at: now, isFinal: true)
            return [(.figures(call, figures), .microseconds(300))]
        }
    }

    private mutating func set(_ order: RelaySession, at now: WallTime) -> [Due] {
        var session = sessions[order.call] ?? Session(opened: now)
        let ports = order.streams.flatMap { [$0.caller.port, $0.destination.port] }
            .filter { $0 != 0 && !session.ports.contains($0) }
        session.ports.formUnion(ports)
        var due: [Due] = ports.isEmpty ? [] : [(.portsReady(free(ports.count)), .zero)]
        if order.silenceLimit > .zero, session.reports == 0 {
            session.reports = 1
            session.opened = now
            due += begin(order, at: now)
        }
        sessions[order.call] = session
        return due
    }

    /// The first packets after the answer; a caller behind NAT is latched to where they come from.
    private func begin(_ order: RelaySession, at now: WallTime) -> [Due] {
        var due: [Due] = []
        guard let side = order.streams.first?.caller else { return [] }
        if let rtp = side.rtp, rtp.address.isPrivate {
            let latched = MediaLatched(
                leg: .caller, stream: 0, rtcp: false, remote: Endpoint(side.signalling, rtp.port))
            due.append((.latched(order.call, latched), .milliseconds(70)))
        }
        for (leg, delay) in [(Leg.destination, 18), (.caller, 31)] {
            let after = Duration.milliseconds(delay)
            due.append((.started(order.call, MediaStarted(leg: leg, at: now + after)), after))
        }
        return due
    }

    private func figures(_ session: Session, at now: WallTime, isFinal: Bool) -> MediaReported {
        let hasMedia = session.reports > 0
        let packets = hasMedia ? UInt64((now - session.opened).nanoseconds / 20_000_000) : 0
        func side(_ jitter: UInt32) -> MediaFigures {
            MediaFigures(
                packets: packets, bytes: packets * 172, lost: Int64(packets / 997),
                jitterMicroseconds: hasMedia ? jitter + UInt32(packets % 613) : 0,
                first: hasMedia ? session.opened + .milliseconds(20) : nil,
                last: hasMedia ? now : nil, strays: 0)
        }
        return MediaReported(
            isFinal: isFinal, fromCaller: side(900), fromDestination: side(350))
    }
}
