// A log that is run again: what is the same is found to be the same, and what is not is named.

import Domain
import Testing

@Suite struct ReplayTests {
    /// The log of a call that is answered, put on hold and hung up, over a restart in its middle.
    private func log() throws -> [Record] {
        var stage = Stage()
        stage.furnish()
        stage.receive(Lines.invite(), from: Stage.caller)
        let invite = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(180, "Ringing", to: invite), from: Stage.destination)
        let body = Lines.sdp("10.0.0.2", 6_000)
        stage.receive(Lines.response(200, "OK", to: invite, body: body), from: Stage.destination)
        let ok = try #require(stage.messages(to: Stage.caller).last)
        stage.receive(
            Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), from: Stage.caller)
        stage = Stage(seed: 2, folding: stage.records)
        stage.receive(
            Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: ok.ownTag),
            from: Stage.caller)
        let bye = try stage.next(to: Stage.destination)
        stage.receive(Lines.response(200, "OK", to: bye), from: Stage.destination)
        stage.wait(.seconds(60))
        return stage.records
    }

    private func replay(_ records: [Record], product: String = "Trunkline") -> Replay {
        var settings = Stage.settings
        settings.product = product
        let replay = Replay { _ in settings }
        for record in records { replay.take(record) }
        replay.finish()
        return replay
    }

    @Test func theSameProgramDecidesTheSame() throws {
        let replay = replay(try log())
        #expect(replay.differences.isEmpty, "\(replay.differences)")
        #expect(replay.decisions > 20 && replay.inputs > 5)
    }

    @Test func everyChangedMessageIsFound() throws {
        let records = try log()
        var changed = 0
        for index in records.indices {
            guard case .responseSent(let step) = records[index].event else { continue }
            var other = records
            other[index].event = .responseSent(
                step.with { $0.message.replaceSubrange(8..<9, with: [UInt8(ascii: "7")]) })
            let found = replay(other).differences
            #expect(found.first?.number == records[index].number)
            #expect(found.first?.place.contains("SIP/2.0 7") == true)
            changed += 1
        }
        #expect(changed > 3)
    }

    @Test func aDecisionThatIsMissingIsFound() throws {
        var records = try log()
        let index = try #require(records.firstIndex { $0.event.type == .callAnswered })
        let removed = records.remove(at: index)
        let found = replay(records).differences
        #expect(found.first?.decided == .callAnswered)
        #expect(found.first?.stream == removed.stream)
    }

    @Test func aProgramThatWritesOtherwiseIsFound() throws {
        let found = replay(try log(), product: "Other").differences
        let place = "“User-Agent: Trunkline” is now “User-Agent: Other”"
        #expect(found.contains { $0.place == place }, "\(found.map(\.place))")
        #expect(found.allSatisfy { $0.recorded == $0.decided })
    }
}
