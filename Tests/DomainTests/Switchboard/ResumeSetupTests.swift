// A gateway that died while calls were being set up or changed, and reads its log: each goes on with the
// next thing that it had not done.

import Domain
import Testing

@Suite struct ResumeSetupTests {
    private let answer = Lines.sdp("10.0.0.2", 6_000)

    private func calling(body: String = Lines.sdp("10.0.0.1", 4_000)) throws -> (Stage, Message) {
        let stage = Stage()
        stage.furnish()
        stage.receive(Lines.invite(body), from: Stage.caller)
        return (stage, try stage.next(to: Stage.destination))
    }

    private func ringing() throws -> (Stage, Message) {
        let (stage, invite) = try calling()
        stage.receive(Lines.response(180, "Ringing", to: invite), from: Stage.destination)
        return (stage, invite)
    }

    private func answered() throws -> (Stage, invite: Message, ok: Message) {
        let (stage, invite) = try ringing()
        stage.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        let ok = try #require(stage.messages(to: Stage.caller).last)
        stage.receive(
            Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        _ = stage.all(to: Stage.destination)
        return (stage, invite, ok)
    }

    private func again(_ stage: Stage, outage: Duration = .seconds(5)) -> Stage {
        Stage(seed: 2, folding: stage.records, outage: outage)
    }

    @Test func ringingCallIsAnsweredAfterwards() throws {
        let (before, invite) = try ringing()
        let after = again(before)
        #expect(after.all(to: Stage.caller) == ["180 INVITE"])
        #expect(after.isSilent)
        after.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        #expect(after.all(to: Stage.destination) == ["ACK"])
        let ok = try after.next(to: Stage.caller)
        #expect(ok.status == 200)
        #expect(ok.bodyText.contains("m=audio 20000 "))
        after.receive(
            Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        after.receive(
            Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag),
            from: Stage.caller)
        after.receive(
            Lines.response(200, "OK", to: try after.next(to: Stage.destination)),
            from: Stage.destination)
        #expect(after.ended?.cause == .hangup)
        #expect(after.ended?.recovery != nil)
        #expect(after.core.calls.isEmpty)
    }

    @Test func ringingCallCanBeCancelledAfterwards() throws {
        let (before, invite) = try ringing()
        let after = again(before)
        _ = after.all(to: Stage.caller)
        after.receive(Lines.request("CANCEL"), from: Stage.caller)
        #expect(after.all(to: Stage.caller) == ["200 CANCEL", "487 INVITE"])
        #expect(try after.next(to: Stage.destination).method == .cancel)
        after.receive(
            Lines.response(487, "Request Terminated", to: invite), from: Stage.destination)
        #expect(after.all(to: Stage.destination) == ["ACK"])
        #expect(after.core.calls.isEmpty)
    }

    @Test func inviteThatMayNotHaveLeftIsSentAgainAndTheHuntGoesOn() throws {
        let (before, invite) = try calling()
        before.wait(.seconds(3))
        let after = again(before)
        #expect(try after.next(to: Stage.destination).bytes == invite.bytes)
        // Four seconds in which a reply can be heard, not one and the outage.
        after.wait(.milliseconds(3_900))
        #expect(after.all(to: Stage.second).isEmpty)
        after.wait(.milliseconds(200))
        #expect(after.all(to: Stage.second) == ["INVITE"])
    }

    @Test func huntTriesNoDestinationTwice() throws {
        let (before, invite) = try calling()
        before.receive(Lines.response(503, "Down", to: invite), from: Stage.destination)
        let second = try before.next(to: Stage.second)
        let after = again(before)
        #expect(try after.next(to: Stage.second).bytes == second.bytes)
        after.receive(
            Lines.response(
                500, "Broken", to: second, headers: ["Reason: Q.850;cause=41"], body: "why"),
            from: Stage.second)
        let final = try #require(after.messages(to: Stage.caller).last)
        #expect(final.status == 500)
        #expect(final.text(.reason) == "Q.850;cause=41")
        #expect(after.all(to: Stage.destination).isEmpty)
        #expect(after.core.calls.isEmpty)
    }

    /// The last real response counts, with its body, though it came before the outage.
    @Test func refusalFromBeforeIsPassedOn() throws {
        let (before, invite) = try calling()
        before.receive(
            Lines.response(503, "Down", to: invite, body: "because"), from: Stage.destination)
        let after = again(before)
        after.wait(.seconds(5))
        let final = try #require(after.messages(to: Stage.caller).last)
        #expect(final.status == 503)
        #expect(final.bodyText == "because")
    }

    @Test func ringTimeThatRanOutMeanwhileEndsTheCall() throws {
        let (before, invite) = try ringing()
        let offered = try #require(before.records.first { $0.event.type == .callOffered })
        let after = again(before, outage: .seconds(100))
        after.wait(.zero)
        #expect(after.all(to: Stage.caller) == ["180 INVITE", "480 INVITE"])
        #expect(try after.next(to: Stage.destination).method == .cancel)
        after.receive(
            Lines.response(487, "Request Terminated", to: invite), from: Stage.destination)
        let recovery = try #require(after.ended?.recovery)
        #expect(after.ended?.cause == .ringTimeout)
        #expect(recovery.due == offered.stamp.wall + .seconds(60))
        #expect(recovery.outageEnd - recovery.outageStart == .seconds(100))
        #expect(after.facts.count { $0 == .callEnded } == 1)
    }

    /// A deadline that comes after the outage is an ordinary one.
    @Test func laterDeadlineIsNotBlamedOnTheOutage() throws {
        let (before, _) = try ringing()
        let after = again(before)
        after.wait(.seconds(60))
        #expect(after.ended?.cause == .ringTimeout)
        #expect(after.ended?.recovery?.due == nil)
        #expect(after.ended?.recovery != nil)
    }

    @Test func cancelThatMayNotHaveLeftIsSentAgain() throws {
        let (before, invite) = try ringing()
        before.receive(Lines.request("CANCEL"), from: Stage.caller)
        let cancel = try before.next(to: Stage.destination)
        let after = again(before)
        #expect(try after.next(to: Stage.destination).bytes == cancel.bytes)
        #expect(after.all(to: Stage.caller) == ["487 INVITE"])
        // The caller's CANCEL comes again.
        after.receive(Lines.request("CANCEL"), from: Stage.caller)
        #expect(after.all(to: Stage.caller) == ["200 CANCEL"])
        after.receive(Lines.response(200, "OK", to: cancel), from: Stage.destination)
        after.receive(
            Lines.response(487, "Request Terminated", to: invite), from: Stage.destination)
        #expect(after.core.calls.isEmpty)
        #expect(after.facts.count { $0 == .callEnded } == 1)
    }

    @Test func hangUpThatComesAgainIsAnsweredAlike() throws {
        let (before, _, ok) = try answered()
        let bye = Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag)
        before.receive(bye, from: Stage.caller)
        before.receive(
            Lines.response(200, "OK", to: try before.next(to: Stage.destination)),
            from: Stage.destination)
        #expect(before.core.calls.isEmpty)
        let reply = try before.next(to: Stage.caller)
        let after = again(before)
        after.receive(bye, from: Stage.caller)
        #expect(try after.next(to: Stage.caller).bytes == reply.bytes)
        #expect(after.facts.count { $0 == .callEnded } == 1)
    }

    @Test func refusalOfADestinationThatComesAgainIsAcknowledged() throws {
        let (before, invite) = try ringing()
        before.receive(Lines.response(486, "Busy Here", to: invite), from: Stage.destination)
        let ack = try before.next(to: Stage.destination)
        let after = again(before)
        after.receive(Lines.response(486, "Busy Here", to: invite), from: Stage.destination)
        #expect(try after.next(to: Stage.destination).bytes == ack.bytes)
    }

    @Test func otherForkOfAnAnsweredCallIsStillEnded() throws {
        let (before, invite, _) = try answered()
        let after = again(before)
        after.receive(
            Lines.response(200, "OK", to: invite, tag: "other", body: answer),
            from: Stage.destination)
        #expect(after.all(to: Stage.destination) == ["ACK", "BYE"])
    }

    @Test func delayedOfferIsAnsweredAfterwards() throws {
        let (before, invite) = try calling(body: "")
        before.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        let after = again(before)
        let ok = try after.next(to: Stage.caller)
        #expect(ok.status == 200)
        after.receive(
            Lines.request(
                "ACK", branch: "z9hG4bKack", toTag: ok.ownTag, body: Lines.sdp("10.0.0.1", 4_000)),
            from: Stage.caller)
        let ack = try after.next(to: Stage.destination)
        #expect(ack.method == .ack)
        #expect(ack.bodyText.contains("m=audio"))
    }

    @Test func earlyMediaIsTheAnswerAfterwards() throws {
        let (before, invite) = try calling()
        before.receive(
            Lines.response(183, "Session Progress", to: invite, body: answer),
            from: Stage.destination)
        let shown = try #require(before.messages(to: Stage.caller).last)
        let after = again(before)
        guard case .set(let session) = try #require(after.orders.first) else { return }
        #expect(session.streams.count == 1)
        _ = after.all(to: Stage.caller)
        after.receive(Lines.response(200, "OK", to: invite), from: Stage.destination)
        let ok = try #require(after.messages(to: Stage.caller).last)
        #expect(ok.status == 200)
        #expect(ok.bodyText == shown.bodyText)
    }

    @Test func renegotiationGoesOnAfterwards() throws {
        let (before, _, ok) = try answered()
        let offer = Lines.request(
            "INVITE", cseq: 2, branch: "z9hG4bKre", toTag: ok.ownTag,
            body: Lines.sdp("10.0.0.1", 4_000, extra: "a=sendonly"))
        before.receive(offer, from: Stage.caller)
        let relayed = try before.next(to: Stage.destination)
        before.receive(Lines.response(100, "Trying", to: relayed), from: Stage.destination)
        let after = again(before)
        #expect(after.all(to: Stage.caller) == ["100 INVITE"])
        #expect(after.isSilent)
        after.receive(
            Lines.response(
                200, "OK", to: relayed, body: Lines.sdp("10.0.0.2", 6_000, extra: "a=recvonly")),
            from: Stage.destination)
        #expect(after.all(to: Stage.destination) == ["ACK"])
        let second = try after.next(to: Stage.caller)
        #expect(second.status == 200)
        #expect(second.cseq == 2)
        guard case .set(let session) = try #require(after.orders.last) else { return }
        #expect(session.silenceLimit == .zero)
    }

    @Test func renegotiationThatFailsAfterwardsChangesNothing() throws {
        let (before, _, ok) = try answered()
        let streams = before.core.calls.values.first?.streams
        before.receive(
            Lines.request(
                "INVITE", cseq: 2, branch: "z9hG4bKre", toTag: ok.ownTag,
                body: Lines.sdp("10.0.0.1", 4_444)),
            from: Stage.caller)
        let relayed = try before.next(to: Stage.destination)
        let after = again(before)
        #expect(try after.next(to: Stage.destination).bytes == relayed.bytes)
        after.receive(
            Lines.response(488, "Not Acceptable", to: relayed), from: Stage.destination)
        #expect(after.all(to: Stage.caller) == ["100 INVITE", "488 INVITE"])
        #expect(after.core.calls.values.first?.streams == streams)
        #expect(after.ended == nil)
    }

    /// The caller has heard 100, so it does not repeat its offer.
    @Test func renegotiationWhoseRelayWasLostIsRefused() throws {
        let (before, _, ok) = try answered()
        before.receive(
            Lines.request(
                "INVITE", cseq: 2, branch: "z9hG4bKre", toTag: ok.ownTag,
                body: Lines.sdp("10.0.0.1", 4_444)),
            from: Stage.caller)
        let trying = try #require(before.records.lastIndex { $0.event.type == .responseSent })
        let after = Stage(seed: 2, folding: Array(before.records[...trying]))
        #expect(after.all(to: Stage.caller) == ["100 INVITE", "500 INVITE"])
        #expect(after.ended == nil)
    }

    @Test func descriptionHasANewVersionOnlyWhenItChanged() throws {
        let (before, _, ok) = try answered()
        let after = again(before)
        for (cseq, port, version) in [(2, 4_000, 1), (3, 4_000, 1), (4, 4_000, 2)] {
            after.receive(
                Lines.request(
                    "INVITE", cseq: cseq, branch: "z9hG4bKre\(cseq)", toTag: ok.ownTag,
                    body: Lines.sdp("10.0.0.1", port, extra: cseq == 4 ? "a=sendonly" : "")),
                from: Stage.caller)
            let relayed = try #require(after.messages(to: Stage.destination).last)
            #expect(Self.version(relayed) == version)
            after.receive(
                Lines.response(200, "OK", to: relayed, body: answer), from: Stage.destination)
            let reply = try #require(after.messages(to: Stage.caller).last)
            #expect(Self.version(reply) == 1)
            after.receive(
                Lines.request("ACK", cseq: cseq, branch: "z9hG4bKack\(cseq)", toTag: ok.ownTag),
                from: Stage.caller)
        }
    }

    private static func version(_ message: Message) -> Int? {
        let line = message.bodyText.split(separator: "\r\n").first { $0.hasPrefix("o=") }
        return line.flatMap { Int($0.split(separator: " ")[2]) }
    }

    @Test func heldCallStaysQuietWithoutEnding() throws {
        let (before, _, ok) = try answered()
        before.receive(
            Lines.request(
                "INVITE", cseq: 2, branch: "z9hG4bKre", toTag: ok.ownTag,
                body: Lines.sdp("10.0.0.1", 4_000, extra: "a=sendonly")),
            from: Stage.caller)
        before.receive(
            Lines.response(
                200, "OK", to: try before.next(to: Stage.destination),
                body: Lines.sdp("10.0.0.2", 6_000, extra: "a=recvonly")),
            from: Stage.destination)
        before.receive(
            Lines.request("ACK", cseq: 2, branch: "z9hG4bKack2", toTag: ok.ownTag),
            from: Stage.caller)
        guard case .set(let session) = try #require(again(before).orders.last) else { return }
        #expect(session.silenceLimit == .zero)
    }

    /// Whatever the last event on disk was: the start works, and every call comes to its end once.
    @Test(arguments: 31...34) func everyPrefixGoesOnAndEnds(seed: UInt64) throws {
        let records = Workday(seed: seed, steps: 40).stage.records
        for count in 12..<records.count {
            let after = Stage(seed: 9, folding: Array(records[..<count]))
            // A second crash, when nothing but the resume has happened.
            let twice = Stage(seed: 10, folding: after.records)
            twice.wait(.seconds(5 * 3_600))
            #expect(twice.core.calls.isEmpty, "after event \(count)")
            var endings: [CallID: Int] = [:]
            var numbers: Set<UInt64> = []
            for record in twice.records {
                switch record.event {
                case .callOffered: endings[record.stream.call] = 0
                case .callEnded(let event):
                    endings[record.stream.call, default: 0] += 1
                    #expect(numbers.insert(event.cdrNumber).inserted)
                case .callRefused(let event):
                    endings[record.stream.call, default: 0] += 1
                    #expect(numbers.insert(event.cdrNumber).inserted)
                default: break
                }
            }
            #expect(endings.values.allSatisfy { $0 == 1 }, "after event \(count)")
        }
    }
}
