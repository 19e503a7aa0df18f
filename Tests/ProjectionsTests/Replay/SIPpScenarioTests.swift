// A call as scenarios that SIPp can play: one for each peer, with everything that names this one call
// replaced. That SIPp plays them is tried end to end.

import Domain
import Projections
import Testing

@Suite struct SIPpScenarioTests {
    private func scenarios(_ records: [Record]) throws -> [String: String] {
        let all = SIPpScenario.all(of: try #require(Ladder(records)))
        return Dictionary(uniqueKeysWithValues: all.map { ($0.fileName, $0.text) })
    }

    @Test func eachPeerHasItsOwn() throws {
        let names = try scenarios(SampleCall.answered()).keys.sorted()
        #expect(names == ["caller.xml", "destination-2.xml", "destination.xml"])
        #expect(try scenarios(SampleCall.refused()).keys.sorted() == ["caller.xml"])
    }

    @Test func theCallerAnswersTheChallenge() throws {
        let text = try #require(try scenarios(SampleCall.answered())["caller.xml"])
        #expect(
            text.contains("<recv response=\"407\" auth=\"true\"/>\n<send><![CDATA[\nACK sip:1234@"))
        #expect(text.contains("branch=[branch-2]"))
        #expect(text.contains("\n[authentication username=acme]\n"))
        #expect(!text.contains("deadbeef"))
        #expect(
            text.contains(
                "<pause milliseconds=\"2000\"/>\n<send retrans=\"500\"><![CDATA[\nBYE [next_url]"))
        #expect(
            text.contains(
                "<recv response=\"180\" optional=\"true\"/>\n<recv response=\"200\" rrs=\"true\"/>")
        )
    }

    @Test func theDestinationAnswersWithItsOwnTagAndMedia() throws {
        let text = try #require(try scenarios(SampleCall.answered())["destination-2.xml"])
        #expect(
            text.contains(
                "SIP/2.0 180 Ringing\n[last_Via:]\n[last_From:]\n[last_To:];tag=[pid]destination3x")
        )
        #expect(text.contains("m=audio [media_port] RTP/AVP 0"))
        #expect(text.contains("c=IN IP[media_ip_type] [media_ip]"))
        #expect(
            text.contains("SIP/2.0 200 OK\n[last_Via:]\n[last_From:]\n[last_To:]\n[last_Call-ID:]"))
    }

    @Test func bracketsAreNotKeywords() throws {
        let text = try #require(try scenarios(SampleCall.answered())["caller.xml"])
        #expect(
            text.contains("From: \"Al \\x5bx\\x5d\" <sip:1000@acme.trunk.test>;tag=[pid]caller"))
    }
}
