import Domain

/// Messages for tests, and how to look at them.
enum Samples {
    static let invite = """
        INVITE sip:4930123@acme.trunk.example.com SIP/2.0
        Via: SIP/2.0/UDP 10.0.0.7:5062;branch=z9hG4bKabc;rport
        Via: SIP/2.0/TCP far.example.com;branch=z9hG4bKdef, SIP/2.0/TLS [2001:db8::1]:5061
        From: "Ann \\"A\\" Lee" <sip:ann@pbx.example.net>;tag=98asjd8
        To: <sip:4930123@acme.trunk.example.com>
        Call-ID: 1234@10.0.0.7
        CSeq: 17 INVITE
        Contact: <sip:ann@10.0.0.7:5062;transport=udp>
        Max-Forwards: 68
        Supported: 100rel, timer
        X-Extra: one
        Proxy-Authorization: Digest username="u", realm="r, x", response="0123456789abcdef", nc=00000001
        Content-Type: application/sdp

        v=0
        o=- 1 1 IN IP4 10.0.0.7
        s=-
        c=IN IP4 10.0.0.7
        t=0 0
        m=audio 4000 RTP/AVP 8 101
        a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20|1:4;inline:b3RoZXI=

        """

    static let response = """
        SIP/2.0 183 Session Progress, really
        Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK77
        From: <sip:a@192.0.2.1>;tag=1
        To: <sip:b@192.0.2.2>;tag=2
        Call-ID: x
        CSeq: 1 INVITE
        Content-Length: 0


        """

    /// With CRLF line ends.
    static func wire(_ text: String) -> Octets {
        Octets(text.utf8.flatMap { $0 == 10 ? [13, 10] : [$0] })
    }

    /// A request that has, besides what it must have, the given lines.
    static func request(
        line: String = "OPTIONS sip:a@b SIP/2.0", cseq: String = "1 OPTIONS", extra: String = "",
        without: String = ""
    ) -> Octets {
        let lines = [
            "Via: SIP/2.0/UDP h;branch=z9hG4bK1", "From: <sip:a@b>;tag=1", "To: <sip:b@b>",
            "Call-ID: 1", "CSeq: \(cseq)",
        ].filter { without.isEmpty || !$0.hasPrefix(without + ":") }
        return wire("\(line)\n\(lines.joined(separator: "\n"))\n\(extra)\n")
    }

    static func parse(_ bytes: Octets) -> Result<Message, MessageError> {
        do {
            return .success(try Message(parsing: bytes))
        } catch {
            return .failure(error)
        }
    }
}

/// The bytes as text, for comparing.
func text(_ bytes: (some Sequence<UInt8>)?) -> String? {
    bytes.map { String(decoding: Octets($0), as: UTF8.self) }
}

/// A generator that gives the same numbers each time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
