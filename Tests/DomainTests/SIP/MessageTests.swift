import Domain
import Testing

/// What a message says, and what is wrong with those that say nothing.
struct MessageTests {
    @Test func everyKnownNameReadsBack() {
        for name in HeaderName.allCases {
            #expect(!name.octets.isEmpty)
            #expect(HeaderName(name.octets[...]) == name)
            #expect(
                HeaderName(
                    Octets(String(decoding: name.octets, as: UTF8.self).uppercased().utf8)[...])
                    == name)
        }
        let compact = "vftmiclksoeurbxadjny"
        #expect(compact.utf8.allSatisfy { HeaderName([$0]) != nil })
        #expect(HeaderName([UInt8(ascii: "z")]) == nil && HeaderName([]) == nil)
        #expect(HeaderName(Octets("Vi".utf8)[...]) == nil)
    }

    @Test func requestFields() throws {
        let message = try Message(parsing: Samples.wire(Samples.invite))
        #expect(message.isRequest && message.status == 0 && message.method == .invite)
        #expect(text(message.requestURI) == "sip:4930123@acme.trunk.example.com")
        #expect(message.topVia.port == 5062 && message.topVia.rport == .requested)
        #expect(message.topVia.hasMagicCookie && message.values(.via).count == 3)
        #expect(text(message.from.displayText) == "Ann \"A\" Lee" && message.to.tag == nil)
        #expect(text(message.callID) == "1234@10.0.0.7" && message.cseq == 17)
        #expect(message.maxForwards == 68 && message.has("TIMER", in: .supported))
        #expect(text(message.rawHeader("x-extra")) == "one" && message.rawHeader("x-extr") == nil)
        #expect(text(message.contentType) == "application/sdp")
        #expect(URI(parsing: message.contact?.uri ?? [])?.port == 5062)
    }

    @Test func responseFields() throws {
        let message = try Message(parsing: Samples.wire(Samples.response))
        #expect(!message.isRequest && message.status == 183 && message.cseqMethod == .invite)
        #expect(text(message.phrase) == "Session Progress, really" && message.requestURI.isEmpty)
        let bare = Samples.response.replacing("183 Session Progress, really", with: "183")
        #expect(try Message(parsing: Samples.wire(bare)).phrase.isEmpty)
    }

    @Test(arguments: [[], [13, 10, 13, 10], [0, 0, 0, 0], [10], [13, 10]] as [Octets])
    func keepAlive(bytes: Octets) {
        guard case .failure(let error) = Samples.parse(bytes) else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .keepAlive && error.status == 0 && error.answerable == nil)
    }

    @Test(arguments: [
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "", 0, 200),
        ("OPTIONS sip:a@b sip/2.0", "1 OPTIONS", "Content-Length: 0\n", 0, 200),
        ("OPTIONS tel:+4930 SIP/2.0", "1 OPTIONS", "Contact: *\n", 0, 200),
        ("OPTIONS sip:a@b SIP/3.0", "1 OPTIONS", "", 0, 505),
        ("OPTIONS sip:a@b", "1 OPTIONS", "", 0, 0),
        ("GET / HTTP/1.1", "1 GET", "", 0, 0),
        ("OPTIONS sip: SIP/2.0", "1 OPTIONS", "", 0, 400),
        ("OPTIONS sip:a@b:99999 SIP/2.0", "1 OPTIONS", "", 0, 400),
        ("OPTIONS sip:a@b@c SIP/2.0", "1 OPTIONS", "", 0, 400),
        ("OPT(IONS sip:a@b SIP/2.0", "1 OPT(IONS", "", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "4294967296 OPTIONS", "", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1", "", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "-1 OPTIONS", "", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 options", "", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "Max-Forwards: 256\n", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "Content-Length: 1\n", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "no colon\n", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "bad name: x\n", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "i: again\n", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "Contact: <sip:a@b\n", 0, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "X: y\n", 200, 400),
        ("OPTIONS sip:a@b SIP/2.0", "1 OPTIONS", "v: SIP/2.0/UDP h\n", 100, 0),
        ("ACK sip:a@b SIP/2.0", "x ACK", "", 0, 0),
    ])
    func verdicts(line: String, cseq: String, extra: String, times: Int, expected: UInt16) {
        let extra = String(repeating: extra, count: max(times, 1))
        let outcome = Samples.parse(Samples.request(line: line, cseq: cseq, extra: extra))
        switch outcome {
        case .success: #expect(expected == 200)
        case .failure(let error): #expect(error.status == expected, "\(error.phrase)")
        }
    }

    @Test(arguments: ["Via", "From", "To", "Call-ID", "CSeq"])
    func mandatoryFields(name: String) {
        guard case .failure(let error) = Samples.parse(Samples.request(without: name)) else {
            Issue.record("accepted")
            return
        }
        #expect(error.kind == .missingHeader)
        #expect(error.status == (name == "Via" ? 0 : 400))
    }

    @Test func longURIGets414() {
        let uri = "sip:" + String(repeating: "1", count: Limits.uriBytes) + "@b"
        guard
            case .failure(let error) = Samples.parse(
                Samples.request(line: "OPTIONS \(uri) SIP/2.0"))
        else {
            Issue.record("accepted")
            return
        }
        #expect(error.status == 414 && error.kind == .uriTooLong)
    }

    @Test func longTokensAreRefused() {
        let long = String(repeating: "a", count: Limits.tokenBytes + 1)
        for line in [
            "Via: SIP/2.0/UDP h;branch=\(long)", "Call-ID: \(long)", "From: <sip:a@b>;tag=\(long)",
        ] {
            let name = String(line.prefix { $0 != ":" })
            let bytes = Samples.request(extra: line + "\n", without: name)
            guard case .failure(let error) = Samples.parse(bytes) else {
                Issue.record("\(name) accepted")
                continue
            }
            #expect(error.status == 400)
        }
    }

    @Test func strayCarriageReturnIsNeverRepeated() {
        let bytes =
            Samples.request(extra: "X: a", without: "Call-ID") + Octets("\rCall-ID: 2\r\n\r\n".utf8)
        guard case .failure(let error) = Samples.parse(bytes) else {
            Issue.record("accepted")
            return
        }
        #expect(error.status == 400 && error.answerable?.callID == nil)
    }

    @Test func bodyThatBeginsWithABlankIsNoFold() throws {
        let message = try Message(
            parsing: Samples.request(extra: "Content-Length: 3\n") + [32, 33, 34, 35])
        #expect(Octets(message.body) == [32, 33, 34])
    }
}
