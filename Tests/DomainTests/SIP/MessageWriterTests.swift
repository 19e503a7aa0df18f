import Domain
import Testing

/// What is written can be read, and says what was meant.
struct MessageWriterTests {
    private let source = Endpoint(.v4(0xc633_6401), 40_000)

    @Test func responseRepeatsTheRequest() throws {
        let request = try Message(parsing: Samples.wire(Samples.invite))
        var writer = MessageWriter.response(
            to: request, status: 180, phrase: ReasonPhrase.of(180), toTag: Octets("tt".utf8),
            received: source)
        writer.header("Contact", "<sip:gw@192.0.2.1>")
        writer.end()
        let response = try Message(parsing: writer.bytes)
        #expect(response.status == 180 && text(response.phrase) == "Ringing")
        #expect(
            text(response.topVia.received) == "198.51.100.1"
                && response.topVia.rport == .value(40_000))
        #expect(response.values(.via).count == 3 && response.topVia.port == 5062)
        #expect(
            response.values(.via).dropFirst().map(text)
                == request.values(.via).dropFirst().map(text))
        #expect(
            text(response.to.tag) == "tt"
                && text(response.header(.from)) == text(request.header(.from)))
        #expect(response.cseq == 17 && response.callID == request.callID && response.body.isEmpty)
    }

    @Test func tagOfTheRequestStays() throws {
        let bytes = Samples.request(extra: "To: <sip:b@b>;tag=old\n", without: "To")
        var writer = MessageWriter.response(
            to: try Message(parsing: bytes), status: 200, phrase: "OK", toTag: [65],
            received: source)
        writer.end()
        #expect(text(try Message(parsing: writer.bytes).to.tag) == "old")
    }

    @Test func sourceIsWrittenWhereItDiffers() throws {
        let cases = [
            (
                "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1",
                "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1"
            ),
            (
                "SIP/2.0/UDP h:5;branch=z9hG4bK1",
                "SIP/2.0/UDP h:5;branch=z9hG4bK1;received=198.51.100.1"
            ),
            (
                "SIP/2.0/UDP 198.51.100.1;rport;branch=z9hG4bK1",
                "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1;received=198.51.100.1;rport=40000"
            ),
            (
                "SIP/2.0/UDP 198.51.100.1;received=9.9.9.9;branch=z9hG4bK1",
                "SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1"
            ),
        ]
        for (sent, returned) in cases {
            let bytes = Samples.request(extra: "Via: \(sent)\n", without: "Via")
            var writer = MessageWriter.response(
                to: try Message(parsing: bytes), status: 200, phrase: "OK", toTag: nil,
                received: source)
            writer.end()
            #expect(text(try Message(parsing: writer.bytes).header(.via)) == returned)
        }
    }

    @Test func timestampIsRepeatedInA100() throws {
        let request = try Message(parsing: Samples.request(extra: "Timestamp: 54\n"))
        for (status, expected) in [(100, "54"), (200, nil)] as [(UInt16, String?)] {
            var writer = MessageWriter.response(
                to: request, status: status, phrase: "", toTag: nil, received: source)
            writer.end()
            #expect(text(try Message(parsing: writer.bytes).header(.timestamp)) == expected)
        }
    }

    @Test func requestReadsBack() throws {
        var writer = MessageWriter()
        writer.request(.invite, "sip:1@192.0.2.9".utf8)
        writer.header(.via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1;rport")
        writer.header(.from, NameAddress.octets(display: [], uri: "sip:a@b".utf8, tag: [65]))
        writer.header(.to, NameAddress.octets(display: [], uri: "sip:1@192.0.2.9".utf8))
        writer.header("Call-ID", "x")
        writer.header("CSeq", "1 INVITE")
        writer.header("Subject", "a\r\nRoute: <sip:evil>\n\r\n")
        writer.end(body: Octets("v=0".utf8), contentType: "application/sdp")
        let message = try Message(parsing: writer.bytes)
        #expect(message.method == .invite && text(message.body) == "v=0")
        #expect(message.header(.route) == nil && text(message.contentType) == "application/sdp")
    }

    @Test func phrases() {
        #expect(ReasonPhrase.of(486) == "Busy Here" && ReasonPhrase.of(499) == "Bad Request")
        #expect(ReasonPhrase.of(699) == "Decline" && ReasonPhrase.of(0) == "Decline")
    }
}
