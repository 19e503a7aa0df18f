// What-ifs over calls whose recorded course is known: each call that would have gone otherwise is found
// with the right verdict, and no other.

import Domain
import SimulatedMachine
import Testing

@Suite struct WhatIfTests {
    private let stage = Stage()

    init() { stage.furnish() }

    /// The trunk as it is, from a file.
    private static func trunk(
        _ types: [String] = ["ip"], sources: [String]? = ["10.0.0.1"], bare: Bool = false
    ) -> Supposition.Object {
        .trunk(
            nil, label: "acme",
            TrunkDraft(
                name: "Acme", domainName: "acme", authTypes: types, allowedIPs: sources,
                allowsBareAddress: bare))
    }

    private func whatIf(
        _ objects: [Supposition.Object] = [], from: WallTime = .distantPast,
        limits: (inout SupposedLimits) -> Void = { _ in }
    ) -> WhatIf {
        var supposition = Supposition()
        supposition.changes = objects.enumerated().map { Supposition.Change("[\($0)]", $1) }
        limits(&supposition.limits)
        let whatIf = WhatIf(supposition, from: from, hashes: .forTests) { _ in Stage.settings }
        for record in stage.records { whatIf.take(record) }
        whatIf.finish()
        #expect(whatIf.unclearCalls == 0)
        return whatIf
    }

    private func outcomes(_ whatIf: WhatIf) -> [Departure.Outcome] {
        whatIf.differences.map(\.departure.outcome)
    }

    // MARK: Calls

    private func offer(_ name: String, uri: String = "sip:100@acme.trunk.test") {
        let invite = Lines.request(
            "INVITE", branch: "z9hG4bK\(name)", uri: uri, body: Lines.sdp("10.0.0.1", 4_000))
        stage.receive(invite.replacing("call-a", with: name), from: Stage.caller)
    }

    /// An answered call; our tag towards the caller.
    private func answered(
        _ name: String, by destination: Endpoint = Stage.destination
    ) throws -> String {
        offer(name)
        return try answer(name, by: destination)
    }

    private func answer(
        _ name: String, by destination: Endpoint = Stage.destination
    ) throws -> String {
        let invite = try stage.next(to: destination)
        let body = Lines.sdp("10.0.0.2", 6_000)
        stage.receive(
            Lines.response(200, "OK", to: invite, contact: "bob@\(destination)", body: body),
            from: destination)
        let tag = try #require(stage.messages(to: Stage.caller).last).ownTag
        let ack = Lines.request("ACK", branch: "z9hG4bKack\(name)", toTag: tag)
        stage.receive(ack.replacing("call-a", with: name), from: Stage.caller)
        _ = stage.messages(to: destination)
        return tag
    }

    private func hangUp(
        _ name: String, _ tag: String, _ destination: Endpoint = Stage.destination
    ) throws {
        let bye = Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye\(name)", toTag: tag)
        stage.receive(bye.replacing("call-a", with: name), from: Stage.caller)
        let relayed = try stage.next(to: destination)
        stage.receive(Lines.response(200, "OK", to: relayed), from: destination)
    }

    /// A call of a minute, to its end.
    private func talk(_ name: String) throws {
        let tag = try answered(name)
        stage.wait(.seconds(60))
        try hangUp(name, tag)
        stage.wait(.seconds(40))
    }

    // MARK: Trunks

    @Test func whatIsAsItWasChangesNothing() throws {
        try talk("one")
        let found = whatIf([Self.trunk()])
        #expect(outcomes(found) == [] && found.calls == 1)
        #expect(found.changes == ["trunk acme replaced, was version 1"])
    }

    @Test func aSourceThatIsNotListedIsRefused() throws {
        try talk("one")
        let found = whatIf([Self.trunk(sources: ["10.9.0.0/16"])])
        #expect(outcomes(found) == [.refused(.unknownSource, status: 407)])
        #expect(found.differences.first?.record.ended?.event.cause == .hangup)
    }

    @Test func aTrunkWithPasswordsAsksForOne() throws {
        try talk("one")
        #expect(outcomes(whatIf([Self.trunk(["basic"], sources: nil)])) == [.challenged])
    }

    @Test func aTrunkThatIsTakenAwayRefuses() throws {
        try talk("one")
        let found = whatIf([.trunk(nil, label: "acme", nil)])
        #expect(outcomes(found) == [.refused(.deletedTrunk, status: 407)])
        #expect(found.changes == ["trunk acme taken away, was version 1"])
    }

    @Test func aRefusedCallIsLetIn() throws {
        offer("one", uri: "sip:100@10.0.0.254")
        stage.wait(.seconds(40))
        let found = whatIf([Self.trunk(bare: true)])
        #expect(outcomes(found) == [.sent(to: "c0", at: Stage.destination)])
        #expect(found.differences.first?.record.refused?.reason == .unknownSource)
    }

    // MARK: Routes

    private static func route(to carrier: String, prefix: String = "") -> RouteDraft {
        RouteDraft(prefix: prefix, carrier: carrier, priority: 0, weight: 0)
    }

    private static let first = RouteID(high: 3, low: 0)
    private static let second = RouteID(high: 3, low: 1)

    @Test func anotherCarrierIsSentTheCall() throws {
        try talk("one")
        let found = whatIf([.route(Self.first, Self.route(to: "c1"))])
        #expect(outcomes(found) == [.sent(to: "c1", at: Stage.second)])
        // The same carrier by another route is no difference.
        let same = [
            Supposition.Object.route(Self.first, nil),
            .route(nil, Self.route(to: "c0", prefix: "10")),
        ]
        #expect(outcomes(whatIf(same)) == [])
    }

    @Test func aCarrierElsewhereIsSentTheCall() throws {
        try talk("one")
        let moved = CarrierDraft(name: "c0", host: "10.0.0.7", port: 5_080)
        #expect(
            outcomes(whatIf([.carrier(nil, name: "c0", moved)]))
                == [.sent(to: "c0", at: Endpoint(.v4(0x0a00_0007), 5_080))])
        // Its name was not looked up then.
        let named = CarrierDraft(name: "c0", host: "sip.example.net")
        #expect(
            outcomes(whatIf([.carrier(nil, name: "c0", named)])) == [.sent(to: "c0", at: nil)])
    }

    @Test func theNextRouteCountsWhenTheFirstFails() throws {
        offer("one")
        let invite = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(503, "Down", to: invite), from: Stage.destination)
        try hangUp("one", answer("one", by: Stage.second), Stage.second)
        stage.wait(.seconds(40))
        #expect(
            outcomes(whatIf([.route(Self.second, nil)])) == [.ended(.rejected, status: 503)])
        #expect(outcomes(whatIf([.route(Self.first, nil)])).count == 1)
    }

    @Test func noRouteIsARefusal() throws {
        try talk("one")
        let none = [Self.first, Self.second].map { Supposition.Object.route($0, nil) }
        #expect(outcomes(whatIf(none)) == [.refused(.noRoute, status: 404)])
    }

    // MARK: Limits

    @Test func aShorterDurationEndsTheCall() throws {
        let tag = try answered("one")
        let start = stage.now.wall
        stage.wait(.seconds(60))
        try hangUp("one", tag)
        stage.wait(.seconds(40))
        let found = whatIf { $0.maximumDuration = .seconds(20) }
        #expect(outcomes(found) == [.ended(.maximumDuration, status: 0)])
        #expect(found.differences.first?.departure.at == start + .seconds(20))
        #expect(outcomes(whatIf { $0.maximumDuration = .seconds(61) }) == [])
    }

    @Test func aDurationThatEndsAfterTheLastInputIsFound() throws {
        _ = try answered("one")
        try talk("two")
        // An operator's change is no input of a call.
        stage.provision(.deleteRoute(Self.second))
        let found = whatIf { $0.maximumDuration = .seconds(90) }
        #expect(found.differences.map(\.departure.outcome) == [.ended(.maximumDuration, status: 0)])
        #expect(found.differences.first?.record.ended == nil)
    }

    @Test func aCallThatWasEndedWouldHaveGoneOn() throws {
        offer("one")
        let invite = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(180, "Ringing", to: invite), from: Stage.destination)
        stage.wait(.seconds(100))
        #expect(stage.ended?.cause == .ringTimeout)
        #expect(outcomes(whatIf { $0.ringTimeout = .seconds(61) }) == [.goneOn(timer: "ring")])
        #expect(
            outcomes(whatIf { $0.ringTimeout = .seconds(10) })
                == [.ended(.ringTimeout, status: 480)])
    }

    @Test func aSilentCarrierIsGivenUpEarlier() throws {
        offer("one")
        let invite = try stage.next(to: Stage.destination)
        stage.wait(.seconds(3))
        stage.receive(Lines.response(486, "Busy", to: invite), from: Stage.destination)
        stage.wait(.seconds(40))
        #expect(
            outcomes(whatIf { $0.noReplyTimeout = .seconds(2) })
                == [.sent(to: "c1", at: Stage.second)])
    }

    @Test func callsPastTheLimitAreRefused() throws {
        let tags = try ["one", "two", "three"].map { ($0, try answered($0)) }
        for (name, tag) in tags { try hangUp(name, tag) }
        stage.wait(.seconds(40))
        try talk("four")
        let refused = Departure.Outcome.refused(.tooManyCalls, status: 503)
        #expect(outcomes(whatIf { $0.calls = 3 }) == [])
        #expect(outcomes(whatIf { $0.calls = 2 }) == [refused])
        // The second is not there when the third comes, so that three are two.
        #expect(outcomes(whatIf { $0.calls = 1 }) == [refused, refused])
        #expect(outcomes(whatIf { $0.calls = 0 }).count == 4)
    }

    // MARK: Time

    @Test func whatWasBeforeIsLeftAlone() throws {
        try talk("one")
        let from = stage.now.wall
        stage.wait(.seconds(1))
        try talk("two")
        let found = whatIf([Self.trunk(sources: ["10.9.0.0/16"])], from: from)
        #expect(found.differences.count == 1 && found.calls == 1)
        #expect(found.differences.first?.record.offered.sipCallID == Octets("two".utf8))
    }

    @Test func aCallInProgressIsHeldToTheLimitFromThenOn() throws {
        let tag = try answered("one")
        stage.wait(.seconds(30))
        let from = stage.now.wall
        stage.wait(.seconds(30))
        try hangUp("one", tag)
        stage.wait(.seconds(40))
        let found = whatIf(from: from) { $0.maximumDuration = .seconds(50) }
        #expect(outcomes(found) == [.ended(.maximumDuration, status: 0)])
        #expect(found.differences.first?.departure.at == from + .seconds(20))
    }

    @Test func aRecordedChangeDoesNotUndoIt() throws {
        try talk("one")
        stage.provision(
            .replaceTrunk(
                TrunkID(high: 1, low: 1),
                TrunkDraft(name: "Acme 2", authTypes: ["ip"], allowedIPs: ["10.0.0.1"])))
        try talk("two")
        let found = whatIf([Self.trunk(sources: ["10.9.0.0/16"])])
        #expect(found.differences.count == 2)
    }

    @Test func anImpossibleChangeIsNamed() throws {
        try talk("one")
        let found = whatIf([
            Self.trunk(), .route(nil, Self.route(to: "nobody")), Self.trunk(["magic"]),
        ])
        #expect(found.impossible?.place == "[1]" && found.impossible?.error.field == "carrier")
        #expect(found.mistake?.place == "[2]" && found.mistake?.error.field == "auth_types")
    }
}
