import Domain
import Testing

/// URIs and what surrounds them in headers.
struct URITests {
    private func parse(_ text: String) -> URI? { URI(parsing: Octets(text.utf8)) }
    private func address(_ text: String) -> NameAddress? {
        NameAddress(parsing: Octets(text.utf8)[...])
    }

    @Test func parts() throws {
        let uri = try #require(
            parse("SIPS:bob:secret@host-1.example.com:5061;transport=tcp;lr?Subject=x&y=z"))
        #expect(
            uri.isSecure && uri.isSIP && text(uri.user) == "bob" && text(uri.password) == "secret")
        #expect(text(uri.host) == "host-1.example.com" && uri.port == 5061 && uri.address == nil)
        #expect(text(uri.parameters["TRANSPORT"]) == "tcp" && uri.parameters.contains("lr"))
        #expect(uri.parameters["lr"] == nil && text(uri.headers) == "Subject=x&y=z")
        let plain = try #require(parse("sip:192.0.2.7"))
        #expect(plain.user == nil && plain.port == nil && plain.address == .v4(0xc000_0207))
        let tel = try #require(parse("tel:+49-30-1;phone-context=x"))
        #expect(
            tel.isTel && text(tel.user) == "+49-30-1"
                && text(tel.parameters["phone-context"]) == "x")
        #expect(text(parse("http://x/y")?.scheme) == "http")
    }

    @Test(arguments: [
        "", "sip", "sip:", ":a", "1sip:a", "sip:@b", "sip:a@", "sip:a@b:", "sip:a@b:0",
        "sip:a@b:65536", "sip:a@b:5x", "sip:a b@c", "sip:a@[2001:db8::1", "sip:a@[x]", "sip:a@[]",
        "sip:a@b;;x", "sip:a@b;", "sip:<a>@b", "tel:", "sip:a@b c", "sip:a@b\r\nX: y", "sip:a@b/c",
    ])
    func malformed(text: String) { #expect(parse(text) == nil) }

    @Test func unescaping() {
        let cases = [
            ("a%20b", "a b"), ("%2541", "%41"), ("%4", "%4"), ("%", "%"), ("%zz", "%zz"),
            ("x%41", "xA"), ("", ""),
        ]
        for (escaped, plain) in cases {
            #expect(text(URI.unescaped(Octets(escaped.utf8))) == plain)
        }
    }

    @Test func names() throws {
        let full = try #require(address("\"A, \\\"B\\\" <x>\"<sip:a@b;x=1>;tag = 7 ;y=\"q;r\""))
        #expect(text(full.displayText) == "A, \"B\" <x>" && text(full.uri) == "sip:a@b;x=1")
        #expect(text(full.tag) == "7" && text(full.parameters["y"]) == "\"q;r\"")
        let bare = try #require(address("sip:a@b;tag=7"))
        #expect(text(bare.uri) == "sip:a@b" && text(bare.tag) == "7" && bare.displayName.isEmpty)
        #expect(text(address("Office 2.1/3 <sip:a@b>")?.displayText) == "Office 2.1/3")
        #expect(address("<sip:a@b>;tag=")?.tag == nil)
    }

    @Test(arguments: [
        "", "a", "\"a <sip:a@b>", "\"a\" sip:a@b", "<sip:a@b", "a, b <sip:a@b>", "<sip:a@b>x",
        "<sip:a@b>;;", "<>", "< sip:a@b>", "sip:a@b?x=y", "<sip:a@b>;x=a b", "a;b <sip:a@b>",
    ])
    func malformedNames(text: String) { #expect(address(text) == nil) }

    @Test func writingNames() throws {
        let name = Octets("A \"q\" \\ \r\nX: y".utf8)
        let octets = NameAddress.octets(display: name, uri: Octets("sip:a@b".utf8), tag: [55])
        #expect(!octets.contains(13) && !octets.contains(10))
        let read = try #require(NameAddress(parsing: octets[...]))
        #expect(text(read.displayText) == "A \"q\" \\   X: y" && text(read.tag) == "7")
        #expect(text(NameAddress.octets(display: [], uri: "sip:a@b".utf8)) == "<sip:a@b>")
    }
}
