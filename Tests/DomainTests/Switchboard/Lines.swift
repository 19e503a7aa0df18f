// The messages of the two sides of a test call.

import Domain

enum Lines {
    static func sdp(_ address: String, _ port: Int, extra: String = "") -> String {
        """
        v=0
        o=- 1 1 IN IP4 \(address)
        s=-
        c=IN IP4 \(address)
        t=0 0
        m=audio \(port) RTP/AVP 0
        a=rtpmap:0 PCMU/8000
        \(extra)
        """
    }

    static func request(
        _ method: String, cseq: Int = 1, branch: String = "z9hG4bKa", toTag: String = "",
        uri: String = "sip:100@acme.trunk.test", headers: [String] = [], body: String = ""
    ) -> String {
        let tag = toTag.isEmpty ? "" : ";tag=\(toTag)"
        return message(
            "\(method) \(uri) SIP/2.0",
            [
                "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=\(branch);rport",
                "From: \"Ann\" <sip:200@pbx.example>;tag=ann", "To: <\(uri)>\(tag)",
                "Call-ID: call-a", "CSeq: \(cseq) \(method)", "Contact: <sip:ann@10.0.0.1:5060>",
                "Max-Forwards: 70",
            ] + headers, body)
    }

    static func invite(_ body: String = sdp("10.0.0.1", 4_000), headers: [String] = []) -> String {
        request("INVITE", headers: headers, body: body)
    }

    /// What a peer answers to a message of ours.
    static func response(
        _ status: Int, _ phrase: String, to request: Message, tag: String = "bob",
        contact: String = "bob@10.0.0.2:5080", headers: [String] = [], body: String = ""
    ) -> String {
        func line(_ name: HeaderName) -> String {
            String(decoding: request.header(name) ?? [], as: UTF8.self)
        }
        let to = line(.to).contains("tag=") || status == 100 ? line(.to) : line(.to) + ";tag=\(tag)"
        return message(
            "SIP/2.0 \(status) \(phrase)",
            [
                "Via: \(line(.via))", "From: \(line(.from))", "To: \(to)",
                "Call-ID: \(line(.callID))", "CSeq: \(line(.cseq))",
                "Contact: <sip:\(contact)>",
            ] + headers, body)
    }

    /// A request of the destination in the dialog of the INVITE that it got.
    static func reverse(
        _ method: String, in invite: Message, cseq: Int = 1, tag: String = "bob",
        headers: [String] = [], body: String = ""
    ) -> String {
        func line(_ name: HeaderName) -> String {
            String(decoding: invite.header(name) ?? [], as: UTF8.self)
        }
        return message(
            "\(method) sip:10.0.0.254:5060 SIP/2.0",
            [
                "Via: SIP/2.0/UDP 10.0.0.2:5080;branch=z9hG4bKb\(method)\(cseq)",
                "From: \(line(.to));tag=\(tag)", "To: \(line(.from))",
                "Call-ID: \(line(.callID))", "CSeq: \(cseq) \(method)", "Max-Forwards: 70",
            ] + headers, body)
    }

    private static func message(_ start: String, _ headers: [String], _ body: String) -> String {
        let type = body.isEmpty ? [] : ["Content-Type: application/sdp"]
        let length = body.replacing("\n", with: "\r\n").utf8.count
        return ([start] + headers + type + ["Content-Length: \(length)", "", body])
            .joined(separator: "\n")
    }
}

extension Message {
    /// Our tag in a message to a peer: To in a response, From in a request.
    var ownTag: String { String(decoding: (isRequest ? from.tag : to.tag) ?? [], as: UTF8.self) }

    func text(_ name: HeaderName) -> String? {
        header(name).map { String(decoding: $0, as: UTF8.self) }
    }

    var bodyText: String { String(decoding: body, as: UTF8.self) }
}
