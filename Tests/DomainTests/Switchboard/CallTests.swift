// Whole calls through the core, as transcripts.

import Domain
import Testing

@Suite struct CallTests {
    let stage = Stage()
    let answer = Lines.sdp("10.0.0.2", 6_000)

    /// Caller to ringing destination; returns the INVITE that the destination got.
    private func ring() throws -> Message {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["100 INVITE"])
        let invite = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(180, "Ringing", to: invite), from: Stage.destination)
        #expect(stage.all(to: Stage.caller) == ["180 INVITE"])
        return invite
    }

    private func connect() throws -> (invite: Message, ok: Message) {
        let invite = try ring()
        stage.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        let ok = try stage.next(to: Stage.caller)
        stage.receive(
            Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        return (invite, ok)
    }

    @Test func inviteCrossesWithOurNamesAndPorts() throws {
        stage.furnish()
        stage.receive(
            Lines.invite(headers: ["Privacy: id", "X-Own: 1", "Subject: s"]), from: Stage.caller)
        let invite = try stage.next(to: Stage.destination)
        #expect(String(decoding: invite.requestURI, as: UTF8.self) == "sip:100@10.0.0.2:5080")
        #expect(invite.text(.from)?.hasPrefix("\"Ann\" <sip:200@10.0.0.254>;tag=") == true)
        #expect(invite.text(.callID) != "call-a")
        #expect(invite.maxForwards == 69)
        #expect(invite.text(.privacy) == "id")
        #expect(invite.rawHeader("X-Own") == nil)
        #expect(invite.text(.subject) == nil)
        #expect(invite.bodyText.contains("c=IN IP4 10.0.0.254"))
        #expect(invite.bodyText.contains("m=audio 200"))
        #expect(!invite.bodyText.contains("10.0.0.1\r"))
    }

    @Test func everythingOfACallWaitsForTheLog() throws {
        _ = try connect()
        #expect(
            stage.holds.allSatisfy { if case .until = $0 { true } else { false } })
    }

    /// The first ACK may still wait for the log then: a destination that has a second one would never say
    /// again what a crash had lost.
    @Test func aRepeatedRefusalIsNotAcknowledgedBeforeItsEvent() throws {
        let busy = Lines.response(486, "Busy Here", to: try ring())
        stage.receive(busy, from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        let number = try #require(
            stage.records.last {
                if case .requestSent(let step) = $0.event {
                    step.method == Method.ack.octets
                } else {
                    false
                }
            }
        ).number
        stage.receive(busy, from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        #expect(stage.holds.last == .dropUnless(number))
        #expect(!stage.holds.contains(.none))
    }

    @Test func callerHangsUp() throws {
        let (_, ok) = try connect()
        #expect(ok.status == 200)
        stage.wait(.seconds(10))
        stage.receive(
            Lines.request(
                "BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag,
                headers: ["Reason: Q.850;cause=16"]), from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["200 BYE"])
        let bye = try stage.next(to: Stage.destination)
        #expect(bye.method == .bye)
        #expect(bye.text(.reason) == "Q.850;cause=16")
        #expect(String(decoding: bye.requestURI, as: UTF8.self) == "sip:bob@10.0.0.2:5080")
        stage.receive(Lines.response(200, "OK", to: bye), from: Stage.destination)
        #expect(stage.ended?.by == .caller)
        #expect(stage.ended?.cause == .hangup)
        #expect(stage.ended?.reasons == [Octets("Q.850;cause=16".utf8)])
        #expect(stage.core.calls.isEmpty)
        #expect(
            stage.facts == [
                .callOffered, .callAuthorised, .callRouted, .mediaChanged, .callProgressed,
                .mediaChanged, .callAnswered, .callEnded, .mediaReported,
            ])
    }

    @Test func destinationHangsUp() throws {
        let (invite, _) = try connect()
        stage.receive(Lines.reverse("BYE", in: invite), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["200 BYE"])
        let bye = try stage.next(to: Stage.caller)
        #expect(bye.method == .bye)
        #expect(stage.ended?.by == .destination)
    }

    @Test func byesThatCrossEndTheCallOnce() throws {
        let (invite, ok) = try connect()
        stage.receive(
            Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag),
            from: Stage.caller)
        stage.receive(Lines.reverse("BYE", in: invite), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["BYE", "200 BYE"])
        #expect(stage.facts.count { $0 == .callEnded } == 1)
        #expect(stage.ended?.by == .caller)
    }

    @Test(arguments: [404, 480, 486, 600, 603, 604, 608])
    func refusalReachesTheCallerAsItCame(status: Int) throws {
        let invite = try ring()
        stage.receive(
            Lines.response(
                status, "As It Came", to: invite,
                headers: ["Reason: Q.850;cause=17;text=\"x\"", "Retry-After: 9"]),
            from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        let final = try stage.next(to: Stage.caller)
        #expect(Int(final.status) == status)
        #expect(String(decoding: final.phrase, as: UTF8.self) == "As It Came")
        #expect(final.text(.reason) == "Q.850;cause=17;text=\"x\"")
        #expect(final.text(.retryAfter) == nil)
        #expect(stage.ended?.cause == .rejected)
        #expect(stage.ended?.by == .destination)
        #expect(Int(stage.ended?.destinationStatus ?? 0) == status)
        // Repeated until acknowledged.
        stage.wait(.milliseconds(600))
        #expect(stage.all(to: Stage.caller) == ["\(status) INVITE"])
        stage.receive(Lines.request("ACK", toTag: final.ownTag), from: Stage.caller)
        stage.wait(.seconds(40))
        #expect(stage.isSilent)
    }

    @Test func cancelWhileRinging() throws {
        let invite = try ring()
        stage.receive(Lines.request("CANCEL"), from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["200 CANCEL", "487 INVITE"])
        let cancel = try stage.next(to: Stage.destination)
        #expect(cancel.method == .cancel)
        #expect(cancel.topVia.branch.elementsEqual(invite.topVia.branch))
        stage.receive(Lines.response(200, "OK", to: cancel), from: Stage.destination)
        stage.receive(
            Lines.response(487, "Request Terminated", to: invite), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        #expect(stage.ended?.cause == .cancelled)
        #expect(stage.ended?.callerStatus == 487)
        #expect(stage.core.calls.isEmpty)
    }

    /// RFC 3261 §9.1: nothing may be cancelled before the first provisional response.
    @Test func cancelWaitsForTheFirstProvisionalResponse() throws {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let invite = try stage.next(to: Stage.destination)
        stage.receive(Lines.request("CANCEL"), from: Stage.caller)
        #expect(stage.all(to: Stage.destination).isEmpty)
        stage.receive(Lines.response(100, "Trying", to: invite), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["CANCEL"])
    }

    @Test func lateAnswerIsAcknowledgedAndEnded() throws {
        let invite = try ring()
        stage.receive(Lines.request("CANCEL"), from: Stage.caller)
        _ = stage.all(to: Stage.destination)
        stage.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK", "BYE"])
        #expect(!stage.facts.contains(.callAnswered))
        #expect(
            stage.records.contains {
                if case .attemptSettled(let event) = $0.event { event.lateAnswer } else { false }
            })
    }

    @Test func cancelAfterTheAnswerChangesNothing() throws {
        let invite = try ring()
        stage.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        _ = stage.all(to: Stage.caller)
        stage.receive(Lines.request("CANCEL"), from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["200 CANCEL"])
        #expect(stage.ended == nil)
    }

    @Test func repeatedInviteIsOneCall() throws {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        stage.receive(Lines.invite(), from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["100 INVITE", "100 INVITE"])
        #expect(stage.all(to: Stage.destination) == ["INVITE"])
        #expect(stage.core.calls.count == 1)
    }

    @Test func repeatedAnswerGetsTheSameAcknowledgement() throws {
        let (invite, _) = try connect()
        stage.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        #expect(stage.facts.count { $0 == .callAnswered } == 1)
    }

    @Test func answerIsRepeatedUntilAcknowledgedAndThenGivenUp() throws {
        let invite = try ring()
        stage.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        _ = stage.all(to: Stage.destination)
        _ = stage.all(to: Stage.caller)
        stage.wait(.seconds(4))
        #expect(stage.all(to: Stage.caller) == ["200 INVITE", "200 INVITE", "200 INVITE"])
        stage.wait(.seconds(29))
        #expect(stage.ended?.cause == .noAck)
        #expect(stage.all(to: Stage.destination).first == "BYE")
        #expect(stage.all(to: Stage.caller).contains("BYE"))
    }

    @Test func failsOverOnServerErrorBeforeRinging() throws {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let first = try stage.next(to: Stage.destination)
        stage.receive(
            Lines.response(503, "Service Unavailable", to: first), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["ACK"])
        let second = try stage.next(to: Stage.second)
        #expect(second.text(.callID) != first.text(.callID))
        stage.receive(Lines.response(200, "OK", to: second, body: answer), from: Stage.second)
        #expect(stage.all(to: Stage.caller) == ["100 INVITE", "200 INVITE"])
    }

    @Test func doesNotFailOverAfterRingingNorAfterBusy() throws {
        let invite = try ring()
        stage.receive(
            Lines.response(503, "Service Unavailable", to: invite), from: Stage.destination)
        #expect(stage.all(to: Stage.second).isEmpty)
        #expect(stage.all(to: Stage.caller) == ["503 INVITE"])
    }

    @Test func silentCarrierIsLeftAndItsLateProgressCancelled() throws {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let first = try stage.next(to: Stage.destination)
        stage.wait(.seconds(5))
        _ = try stage.next(to: Stage.second)
        _ = stage.all(to: Stage.destination)
        stage.receive(Lines.response(180, "Ringing", to: first), from: Stage.destination)
        #expect(stage.all(to: Stage.destination) == ["CANCEL"])
        #expect(stage.all(to: Stage.caller) == ["100 INVITE"])
    }

    @Test func nobodyRepliesAtAll() throws {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        stage.wait(.milliseconds(8_100))
        #expect(stage.all(to: Stage.caller) == ["100 INVITE", "504 INVITE"])
        #expect(stage.ended?.cause == .noReply)
    }

    /// A local timeout never hides what a carrier really said.
    @Test func lastRealResponseCounts() throws {
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let first = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(500, "Own Words", to: first), from: Stage.destination)
        stage.wait(.milliseconds(4_400))
        #expect(stage.all(to: Stage.caller) == ["100 INVITE", "500 INVITE"])
    }

    @Test func ringTimeoutEndsBothLegs() throws {
        _ = try ring()
        stage.wait(.seconds(60))
        #expect(stage.all(to: Stage.caller).first == "480 INVITE")
        #expect(stage.all(to: Stage.destination).first == "CANCEL")
        #expect(stage.ended?.cause == .ringTimeout)
    }

    @Test func noRouteIsRefusedWithARecord() throws {
        stage.furnish()
        stage.receive(
            Lines.request("INVITE", uri: "sip:100@acme.trunk.test", headers: ["Require: 100rel"]),
            from: Stage.caller)
        let refusal = try stage.next(to: Stage.caller)
        #expect(refusal.status == 100)
        let final = try stage.next(to: Stage.caller)
        #expect(final.status == 420)
        #expect(final.text(.unsupported) == "100rel")
        #expect(stage.facts == [.callOffered, .callAuthorised, .callRefused])
    }

    @Test func mediaSilenceHangsUpBothLegs() throws {
        _ = try connect()
        let id = try #require(stage.core.calls.keys.first)
        stage.report(.silent(id))
        #expect(stage.all(to: Stage.caller) == ["BYE"])
        #expect(stage.all(to: Stage.destination) == ["BYE"])
        #expect(stage.ended?.cause == .mediaSilence)
    }

    @Test func echoAnswersItself() throws {
        stage.furnish(echo: true)
        stage.receive(Lines.invite(), from: Stage.caller)
        #expect(try stage.next(to: Stage.caller).status == 100)
        let ok = try stage.next(to: Stage.caller)
        #expect(ok.status == 200)
        #expect(ok.bodyText.contains("m=audio 200"))
        stage.receive(
            Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        stage.receive(
            Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag),
            from: Stage.caller)
        #expect(stage.all(to: Stage.caller) == ["200 BYE"])
        #expect(stage.core.calls.isEmpty)
        #expect(stage.isSilent)
    }
}
