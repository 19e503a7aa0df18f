// Re-INVITEs between the legs of an answered call.

import Domain
import Testing

@Suite struct RenegotiationTests {
    let stage = Stage()

    private func connect() throws -> (invite: Message, ok: Message) {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let invite = try stage.next(to: Stage.destination)
        stage.receive(
            Lines.response(200, "OK", to: invite, body: Lines.sdp("10.0.0.2", 6_000)),
            from: Stage.destination)
        _ = stage.all(to: Stage.destination)
        _ = try stage.next(to: Stage.caller)
        let ok = try stage.next(to: Stage.caller)
        stage.receive(
            Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        return (invite, ok)
    }

    private func hold(_ ok: Message, body: String) -> String {
        Lines.request(
            "INVITE", cseq: 2, branch: "z9hG4bKre", toTag: ok.ownTag, uri: "sip:10.0.0.254",
            body: body)
    }

    @Test func holdCrossesAndItsAnswerComesBack() throws {
        let (_, ok) = try connect()
        stage.receive(
            hold(ok, body: Lines.sdp("10.0.0.1", 4_000, extra: "a=sendonly")), from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["100 INVITE"])
        let offer = try stage.next(to: Stage.destination)
        #expect(offer.bodyText.contains("a=sendonly"))
        #expect(offer.cseq == 2)
        // RFC 3264 §8: the version goes up by one.
        #expect(offer.bodyText.contains(" 2 IN IP4 10.0.0.254"))
        stage.receive(
            Lines.response(
                200, "OK", to: offer, body: Lines.sdp("10.0.0.2", 6_000, extra: "a=recvonly")),
            from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        let answer = try stage.next(to: Stage.caller)
        #expect(answer.status == 200)
        #expect(answer.bodyText.contains("a=recvonly"))
    }

    @Test func offerFromTheDestinationReachesTheCaller() throws {
        let (invite, _) = try connect()
        stage.receive(
            Lines.reverse("INVITE", in: invite, body: Lines.sdp("10.0.0.2", 6_100)),
            from: Stage.destination)
        let offer = try stage.next(to: Stage.caller)
        #expect(offer.method == .invite)
        #expect(String(decoding: offer.requestURI, as: UTF8.self) == "sip:ann@10.0.0.1:5060")
        stage.receive(
            Lines.response(
                200, "OK", to: offer, contact: "ann@10.0.0.1:5060",
                body: Lines.sdp("10.0.0.1", 4_000)),
            from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["ACK"])
        #expect(stage.all(to: Stage.destination) == ["100 INVITE", "200 INVITE"])
    }

    @Test func delayedOfferIsAnsweredInTheAcknowledgement() throws {
        let (_, ok) = try connect()
        stage.receive(hold(ok, body: ""), from: Stage.caller)
        let request = try stage.next(to: Stage.destination)
        #expect(request.body.isEmpty)
        stage.receive(
            Lines.response(200, "OK", to: request, body: Lines.sdp("10.0.0.2", 6_000)),
            from: Stage.destination)
        #expect(stage.all(to: Stage.destination).isEmpty)
        #expect(stage.all(to: Stage.caller) == ["100 INVITE", "200 INVITE"])
        stage.receive(
            Lines.request(
                "ACK", cseq: 2, branch: "z9hG4bKack2", toTag: ok.ownTag,
                body: Lines.sdp("10.0.0.1", 4_100)), from: Stage.caller)
        let ack = try stage.next(to: Stage.destination)
        #expect(ack.method == .ack)
        #expect(ack.bodyText.contains("m=audio 200"))
    }

    @Test func failureLeavesTheCallAsItWas() throws {
        let (_, ok) = try connect()
        let before = stage.core.calls.values.first?.streams
        stage.receive(hold(ok, body: Lines.sdp("10.0.0.1", 4_444)), from: Stage.caller)
        let offer = try stage.next(to: Stage.destination)
        stage.receive(
            Lines.response(
                488, "Not Acceptable Here", to: offer, headers: ["Warning: 305 x \"y\""]),
            from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        _ = try stage.next(to: Stage.caller)
        let refusal = try stage.next(to: Stage.caller)
        #expect(refusal.status == 488)
        #expect(refusal.text(.warning) == "305 x \"y\"")
        #expect(stage.core.calls.values.first?.streams == before)
        #expect(stage.ended == nil)
    }

    @Test(arguments: [408, 481])
    func lostDialogEndsBothLegs(status: Int) throws {
        let (_, ok) = try connect()
        stage.receive(hold(ok, body: Lines.sdp("10.0.0.1", 4_000)), from: Stage.caller)
        let offer = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(status, "Gone", to: offer), from: Stage.destination)
        #expect(stage.all(to: Stage.caller) == ["100 INVITE", "\(status) INVITE", "BYE"])
        #expect(stage.all(to: Stage.destination) == ["ACK", "BYE"])
        #expect(stage.ended?.cause == .dialogLost)
    }

    @Test func offersThatCrossAreBothPending() throws {
        let (invite, ok) = try connect()
        stage.receive(hold(ok, body: Lines.sdp("10.0.0.1", 4_000)), from: Stage.caller)
        _ = stage.all(to: Stage.destination)
        stage.receive(
            Lines.reverse("INVITE", in: invite, body: Lines.sdp("10.0.0.2", 6_100)),
            from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["491 INVITE"])
    }

    @Test func otherMethodsAreAnsweredByTheBook() throws {
        let (_, ok) = try connect()
        for (method, status) in [("INFO", 405), ("OPTIONS", 200), ("DANCE", 501)] {
            stage.receive(
                Lines.request(method, cseq: 5, branch: "z9hG4bK\(method)", toTag: ok.ownTag),
                from: Stage.caller)
            #expect(stage.all(to: Stage.caller) == ["\(status) \(method)"])
        }
        stage.receive(
            Lines.request("BYE", cseq: 6, branch: "z9hG4bKx", toTag: "other"), from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["481 BYE"])
    }
}
