import Domain
import Testing

/// RFC 4475: what must be understood, what must be refused and with what.
@Suite(.enabled(if: TortureCorpus.isPresent, "the RFC 4475 files are not beside the package"))
struct TortureTests {
    private func bytes(_ name: String) throws -> Octets {
        try #require(TortureCorpus.read("rfc4475/raw/\(name).dat"))
    }

    private func message(_ name: String) throws -> Message { try Message(parsing: bytes(name)) }

    @Test(arguments: [
        ("badinv01", 400), ("clerr", 400), ("ncl", 400), ("scalar02", 400), ("scalarlg", 0),
        ("quotbal", 400), ("ltgtruri", 400), ("lwsruri", 400), ("lwsstart", 400), ("trws", 400),
        ("escruri", 400), ("regbadct", 400), ("badaspec", 400), ("baddn", 400), ("badvers", 505),
        ("mismatch01", 400), ("mismatch02", 400), ("bigcode", 0), ("badbranch", 400),
        ("insuf", 400), ("multi01", 400), ("mcl01", 400),
    ])
    func invalidIsRefused(name: String, status: UInt16) throws {
        guard case .failure(let error) = Samples.parse(try bytes(name)) else {
            Issue.record("\(name) was accepted")
            return
        }
        #expect(error.status == status, "\(error.phrase)")
        #expect((error.answerable == nil) == (status == 0))
    }

    @Test(arguments: [
        "wsinv", "intmeth", "esc01", "escnull", "esc02", "lwsdisp", "longreq", "dblreq", "semiuri",
        "transports", "mpart01", "unreason", "noreason", "baddate", "unkscm", "novelsc", "unksm2",
        "bext01", "invut", "regaut01", "bcast", "zeromf", "cparam01", "cparam02", "regescrt",
        "sdp01", "inv2543",
    ])
    func validIsAccepted(name: String) throws {
        let octets = try bytes(name)
        let message = try Message(parsing: octets)
        #expect(message.bytes == octets)
    }

    @Test func foldsAndBlanks() throws {
        let message = try message("wsinv")
        #expect(text(message.requestURI) == "sip:vivekg@chair-dnrc.example.com;unknownparam")
        #expect(text(message.to.uri) == "sip:vivekg@chair-dnrc.example.com")
        #expect(text(message.to.tag) == "1918181833n" && text(message.from.tag) == "98asjd8")
        #expect(text(message.from.displayText) == "J Rosenberg \\\"")
        #expect(message.maxForwards == 68 && message.cseq == 9 && message.method == .invite)
        #expect(
            text(message.topVia.host) == "192.0.2.2" && text(message.topVia.branch) == "390skdjuw")
        #expect(!message.topVia.hasMagicCookie)
        let vias = message.values(.via).map { Via(parsing: $0) }
        #expect(vias.map { text($0?.branch) } == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"])
        #expect(text(message.header(.subject))?.isEmpty == true)
        #expect(text(message.rawHeader("UnknownHeaderWithUnusualValue")) == ";;,,;;,;")
        #expect(text(message.contact?.displayText) == "Quoted string \"\"")
        #expect(text(message.contact?.parameters["q"]) == "0.33")
        let route = try #require(message.values(.route).first.flatMap { NameAddress(parsing: $0) })
        #expect(URI(parsing: route.uri)?.parameters.contains("lr") == true)
        #expect(message.body.count == 150)
    }

    @Test func anyTokenIsAMethod() throws {
        let message = try message("intmeth")
        #expect(message.method.description == "!interesting-Method0123456789_*+`.%indeed'~")
        #expect(message.to.displayText.contains(0))
        let uri = try #require(URI(parsing: message.requestURI))
        #expect(text(uri.user) == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
        #expect(text(uri.password) == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
        #expect(text(message.from.tag) == "_token~1'+`*%!-." && message.maxForwards == 255)
    }

    @Test func escapesAreUndoneOnce() throws {
        let message = try message("esc01")
        let uri = try #require(URI(parsing: message.requestURI))
        #expect(text(URI.unescaped(uri.user ?? [])) == "sips:user@example.com")
        let contact = try #require(message.contact.flatMap { URI(parsing: $0.uri) })
        #expect(text(URI.unescaped(contact.user ?? [])) == "caller")
        #expect(text(contact.parameters.all[0].name.first.map { [$0] }) == "%")
        #expect(
            text(URI.unescaped(contact.parameters.all[1].value ?? [])) == "value%41",
            "undone once, not twice")
    }

    @Test func escapeInANameIsNone() throws {
        let message = try message("esc02")
        #expect(message.method != .register && message.headers(.contact).count == 2)
        #expect(text(message.to.displayText) == "%Z%45")
    }

    @Test func escapedNULDoesNotEndAUser() throws {
        let message = try message("escnull")
        let uri = try #require(URI(parsing: message.to.uri))
        #expect(URI.unescaped(uri.user ?? []) == Octets("null-\0-null".utf8))
        #expect(message.headers(.contact).count == 2)
    }

    @Test func nameNeedsNoBlankBeforeTheBracket() throws {
        let from = try message("lwsdisp").from
        #expect(text(from.displayText) == "caller" && text(from.uri) == "sip:caller@example.com")
    }

    @Test func longValuesAndManyVias() throws {
        let message = try message("longreq")
        #expect(
            message.headers(.via).count == 34 && text(message.topVia.host) == "sip33.example.com")
        #expect(message.topVia.branch.isEmpty && message.body.count == 150)
    }

    @Test func octetsAfterTheBodyAreIgnored() throws {
        let message = try message("dblreq")
        #expect(message.body.isEmpty && message.method == .register)
    }

    @Test func semicolonBelongsToTheUser() throws {
        let uri = try #require(URI(parsing: try message("semiuri").requestURI))
        #expect(text(URI.unescaped(uri.user ?? [])) == "user;par=u@example.net")
        #expect(text(uri.host) == "example.com")
        #expect(try message("semiuri").values(.accept).count == 6)
    }

    @Test func anyTransportIsAVia() throws {
        let vias = try message("transports").values(.via)
        #expect(
            vias.map { text(Via(parsing: $0)?.transport) } == [
                "UDP", "SCTP", "TLS", "UNKNOWN", "TCP",
            ])
    }

    @Test func phrases() throws {
        #expect(try message("noreason").phrase.isEmpty && message("noreason").status == 100)
        let message = try message("unreason")
        #expect(text(message.phrase)?.hasPrefix("= 2**3 * 5**2 ") == true)
        #expect(message.status == 200 && !message.isRequest && message.cseqMethod == .invite)
    }

    @Test func binaryBodyIsFramedByLength() throws {
        #expect(try message("mpart01").body.count == 553)
        #expect(try SessionBody.find(in: message("mpart01")) == nil)
    }

    @Test func oldMessagesNeedNoBranchOrTag() throws {
        let message = try message("inv2543")
        #expect(message.topVia.branch.isEmpty && message.from.tag == nil)
        #expect(message.maxForwards == nil && !message.body.isEmpty)
    }

    @Test func valuesOfTheRest() throws {
        #expect(try message("bcast").values(.via).count == 2)
        #expect(try message("zeromf").maxForwards == 0)
        #expect(try message("bext01").values(.require).count == 2)
        #expect(try message("bext01").has("NOTHINGSUPPORTSTHIS", in: .require))
        #expect(URI(parsing: try message("unkscm").requestURI)?.isSIP == false)
        #expect(text(URI(parsing: try message("novelsc").requestURI)?.scheme) == "soap.beep")
        let outside = try #require(try message("cparam01").contact)
        #expect(outside.parameters.contains("unknownparam"))
        let inside = try #require(try message("cparam02").contact.flatMap { URI(parsing: $0.uri) })
        #expect(inside.parameters.contains("unknownparam"))
        let escaped = try #require(try message("regescrt").contact.flatMap { URI(parsing: $0.uri) })
        #expect(text(escaped.headers) == "Route=%3Csip:sip.example.com%3E")
    }

    @Test func refusalRepeatsWhatWasFound() throws {
        guard case .failure(let error) = Samples.parse(try bytes("insuf")) else {
            Issue.record("insuf was accepted")
            return
        }
        let answerable = try #require(error.answerable)
        var writer = MessageWriter.response(
            to: answerable, status: error.status, phrase: error.phrase, toTag: [UInt8(ascii: "t")],
            received: Endpoint(.v4(0x0a00_0001), 7))
        writer.end()
        let answer = try #require(text(writer.bytes))
        #expect(answer.hasPrefix("SIP/2.0 400 Missing CSeq\r\nVia: ") || answer.contains("CSeq: "))
        #expect(!answer.contains("\nTo:") && answer.hasSuffix("Content-Length: 0\r\n\r\n"))
    }
}
