import Domain
import Testing

/// What is read from a description, and what the other leg gets instead.
struct SessionDescriptionTests {
    private let offer = """
        v=0
        o=ann 77 78 IN IP4 10.0.0.7
        s=talk
        c=IN IP4 10.0.0.7
        b=AS:64
        t=0 0
        a=ice-lite
        a=sendonly
        m=audio 4000/2 RTP/AVP 96 8 101
        i=voice
        a=rtpmap:96 opus/48000/2
        a=rtpmap:101 telephone-event/8000
        a=candidate:1 1 UDP 1 10.0.0.7 4000 typ host
        a=ice-ufrag:x
        a=rtcp:4003 IN IP4 10.0.0.8
        a=rtcp-mux
        a=fmtp:96 x=1
        m=video 0 RTP/AVP 31
        m=image 5000 udptl t38
        c=IN IP4 0.0.0.0
        a=inactive
        m=message 9 TCP/MSRP *
        c=IN IP6 2001:db8::1
        m=audio 6000 RTP/SAVP 0

        """

    private func parse(_ text: String) throws -> SessionDescription {
        try SessionDescription(parsing: Samples.wire(text))
    }

    @Test func sections() throws {
        let description = try parse(offer)
        #expect(text(description.originID) == "77" && text(description.originVersion) == "78")
        let media = description.media
        #expect(media.map { text($0.kind) } == ["audio", "video", "image", "message", "audio"])
        #expect(media.map(\.port) == [4_000, 0, 5_000, 9, 6_000])
        #expect(media.map(\.isRelayable) == [true, true, true, false, true])
        #expect(media[0].payloadTypes == [96, 8, 101] && media[2].payloadTypes.isEmpty)
        #expect(media[0].firstCodec == Codec(name: "opus/48000", clockRate: 48_000))
        #expect(media[0].codec(8) == Codec(name: "PCMA/8000", clockRate: 8_000))
        #expect(media[0].rtcp == Endpoint(.v4(0x0a00_0008), 4_003) && media[0].rtcpMux)
        #expect(media[0].endpoint == Endpoint(.v4(0x0a00_0007), 4_000) && media[1].endpoint == nil)
        #expect(media[4].rtcp == Endpoint(.v4(0x0a00_0007), 6_001))
        #expect(media.map(\.direction) == [.sendOnly, .sendOnly, .inactive, .sendOnly, .sendOnly])
        #expect(media[2].address?.isUnspecified == true && media[3].address?.isV6 == true)
    }

    @Test func rewriting() throws {
        let octets = try parse(offer).rewritten(
            sessionID: 5, version: 6, address: .v4(0xc000_0201),
            ports: [20_000, 20_002, 20_004, 20_006])
        let expected = """
            v=0
            o=- 5 6 IN IP4 192.0.2.1
            s=talk
            c=IN IP4 192.0.2.1
            b=AS:64
            t=0 0
            a=sendonly
            m=audio 20000 RTP/AVP 96 8 101
            i=voice
            a=rtpmap:96 opus/48000/2
            a=rtpmap:101 telephone-event/8000
            a=rtcp:20001 IN IP4 192.0.2.1
            a=rtcp-mux
            a=fmtp:96 x=1
            m=video 0 RTP/AVP 31
            m=image 20004 udptl t38
            c=IN IP4 0.0.0.0
            a=inactive
            m=message 0 TCP/MSRP *
            c=IN IP4 192.0.2.1
            m=audio 0 RTP/SAVP 0

            """
        #expect(text(octets) == text(Samples.wire(expected)))
    }

    @Test func ourFamilyAndOurAddressWin() throws {
        let plain = "v=0\no=- 1 1 IN IP4 a.b\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 0\na=rtcp:4000\n"
        let octets = try parse(plain).rewritten(
            sessionID: 1, version: 1, address: .v6(0x2001_0db8 << 32, 1), ports: [30_000])
        let answer = try SessionDescription(parsing: octets)
        #expect(answer.media[0].endpoint == Endpoint(.v6(0x2001_0db8 << 32, 1), 30_000))
        #expect(answer.media[0].rtcp?.port == 30_000)
    }

    @Test func bareLineFeedsAreRead() throws {
        #expect(try SessionDescription(parsing: Octets(offer.utf8)).media.count == 5)
    }

    @Test(arguments: [
        "", "v=1\no=- 1 1 IN IP4 a\n", "o=- 1 1 IN IP4 a\nv=0\n", "v=0\n", "v=0\no=- 1 1 IN IP4\n",
        "v=0\no=- 1 1 IN IP4 a\no=- 1 1 IN IP4 a\n", "v=0\no=- 1 1 IN IP4 a\nm=audio\n",
        "v=0\no=- 1 1 IN IP4 a\nm=audio 70000 RTP/AVP 0\n",
        "v=0\no=- 1 1 IN IP4 a\nm=audio -1 RTP/AVP 0\n",
        "v=0\no=- 1 1 IN IP4 a\nm=audio 1/x RTP/AVP 0\n",
        "v=0\no=- 1 1 IN IP4 a\nm =audio 1 RTP/AVP 0\n", "v=0\nno=- 1 1 IN IP4 a\n",
    ])
    func malformed(text: String) {
        #expect(throws: SessionDescriptionError.self) { try parse(text) }
    }

    @Test func mediaLinesAreBounded() throws {
        let head = "v=0\no=- 1 1 IN IP4 a\n"
        let line = "m=audio 1 RTP/AVP 0\n"
        let most = String(repeating: line, count: Limits.mediaDescriptions)
        #expect(try parse(head + most).media.count == Limits.mediaDescriptions)
        #expect(throws: SessionDescriptionError(kind: .tooManyMedia, reason: "too many m-lines")) {
            try parse(head + most + line)
        }
    }

    @Test func rewritingTwiceChangesNothing() throws {
        let ports: [UInt16?] = [20_000, 20_002, 20_004, nil, 20_008]
        let once = try parse(offer).rewritten(
            sessionID: 5, version: 6, address: .v4(9), ports: ports)
        let twice = try SessionDescription(parsing: once).rewritten(
            sessionID: 5, version: 6, address: .v4(9), ports: ports)
        #expect(once == twice)
    }
}
