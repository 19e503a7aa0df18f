// A call as the log has it, for the tests of what is drawn and exported from it: challenged, routed to a
// second carrier after the first refused, answered, hung up.

import Domain
import EventStore
import Projections

/// Builds records of one call. What comes takes a millisecond; what is decided from it has its time.
struct SampleCall {
    static let call = CallID(high: 5, low: 5)
    static let caller = Endpoint(.v4(0x0a00_0001), 5_070)
    static let gateway = Endpoint(.v4(0x0a00_0002), 5_060)
    static let first = Endpoint(.v4(0x0a00_0003), 5_060)
    static let second = Endpoint(.v6(0xfd00 << 48, 4), 5_062)
    static let began = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private(set) var records: [Record] = []
    private var at = Self.began

    /// What comes next, so long after what was before.
    mutating func add(_ event: Event, after: Duration? = nil) {
        let isReceived = [.requestReceived, .responseReceived].contains(event.type)
        at = at + (after ?? .milliseconds(isReceived ? 1 : 0))
        let number = EventNumber(10 + records.count)
        records.append(
            Record(
                number: number,
                stamp: Stamp(wall: at, instant: Instant(nanoseconds: at.nanoseconds), boot: 1),
                stream: StreamKey(Self.call), eventID: EventID(epoch: 1, ordinal: number),
                event: event))
    }

    /// A message of a leg. Attempt 0 is the caller's.
    static func step(
        _ attempt: UInt8, _ first: String, cseq: UInt32 = 1, tag: String = "",
        headers: [String] = [], body: String = "", seen: WallTime? = nil
    ) -> SignallingStep {
        let words = first.split(separator: " ")
        let isRequest = words[0] != "SIP/2.0"
        let status = isRequest ? 0 : UInt16(words[1]) ?? 0
        let method =
            headers.first { $0.hasPrefix("CSeq: ") }?.split(separator: " ").last
            .map(String.init) ?? (isRequest ? String(words[0]) : "INVITE")
        let type = body.isEmpty ? [] : ["Content-Type: application/sdp"]
        let lines =
            [
                first, "Via: SIP/2.0/UDP peer;branch=z9hG4bK\(attempt)-\(cseq)",
                "From: \"Al [x]\" <sip:1000@acme.trunk.test>;tag=f\(attempt)",
                "To: <sip:1234@acme.trunk.test>" + (tag.isEmpty ? "" : ";tag=\(tag)"),
                "Call-ID: c\(attempt)",
            ] + (headers.contains { $0.hasPrefix("CSeq: ") } ? [] : ["CSeq: \(cseq) \(method)"])
            + headers + type + ["Content-Length: \(body.utf8.count)", "", body]
        let message = Octets(lines.joined(separator: "\r\n").utf8)
        let secrets = (try? Message(parsing: message)).map { SessionBody.secretSpans(in: $0) }
        let remote = [caller, Self.first, second][Int(attempt)]
        return SignallingStep(
            leg: attempt == 0 ? .caller : .destination, attempt: attempt,
            method: Octets(method.utf8), cseq: cseq, status: status,
            branch: Octets("z9hG4bK\(attempt)-\(cseq)".utf8), local: gateway, remote: remote,
            transport: .udp, message: message, secrets: secrets ?? [], seen: seen)
    }

    static let session =
        "v=0\r\no=- 1 1 IN IP4 10.0.0.1\r\ns=-\r\nc=IN IP4 10.0.0.1\r\nt=0 0\r\n"
        + "m=audio 4000 RTP/AVP 0\r\n"
    static let contact = "Contact: <sip:peer@10.0.0.1:5070>"
    static let credentials =
        "Proxy-Authorization: Digest username=\"acme\", realm=\"acme.trunk.test\", "
        + "nonce=\"n\", uri=\"sip:1234@acme.trunk.test\", response=\"deadbeef\""

    static func offered() -> CallOffered {
        CallOffered(
            seed: 1, sipCallID: Octets("c0".utf8), remoteTag: Octets("f0".utf8), localTag: [2],
            cseq: 2, source: caller, local: gateway,
            requestURI: Octets("sip:1234@acme.trunk.test".utf8),
            from: [], to: [], callerNumber: Octets("1000".utf8), calledNumber: Octets("1234".utf8),
            remoteTarget: [], routeSet: [], remoteSession: [], localSession: [])
    }

    static func routed(_ attempt: UInt8) -> CallRouted {
        CallRouted(
            attempt: attempt, route: RouteID(high: 7, low: UInt64(attempt)), routeVersion: 3,
            carrier: CarrierID(high: 8, low: UInt64(attempt)), carrierVersion: 2,
            destination: attempt == 1 ? "north" : "south",
            requestURI: Octets("sip:1234@carrier".utf8), target: attempt == 1 ? first : second,
            local: gateway, sipCallID: Octets("c\(attempt)".utf8), localTag: [3],
            callerNumber: Octets("1000".utf8), calledNumber: Octets("1234".utf8))
    }

    /// The challenge and the retry that the gateway takes.
    private mutating func offer() {
        add(.callOffered(Self.offered()), after: .milliseconds(9))
        let invite = "INVITE sip:1234@acme.trunk.test SIP/2.0"
        add(
            .requestReceived(
                Self.step(0, invite, headers: [Self.contact], body: Self.session, seen: Self.began)),
            after: .zero)
        add(
            .responseSent(
                Self.step(
                    0, "SIP/2.0 407 Proxy Authentication Required", tag: "g", seen: Self.began)),
            after: .zero)
        add(
            .requestReceived(
                Self.step(
                    0, invite, cseq: 2, headers: [Self.contact, Self.credentials],
                    body: Self.session)), after: .zero)
        add(
            .callAuthorised(
                CallAuthorised(
                    method: .basic, trunk: TrunkID(high: 1, low: 1), trunkVersion: 4,
                    customer: CustomerID(high: 2, low: 2), domainName: "acme",
                    username: Octets("acme".utf8), algorithm: .md5, nonce: Octets("n".utf8),
                    nonceCount: 0)))
    }

    /// One carrier refuses, the next one answers, the caller hangs up after two seconds.
    static func answered() -> [Record] {
        var call = SampleCall()
        call.offer()
        call.add(.callRouted(routed(1)))
        call.add(.requestSent(step(1, "INVITE sip:1234@carrier SIP/2.0", body: session)))
        call.add(.responseReceived(step(1, "SIP/2.0 503 Service Unavailable", tag: "d")))
        call.add(
            .attemptFailed(
                AttemptFailed(
                    attempt: 1, status: 503, phrase: Octets("Service Unavailable".utf8),
                    reasons: [],
                    cause: nil)))
        call.add(.requestSent(step(1, "ACK sip:1234@carrier SIP/2.0", tag: "d")))
        call.add(.callRouted(routed(2)))
        call.add(.requestSent(step(2, "INVITE sip:1234@carrier SIP/2.0", body: session)))
        call.add(.responseReceived(step(2, "SIP/2.0 180 Ringing", tag: "d")))
        call.add(.responseSent(step(0, "SIP/2.0 180 Ringing", cseq: 2, tag: "g")))
        call.add(
            .responseReceived(
                step(2, "SIP/2.0 200 OK", tag: "d", headers: [contact], body: session)),
            after: .seconds(1))
        call.add(
            .callAnswered(
                CallAnswered(
                    attempt: 2, status: 200, phrase: Octets("OK".utf8), remoteTag: [4],
                    callerTag: [2], remoteTarget: [], routeSet: [], codec: "PCMU/8000")))
        call.add(
            .responseSent(
                step(0, "SIP/2.0 200 OK", cseq: 2, tag: "g", headers: [contact], body: session)))
        call.add(.requestReceived(step(0, "ACK sip:g@gateway SIP/2.0", cseq: 2, tag: "g")))
        call.add(
            .requestReceived(
                step(
                    0, "BYE sip:g@gateway SIP/2.0", cseq: 3, tag: "g",
                    headers: ["Reason: Q.850;cause=16"])),
            after: .seconds(2))
        call.add(
            .responseSent(step(0, "SIP/2.0 200 OK", cseq: 3, tag: "g", headers: ["CSeq: 3 BYE"])))
        call.add(
            .callEnded(
                CallEnded(
                    by: .caller, cause: .hangup, destinationStatus: 503,
                    destinationPhrase: Octets("Service Unavailable".utf8), destinationReasons: [],
                    callerStatus: 0, callerPhrase: [], reasons: [Octets("Q.850;cause=16".utf8)],
                    cdrNumber: 9, recovery: nil)))
        call.add(.requestSent(step(2, "BYE sip:d@south SIP/2.0", cseq: 2, tag: "d")))
        call.add(
            .responseReceived(
                step(2, "SIP/2.0 200 OK", cseq: 2, tag: "d", headers: ["CSeq: 2 BYE"])))
        call.add(
            .repeatsAbsorbed(
                RepeatsAbsorbed(
                    leg: .destination, attempt: 2, method: Octets("INVITE".utf8), cseq: 1,
                    received: 0, sent: 2)))
        return call.records
    }

    /// The password was wrong.
    static func refused() -> [Record] {
        var call = SampleCall()
        call.offer()
        call.records.removeLast()
        call.add(
            .callRefused(
                CallRefused(
                    reason: .wrongPassword, status: 403, phrase: "Forbidden", cdrNumber: 3,
                    trunk: TrunkID(high: 1, low: 1), trunkVersion: 4, customer: nil,
                    username: Octets("acme".utf8))))
        call.add(.responseSent(step(0, "SIP/2.0 403 Forbidden", cseq: 2, tag: "g")))
        return call.records
    }
}
