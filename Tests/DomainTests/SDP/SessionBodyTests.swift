import Domain
import Testing

/// Descriptions in messages, and the secrets in both.
struct SessionBodyTests {
    private let description = "v=0\no=- 1 1 IN IP4 10.0.0.7\ns=-\nt=0 0\n"

    private func message(type: String, body: String) throws -> Message {
        try Message(
            parsing: Samples.request(extra: type.isEmpty ? "" : "Content-Type: \(type)\n")
                + Samples.wire(body))
    }

    private func found(_ message: Message) -> String? {
        SessionBody.find(in: message).flatMap { text(message.bytes[$0]) }
    }

    @Test func wholeBody() throws {
        for type in ["application/sdp", "Application/SDP; charset=x", ""] {
            let message = try message(type: type, body: description)
            #expect(found(message) == text(Samples.wire(description)))
        }
        #expect(found(try message(type: "application/sdp", body: "")) == nil)
        #expect(found(try message(type: "text/plain", body: description)) == nil)
        let packed = "application/sdp\nContent-Encoding: gzip"
        #expect(found(try message(type: packed, body: description)) == nil)
    }

    private var mixed: String {
        """
        preamble
        --a b
        Content-Type: application/isup;version=x

        binary --a b
        --a b
        Content-Type: multipart/alternative; boundary=inner

        --inner
        c: application/sdp
        Content-Disposition: session

        \(description)
        --inner--

        --a b--
        epilogue
        """
    }

    @Test func partsWithinParts() throws {
        let message = try message(type: "multipart/mixed ; boundary=\"a b\"", body: mixed)
        #expect(found(message) == text(Samples.wire(description)))
        let range = try #require(SessionBody.find(in: message))
        let (type, body) = SessionBody.replacing(range, with: Octets("NEW\r\n".utf8), in: message)
        #expect(text(type) == "multipart/mixed ; boundary=\"a b\"")
        let expected = Samples.wire(mixed.replacing(description, with: "NEW\n"))
        #expect(text(body) == text(expected))
    }

    @Test func brokenMultipartsHaveNone() throws {
        for type in [
            "multipart/mixed", "multipart/mixed;boundary=\"\"", "multipart/mixed;boundary=other",
        ] {
            #expect(found(try message(type: type, body: mixed)) == nil)
        }
    }

    @Test func replacingTheWholeBody() throws {
        let message = try message(type: "", body: description)
        let range = try #require(SessionBody.find(in: message))
        let (type, body) = SessionBody.replacing(range, with: [65], in: message)
        #expect(text(type) == "application/sdp" && body == [65])
    }

    @Test func secrets() throws {
        let message = try Message(parsing: Samples.wire(Samples.invite))
        let spans = SessionBody.secretSpans(in: message).map {
            text(message.bytes[Int($0.offset)..<Int($0.offset + $0.length)])
        }
        #expect(spans == ["0123456789abcdef", "c2VjcmV0", "b3RoZXI="])
    }

    @Test func secretsInOddForms() throws {
        let extra =
            "Authorization: Basic dTpw\nProxy-Authorization: digest\n RESPONSE = abc ,qop=auth\n"
        let bytes =
            Samples.request(extra: extra)
            + Samples.wire("k=clear:pass\nk=prompt\nA=CRYPTO:1 x inline:q\n")
        let message = try Message(parsing: bytes)
        let spans = SessionBody.secretSpans(in: message).map {
            text(message.bytes[Int($0.offset)..<Int($0.offset + $0.length)])
        }
        #expect(spans == ["dTpw", "abc", "pass", "q"])
    }
}
