// A gateway that died and reads its log: answered calls go on, and last words are said again.

import Domain
import SimulatedMachine
import Testing

@Suite struct ResumeTests {
    private let answer = Lines.sdp("10.0.0.2", 6_000)

    private func ringing() throws -> (stage: Stage, invite: Message) {
        let stage = Stage()
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let invite = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(180, "Ringing", to: invite), from: Stage.destination)
        return (stage, invite)
    }

    private func answered(acknowledged: Bool = true) throws -> (
        stage: Stage, invite: Message, ok: Message
    ) {
        let (stage, invite) = try ringing()
        stage.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        _ = try stage.next(to: Stage.caller)
        _ = try stage.next(to: Stage.caller)
        let ok = try stage.next(to: Stage.caller)
        if acknowledged {
            stage.receive(
                Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        }
        return (stage, invite, ok)
    }

    @Test func answeredCallGoesOnAndEndsOnce() throws {
        let (before, _, ok) = try answered()
        let after = Stage(seed: 2, folding: before.records)
        #expect(after.isSilent)
        #expect(after.orders.count == 1)
        guard case .set(let session) = try #require(after.orders.first) else {
            Issue.record("the media was not opened again")
            return
        }
        #expect(session.streams.count == 1)
        #expect(session.reopensLatch)
        after.receive(
            Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag),
            from: Stage.caller)
        #expect(after.all(to: Stage.caller) == ["200 BYE"])
        let bye = try after.next(to: Stage.destination)
        #expect(bye.cseq == 2)
        after.receive(Lines.response(200, "OK", to: bye), from: Stage.destination)
        #expect(after.ended?.by == .caller)
        #expect(after.ended?.cdrNumber == 1)
        #expect(after.ended?.recovery != nil)
        #expect(after.core.calls.isEmpty)
    }

    @Test func destinationCanStillHangUp() throws {
        let (before, invite, _) = try answered()
        let after = Stage(seed: 2, folding: before.records)
        after.receive(Lines.reverse("BYE", in: invite), from: Stage.destination)
        #expect(after.all(to: Stage.destination) == ["200 BYE"])
        #expect(after.all(to: Stage.caller) == ["BYE"])
    }

    @Test func repeatedAnswerGetsTheSameAcknowledgementAfterwards() throws {
        let (before, invite, _) = try answered()
        let ack = try before.next(to: Stage.destination)
        let after = Stage(seed: 2, folding: before.records)
        after.receive(
            Lines.response(200, "OK", to: invite, body: answer), from: Stage.destination)
        #expect(try after.next(to: Stage.destination).bytes == ack.bytes)
    }

    @Test func refusalIsRepeatedAfterwardsUntilItsAcknowledgement() throws {
        let (before, invite) = try ringing()
        before.receive(Lines.response(486, "Busy Here", to: invite), from: Stage.destination)
        let refusal = try #require(before.messages(to: Stage.caller).last)
        let after = Stage(seed: 2, folding: before.records)
        after.wait(.milliseconds(600))
        #expect(try after.next(to: Stage.caller).bytes == refusal.bytes)
        // A repeated INVITE is not a new call.
        after.receive(Lines.invite(), from: Stage.caller)
        #expect(try after.next(to: Stage.caller).bytes == refusal.bytes)
        after.receive(Lines.request("ACK", toTag: refusal.ownTag), from: Stage.caller)
        _ = after.all(to: Stage.caller)
        after.wait(.seconds(5))
        #expect(after.isSilent)
        #expect(after.core.calls.isEmpty)
        #expect(Stage(seed: 3, folding: after.records).isSilent)
    }

    @Test func oldRefusalsAreNotRepeated() throws {
        let (before, invite) = try ringing()
        before.receive(Lines.response(486, "Busy Here", to: invite), from: Stage.destination)
        before.wait(.seconds(40))
        let after = Stage(seed: 2, folding: before.records)
        after.wait(.seconds(5))
        #expect(after.isSilent)
    }

    @Test func unacknowledgedAnswerIsRepeatedAfterwards() throws {
        let (before, _, ok) = try answered(acknowledged: false)
        let after = Stage(seed: 2, folding: before.records)
        after.wait(.milliseconds(600))
        #expect(try after.next(to: Stage.caller).bytes == ok.bytes)
        after.receive(
            Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        after.wait(.seconds(40))
        #expect(after.ended == nil)
    }

    @Test func hangUpThatWasNotAnsweredIsRepeated() throws {
        let (before, _, ok) = try answered()
        before.receive(
            Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag),
            from: Stage.caller)
        let after = Stage(seed: 2, folding: before.records)
        after.wait(.milliseconds(600))
        let bye = try after.next(to: Stage.destination)
        #expect(bye.method == .bye)
        after.receive(Lines.response(200, "OK", to: bye), from: Stage.destination)
        #expect(after.core.calls.isEmpty)
        #expect(after.facts.count { $0 == .callEnded } == 1)
    }

    /// The state that was lived is the state that is read.
    @Test func foldingGivesTheStateThatWas() throws {
        let (before, _, _) = try answered()
        let live = try #require(before.core.calls.values.first)
        let core = Switchboard(
            settings: before.core.settings, hashes: .forTests, nonceKey: [], seed: 3, epoch: 2,
            at: before.now)
        for record in before.records { core.fold(record) }
        let read = try #require(core.calls[live.id])
        #expect(read.streams == live.streams)
        #expect(read.caller == live.caller)
        #expect(read.attempts.map(\.dialog) == live.attempts.map(\.dialog))
        #expect(read.attempts.map(\.progress) == live.attempts.map(\.progress))
        #expect(read.acks == live.acks)
        #expect(read.unacknowledged == live.unacknowledged)
        #expect(core.lastNumber == before.core.lastNumber)
    }

    /// The same inputs at the same times give the same bytes.
    @Test func sameSeedGivesTheSameEvents() throws {
        let first = try answered().stage.records
        let second = try answered().stage.records
        #expect(first == second)
    }
}
