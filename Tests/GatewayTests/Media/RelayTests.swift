import Domain
import Gateway
import Glibc
import Testing

/// The relay with real sockets on the loopback interface.
@Suite(.serialized) struct RelayTests {
    let reports = Reports()
    let relay: Relay
    let call = CallID(high: 1, low: 2)

    init() throws {
        let low = Self.freePorts(64)
        relay = try Relay(ports: low...low + 63) { [reports] in reports.add($0) }
    }

    /// The first of so many ports that nobody has now, below the range that the kernel draws the peers'
    /// ports from.
    private static func freePorts(_ count: UInt16) -> UInt16 {
        while true {
            let low = UInt16.random(in: 5_000..<15_000) * 2
            if (low..<low + count).allSatisfy(isFree) { return low }
        }
    }

    private static func isFree(_ port: UInt16) -> Bool {
        let any = Endpoint(.v4(0), port)
        guard let socket = UDPSocket.bound(to: any, isDualStack: false) else { return false }
        close(socket)
        return true
    }

    func side(_ port: UInt16, _ peer: Endpoint?, signalling: IPAddress = .v4(0x7f00_0001))
        -> MediaSide
    {
        MediaSide(
            port: port, rtp: peer, rtcp: peer, payloadTypes: [0, 8], clockRate: 8_000,
            multiplexed: false, signalling: signalling)
    }

    func session(
        _ caller: MediaSide, _ destination: MediaSide, forwards: Bool = true, echoes: Bool = false,
        silence: Duration = .zero
    ) -> RelaySession {
        RelaySession(
            call: call, streams: [MediaStream(index: 0, caller: caller, destination: destination)],
            forwardsFromCaller: forwards, echoes: echoes, reopensLatch: false, latches: [],
            base: nil, silenceLimit: silence)
    }

    /// Sends until the other one hears: the order may still be on its way.
    func settle(_ from: Peer, _ port: UInt16, _ to: Peer, _ packet: [UInt8]) -> [UInt8]? {
        for _ in 0..<100 {
            from.send(packet, toPort: port)
            if let heard = to.receive(within: 50) { return heard }
        }
        return nil
    }

    @Test func relaysBothWaysAndReports() throws {
        try relay.start()
        defer { relay.stop() }
        let (a, b) = (try Peer(), try Peer())
        let ports = reports.draw(2)
        try #require(ports.count == 2)
        relay.submit([.set(session(side(ports[0], a.endpoint), side(ports[1], b.endpoint)))])
        #expect(settle(a, ports[0], b, rtp(1)) == rtp(1))
        while b.receive(within: 50) != nil {}
        for number in UInt16(2)...50 {
            a.send(rtp(number), toPort: ports[0])
            #expect(b.receive() == rtp(number))
            b.send(rtp(number, type: 8, ssrc: 2), toPort: ports[1])
            #expect(a.receive() == rtp(number, type: 8, ssrc: 2))
        }
        let legs = [Leg.caller, .destination].map { leg in
            reports.wait { if case .started(call, let it) = $0, it.leg == leg { it } else { nil } }
        }
        #expect(!legs.contains(nil))
        relay.submit([.close(call)])
        let totals = try #require(reports.final(call))
        #expect(totals.fromDestination.packets == 49 && totals.fromDestination.lost == 0)
        #expect(totals.fromDestination.bytes == 49 * 172 && totals.fromCaller.packets >= 50)
        #expect(totals.fromDestination.first != nil && totals.fromCaller.strays == 0)
    }

    @Test func earlyMediaFlowsToTheCallerOnly() throws {
        try relay.start()
        defer { relay.stop() }
        let (a, b) = (try Peer(), try Peer())
        let ports = reports.draw(2)
        try #require(ports.count == 2)
        var caller = side(ports[0], a.endpoint)
        caller.multiplexed = true
        var early = session(caller, side(ports[1], b.endpoint), forwards: false)
        relay.submit([.set(early)])
        #expect(settle(b, ports[1], a, rtp(1)) == rtp(1))
        // The RTCP packet behind it on the same port proves that the first one was dropped.
        a.send(rtp(1), toPort: ports[0])
        a.send(senderReport, toPort: ports[0])
        #expect(b.receive() == senderReport)
        early.forwardsFromCaller = true
        relay.submit([.set(early)])
        #expect(settle(a, ports[0], b, rtp(2)) == rtp(2))
    }

    @Test func latchesAnotherSourceAndSendsThere() throws {
        try relay.start()
        defer { relay.stop() }
        let (a, b, dead) = (try Peer(), try Peer(), try Peer())
        let ports = reports.draw(2)
        try #require(ports.count == 2)
        relay.submit([.set(session(side(ports[0], dead.endpoint), side(ports[1], b.endpoint)))])
        #expect(settle(b, ports[1], dead, rtp(1)) == rtp(1))
        for number in UInt16(1)...3 { a.send(rtp(number), toPort: ports[0]) }
        #expect(b.receive() == rtp(3))
        let latch = reports.wait { if case .latched(call, let it) = $0 { it } else { nil } }
        #expect(
            latch == MediaLatched(leg: .caller, stream: 0, rtcp: false, remote: a.endpoint))
        #expect(settle(b, ports[1], a, rtp(2)) == rtp(2))
        let stray = try Peer()
        stray.send(rtp(9), toPort: ports[0])
        a.send(rtp(10), toPort: ports[0])
        #expect(b.receive() == rtp(10))
        relay.submit([.close(call)])
        #expect(reports.final(call)?.fromCaller.strays == 1)
    }

    @Test func relaysControlPackets() throws {
        try relay.start()
        defer { relay.stop() }
        let (a, b) = (try Peer(), try Peer())
        let ports = reports.draw(2)
        try #require(ports.count == 2)
        relay.submit([.set(session(side(ports[0], a.endpoint), side(ports[1], b.endpoint)))])
        #expect(settle(a, ports[0] + 1, b, senderReport) == senderReport)
        relay.submit([.close(call)])
        #expect(reports.final(call)?.fromCaller.packets == 0)
    }

    @Test func echoesToTheCallerButNeverToItself() throws {
        try relay.start()
        defer { relay.stop() }
        let a = try Peer()
        let ports = reports.draw(3)
        try #require(ports.count == 3)
        let none = side(0, nil)
        relay.submit([.set(session(side(ports[0], a.endpoint), none, echoes: true))])
        #expect(settle(a, ports[0], a, rtp(1)) == rtp(1))
        while a.receive(within: 50) != nil {}
        // A second call whose far side is the echo: the echo's caller is now a port of ours.
        var through = session(
            side(ports[1], a.endpoint), side(ports[2], Endpoint(.v4(0x7f00_0001), ports[0])))
        through.call = CallID(high: 3, low: 4)
        let own = side(ports[0], Endpoint(.v4(0x7f00_0001), ports[2]))
        relay.submit([.set(session(own, none, echoes: true)), .set(through)])
        for number in UInt16(1)...20 {
            a.send(rtp(number), toPort: ports[1])
            #expect(a.receive(within: 10) == nil)
        }
        relay.submit([.close(call)])
        #expect(try #require(reports.final(call)).fromCaller.packets > 1)
    }

    @Test func reportsSilenceOnce() throws {
        try relay.start()
        defer { relay.stop() }
        let a = try Peer()
        let ports = reports.draw(2)
        try #require(ports.count == 2)
        relay.submit([
            .set(
                session(
                    side(ports[0], a.endpoint), side(ports[1], nil), silence: .milliseconds(150)))
        ])
        #expect(reports.wait { if case .silent(call) = $0 { true } else { nil } } == true)
        relay.submit([.close(call)])
        #expect(reports.final(call) != nil)
        #expect(reports.events.filter { $0 == .silent(call) }.count == 1)
    }

    @Test func goesOnAfterARestart() throws {
        let (a, b, dead) = (try Peer(), try Peer(), try Peer())
        try relay.start()
        let ports = reports.draw(2)
        try #require(ports.count == 2)
        relay.stop()
        let next = Reports()
        let again = try Relay(ports: ports[0]...ports[0] + 1) { next.add($0) }
        #expect(again.rebind(ports) == [])
        #expect(again.rebind([ports[0] + 1]) == [ports[0] + 1])
        try again.start()
        defer { again.stop() }
        var resumed = session(side(ports[0], dead.endpoint), side(ports[1], b.endpoint))
        resumed.reopensLatch = true
        resumed.latches = [
            MediaLatched(leg: .caller, stream: 0, rtcp: false, remote: a.endpoint)
        ]
        resumed.base = MediaReported(
            isFinal: false, fromCaller: MediaFigures(packets: 1_000),
            fromDestination: MediaFigures())
        again.submit([.set(resumed)])
        #expect(settle(b, ports[1], a, rtp(1)) == rtp(1))
        a.send(rtp(1), toPort: ports[0])
        #expect(b.receive() == rtp(1))
        again.submit([.close(call)])
        #expect(next.final(call)?.fromCaller.packets == 1_001)
    }

    @Test func relaysBetweenFamilies() throws {
        guard let a = try? Peer(.v6(0, 1)) else {
            Issue.record("skipped: this host has no IPv6 loopback", severity: .warning)
            return
        }
        try relay.start()
        defer { relay.stop() }
        let b = try Peer()
        let ports = reports.draw(2)
        try #require(ports.count == 2)
        relay.submit([.set(session(side(ports[0], a.endpoint), side(ports[1], b.endpoint)))])
        #expect(settle(a, ports[0], b, rtp(1)) == rtp(1))
        #expect(settle(b, ports[1], a, rtp(2)) == rtp(2))
    }

    @Test func firstPortsAreReadyBeforeTheStart() throws {
        let ports = relay.prepare()
        #expect(ports.count == 32)
        try relay.start()
        defer { relay.stop() }
        let a = try Peer()
        relay.submit([.set(session(side(ports[0], a.endpoint), side(0, nil), echoes: true))])
        a.send(rtp(1), toPort: ports[0])
        #expect(a.receive() == rtp(1))
    }

    /// The answer that names a port may be at the caller before the relay's thread has read the order.
    @Test func packetsBetweenTheOrderAndItsReadingAreTheCalls() throws {
        let a = try Peer()
        let ports = relay.prepare()
        for number in UInt16(1)...5 { a.send(rtp(number), toPort: ports[0]) }
        poll(nil, 0, 10)
        relay.submit([.set(session(side(ports[0], a.endpoint), side(0, nil), echoes: true))])
        for number in UInt16(6)...45 { a.send(rtp(number), toPort: ports[0]) }
        try relay.start()
        defer { relay.stop() }
        for number in UInt16(6)...45 { #expect(a.receive() == rtp(number)) }
        #expect(a.receive(within: 50) == nil)
    }

    @Test func portTakenByOthersIsNeitherBoundNorOffered() throws {
        let other = try Peer()
        let even = other.endpoint.port & ~1
        let crowded = try Relay(ports: even...even + 1) { [reports] in reports.add($0) }
        #expect(crowded.rebind([even]) == [even])
        try crowded.start()
        crowded.stop()
        #expect(reports.draw(0) == [] && reports.events == [])
    }
}
