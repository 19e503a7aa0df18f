// The same call in every picture: who sent what, in what order, and what was decided.

import Domain
import Projections
import Testing

@Suite struct LadderTests {
    private func ladder() throws -> Ladder { try #require(Ladder(SampleCall.answered())) }

    @Test func oneLaneForEachParty() throws {
        let lanes = try ladder().lanes
        #expect(lanes.map(\.title) == ["caller", "trunkline", "north", "south"])
        #expect(
            lanes.map(\.endpoint) == [
                SampleCall.caller, SampleCall.gateway, SampleCall.first, SampleCall.second,
            ])
    }

    @Test func challengesComeBeforeTheOffer() throws {
        let ladder = try ladder()
        #expect(ladder.began == SampleCall.began)
        #expect(ladder.rungs.map(\.number).prefix(4) == [11, 12, 10, 13])
        #expect(ladder.offsetMicroseconds(ladder.rungs[2]) == 9_000)
    }

    @Test func repetitionsAreCountedAtTheirMessage() throws {
        let repeated = try ladder().rungs.compactMap { rung in
            if case .message(let arrow) = rung.content, arrow.repeats > 0 { arrow } else { nil }
        }
        #expect(repeated.map(\.label) == ["INVITE +SDP"])
        #expect(repeated.map(\.to) == [3])
        #expect(repeated.map(\.repeats) == [2])
    }

    @Test func textHasBothLegsAndTheDecisions() throws {
        let lines = LadderText(try ladder()).text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "1000 to 1234: answered, talked 2.001 s, ended by the caller")
        #expect(lines.contains { $0.contains("north, south") })
        #expect(lines.contains { $0.hasSuffix("- INVITE +SDP [2] x3 ---------->|") })
        #expect(lines.contains { $0.contains("! attempt 1 failed: 503 Service Unavailable") })
        #expect(lines.contains { $0.contains("· trunk acme, version 4, known by digest of acme") })
        #expect(
            lines.contains { $0.contains("· ended by the caller: hangup (Q.850;cause=16), CDR 9") })
    }

    @Test func controlCharactersDoNotReachTheTerminal() throws {
        var records = SampleCall.answered()
        guard case .callRouted(var routed) = records[5].event else { return #expect(Bool(false)) }
        routed.destination = "a\u{1b}[2Jb"
        records[5].event = .callRouted(routed)
        let text = LadderText(try #require(Ladder(records))).text
        #expect(!text.contains("\u{1b}"))
        #expect(text.contains("a.[2Jb"))
    }

    @Test func pictureHasAnArrowForEachMessage() throws {
        let text = LadderSVG(try ladder()).text
        #expect(text.split(separator: "<line ").count - 1 == 4 + 16)
        #expect(text.contains("INVITE +SDP ×3"))
        #expect(text.contains("&quot;Al [x]&quot; &lt;sip:1000@acme.trunk.test&gt;"))
    }

    @Test func noPictureShowsASecret() throws {
        let ladder = try ladder()
        for text in [LadderText(ladder).text, LadderSVG(ladder).text, LadderMermaid(ladder).text] {
            #expect(!text.contains("deadbeef"))
        }
        #expect(LadderSVG(ladder).text.contains("response=&quot;********&quot;"))
    }

    @Test func mermaidEscapesWhatItWouldRead() throws {
        let text = LadderMermaid(try ladder()).text
        #expect(text.contains("sequenceDiagram\n    participant P0 as caller<br/>10.0.0.1:5070"))
        #expect(text.contains("P1->>P3: +0.010 INVITE +SDP ×3"))
        #expect(text.contains("hangup (Q.850#59;cause=16)"))
    }

    @Test func aCallWithoutItsBeginningIsStillDrawn() throws {
        let ladder = try #require(Ladder(Array(SampleCall.answered().dropFirst(12))))
        #expect(ladder.title == "a call whose beginning the log has lost")
        #expect(ladder.lanes.count == 3)
        #expect(LadderText(ladder).text.contains("180 Ringing"))
        #expect(Ladder([]) == nil)
    }
}
