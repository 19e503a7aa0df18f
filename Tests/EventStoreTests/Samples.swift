// One event of every type, with a value in every field that is not its default: what is forgotten in
// the codec shows here.

import Domain

enum Samples {
    static let endpoint = Endpoint(.v4(0xc000_0201), 5_060)
    static let other = Endpoint(IPAddress(v6High: 0x2001_0db8_0000_0000, low: 7), 5_061)
    static let wall = WallTime(nanoseconds: 1_700_000_000_123_456_789)
    static func octets(_ text: String) -> Octets { Octets(text.utf8) }
    static func id<Subject>(_ low: UInt64) -> ID<Subject> {
        ID(high: 0x0123_4567_89ab_4def, low: low | 0x8000_0000_0000_0000)
    }

    static var credential: Credential {
        Credential(
            username: "acme", realm: "acme.trunk.test", ha1MD5: Octets(repeating: 1, count: 32),
            ha1SHA256: Octets(repeating: 2, count: 64),
            ha1SHA512_256: Octets(repeating: 3, count: 64))
    }

    static func trunk(sealed: Bool = true) -> Trunk {
        Trunk(
            id: id(1), version: 3, customer: id(2), name: "Acme", detail: "a customer",
            domainName: "acme", authTypes: [.basic, .ip], credential: sealed ? credential : nil,
            allowedNetworks: [Network(.v4(0xc000_0200), prefixLength: 24)].compactMap { $0 },
            allowsBareAddress: true, digestAlgorithms: [.sha256, .md5], allowsLegacyDigest: true,
            earlyMedia: .toCaller, created: wall, updated: wall + .seconds(1),
            deleted: wall + .seconds(2))
    }

    static var carrier: Carrier {
        Carrier(
            id: id(3), version: 2, name: "up", host: "sip.example.net", port: 5_080,
            transport: .udp, created: wall, updated: wall, deleted: wall)
    }

    static func route(_ destination: Route.Destination) -> Route {
        Route(
            id: id(4), version: 5, prefix: "+49", destination: destination, priority: 7, weight: 9,
            created: wall, updated: wall, deleted: nil)
    }

    static func step(secrets: [SecretSpan] = []) -> SignallingStep {
        SignallingStep(
            leg: .destination, attempt: 2, method: octets("INVITE"), cseq: 4, status: 183,
            branch: octets("z9hG4bKx"), local: endpoint, remote: other, transport: .udp,
            message: octets("SIP/2.0 183 Session Progress\r\n\r\nsecret"), secrets: secrets,
            seen: wall, descriptionVersion: 3)
    }

    static var side: MediaSide {
        MediaSide(
            port: 20_000, rtp: endpoint, rtcp: other, payloadTypes: [0, 101], clockRate: 8_000,
            multiplexed: true, signalling: endpoint.address, isHeld: true)
    }

    static var figures: MediaFigures {
        MediaFigures(
            packets: 5, bytes: 860, lost: -2, jitterMicroseconds: 90, first: wall, last: wall,
            strays: 1)
    }

    static var provisioning: [Event] {
        [
            .gatewayStarted(
                GatewayStarted(
                    build: "1", bootID: "b", epoch: 2, baseDomain: "test",
                    configuration: [GatewayStarted.Setting(key: "k", value: "v")])),
            .tornTailCut(TornTailCut(segment: "s", offset: 8_192, length: 9, digest: [1, 2])),
            .gapRecorded(
                GapRecorded(
                    firstLost: 7, lastLost: 9, segment: "s", offset: 8_192, length: 400,
                    digest: [1, 2], reason: "r", operatorName: "o", note: "n", recorded: wall,
                    lastCDR: 12, signature: [3])),
            .trunkCreated(trunk()), .trunkUpdated(trunk(sealed: false)),
            .trunkCredentialRotated(trunk()), .trunkDeleted(trunk()), .carrierCreated(carrier),
            .carrierUpdated(carrier), .carrierDeleted(carrier), .routeCreated(route(.echo)),
            .routeUpdated(route(.carrier(id(3)))), .routeDeleted(route(.uri("sip:a@b"))),
            .hostResolved(
                HostResolved(
                    host: "h", addresses: [endpoint.address, other.address], lifetimeSeconds: 60)),
            .unauthenticatedCounted(
                UnauthenticatedCounted(
                    from: wall, to: wall, challenges: 1, refusals: 2, malformed: 3, bytes: 4)),
        ]
    }

    static var signalling: [Event] {
        [
            .requestReceived(step(secrets: [SecretSpan(offset: 32, length: 6)])),
            .requestSent(step()), .responseReceived(step()), .responseSent(step()),
            .timerFired(
                TimerFired(leg: .caller, attempt: 1, timer: "B", branch: octets("z9hG4bKx"))),
            .transportFailed(
                TransportFailed(leg: .destination, attempt: 1, remote: other, reason: "gone")),
            .repeatsAbsorbed(
                RepeatsAbsorbed(
                    leg: .caller, attempt: 1, method: octets("BYE"), cseq: 2, received: 3, sent: 4)),
            .mediaChanged(
                MediaChanged(streams: [MediaStream(index: 1, caller: side, destination: side)])),
            .mediaLatched(MediaLatched(leg: .destination, stream: 1, rtcp: true, remote: other)),
            .mediaStarted(MediaStarted(leg: .destination, at: wall)),
            .mediaReported(
                MediaReported(isFinal: true, fromCaller: figures, fromDestination: figures)),
        ]
    }

    static var offered: CallOffered {
        CallOffered(
            seed: .max, sipCallID: octets("c"), remoteTag: octets("r"), localTag: octets("l"),
            cseq: 2, source: other, local: endpoint, requestURI: octets("sip:1@x"),
            from: octets("<sip:2@y>"), to: octets("<sip:1@x>"), callerNumber: octets("2"),
            calledNumber: octets("1"), remoteTarget: octets("sip:2@z"),
            routeSet: [octets("<sip:p;lr>"), octets("<sip:q;lr>")],
            remoteSession: octets("aa"), localSession: octets("bb"))
    }

    static var calls: [Event] {
        [
            .callOffered(offered),
            .callRefused(
                CallRefused(
                    reason: .noRoute, status: 404, phrase: "No Route", cdrNumber: 3, trunk: id(1),
                    trunkVersion: 2, customer: id(2), username: octets("u"))),
            .callAuthorised(
                CallAuthorised(
                    method: .basic, trunk: id(1), trunkVersion: 2, customer: id(2),
                    domainName: "acme", username: octets("u"), algorithm: .sha256,
                    nonce: octets("0a"), nonceCount: 7)),
            .callRouted(
                CallRouted(
                    attempt: 1, route: id(4), routeVersion: 2, carrier: id(3), carrierVersion: 4,
                    destination: "up", requestURI: octets("sip:1@up"), target: endpoint,
                    local: other, sipCallID: octets("d"), localTag: octets("t"),
                    callerNumber: octets("2"), calledNumber: octets("1"))),
            .callProgressed(
                CallProgressed(
                    attempt: 1, status: 183, phrase: octets("P"), earlyMedia: true,
                    remoteTag: octets("r"), callerTag: octets("c"), remoteTarget: octets("sip:t"),
                    routeSet: [octets("<sip:p>")])),
            .callAnswered(
                CallAnswered(
                    attempt: 1, status: 200, phrase: octets("OK"), remoteTag: octets("r"),
                    callerTag: octets("c"), remoteTarget: octets("sip:t"),
                    routeSet: [octets("<sip:p>")], codec: "PCMU/8000")),
            .attemptFailed(
                AttemptFailed(
                    attempt: 1, status: 503, phrase: octets("No"), reasons: [octets("Q.850")],
                    cause: .noReply)),
            .attemptSettled(AttemptSettled(attempt: 1, status: 200, lateAnswer: true)),
            .dialogRefreshed(DialogRefreshed(leg: .destination, remoteTarget: octets("sip:n"))),
            .callEnded(
                CallEnded(
                    by: .destination, cause: .rejected, destinationStatus: 486,
                    destinationPhrase: octets("Busy"),
                    destinationReasons: [octets("Q.850;cause=17")],
                    callerStatus: 486, callerPhrase: octets("Busy"), reasons: [octets("SIP")],
                    cdrNumber: 9,
                    recovery: CallEnded.Recovery(
                        outageStart: wall, outageEnd: wall + .seconds(5), due: wall))),
        ]
    }

    static var all: [Event] { provisioning + signalling + calls }
}
