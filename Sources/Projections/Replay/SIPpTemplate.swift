// A message of the log as SIPp sends it again: what names the peer, the transaction and the media is
// SIPp's own, all else is as recorded.

import Domain

/// The text of one `<send>`.
struct SIPpTemplate {
    private let message: Message
    private let lane: Int
    /// Whether parts of it are masked, and of no use to anybody.
    private let isSecret: Bool
    /// The last message that was received.
    private let last: Message?
    private let branch: String

    init(_ message: Message, lane: Int, isSecret: Bool, answering last: Message?, branch: String) {
        self.message = message
        self.lane = lane
        self.isSecret = isSecret
        self.last = last
        self.branch = branch
    }

    private static let endpoint = "[local_ip]:[local_port]"
    private var isCaller: Bool { lane == Ladder.caller }
    private var tag: String {
        ";tag=[pid]\(isCaller ? "caller" : "destination")\(lane)x[call_number]"
    }

    var text: String {
        let lines = message.isRequest ? request : response
        return (lines + others + ["Content-Length: [len]", ""] + body).joined(separator: "\n")
    }

    /// The ACK to a refusal of this INVITE.
    var acknowledgement: String {
        [
            "ACK \(Self.literal(message.requestURI)) SIP/2.0", Self.via(branch),
            "From: \(Self.party(message.from))\(tag)",
            "To: \(Self.party(message.to))[peer_tag_param]", "Call-ID: [call_id]",
            "CSeq: \(message.cseq) ACK", "Max-Forwards: 70", "Content-Length: 0", "",
        ].joined(separator: "\n")
    }

    // MARK: Requests

    private var request: [String] {
        let method = String(decoding: message.method.octets, as: UTF8.self)
        let isHopByHop = branch != "[branch]"
        let isInitial = message.to.tag == nil || isHopByHop
        let uri = isInitial ? Self.literal(message.requestURI) : "[next_url]"
        let to =
            isCaller
            ? Self.party(message.to) + (message.to.tag == nil ? "" : "[peer_tag_param]") : "[$peer]"
        return [
            "\(method) \(uri) SIP/2.0", Self.via(branch),
            "From: \(Self.party(message.from))\(tag)", "To: \(to)", "Call-ID: [call_id]",
            "CSeq: \(message.cseq) \(method)",
        ]
    }

    private static func via(_ branch: String) -> String {
        "Via: SIP/2.0/[transport] \(endpoint);branch=\(branch)"
    }

    /// A From or To value without its tag.
    private static func party(_ party: NameAddress) -> String {
        let name = party.displayName.isEmpty ? "" : literal(party.displayName) + " "
        return "\(name)<\(literal(party.uri))>"
    }

    // MARK: Responses

    private var response: [String] {
        let hasOwnTag = last?.to.tag == nil && message.to.tag != nil
        // The INVITE is answered after its CANCEL, too.
        let isOfLast = last?.method == message.method
        let method = String(decoding: message.method.octets, as: UTF8.self)
        return [
            "SIP/2.0 \(message.status) \(Self.literal(message.phrase))", "[last_Via:]",
            "[last_From:]", "[last_To:]" + (hasOwnTag ? tag : ""), "[last_Call-ID:]",
            isOfLast ? "[last_CSeq:]" : "CSeq: [last_cseq_number] \(method)",
        ]
    }

    // MARK: What is as recorded

    private var others: [String] {
        var lines: [String] = []
        for (name, value) in message.fields {
            switch HeaderName(name) {
            case .via, .from, .to, .callID, .cseq, .contentLength, .route, .recordRoute: continue
            case .contact: lines.append("Contact: <sip:\(contactUser)\(Self.endpoint)>")
            case .authorization, .proxyAuthorization:
                let credentials = "[authentication\(username(in: value))]"
                if !lines.contains(credentials) { lines.append(credentials) }
            default: lines.append("\(Self.literal(name)): \(Self.literal(value))")
            }
        }
        return lines
    }

    private var contactUser: String {
        let user = message.contact.flatMap { URI(parsing: $0.uri)?.user } ?? []
        return user.isEmpty ? "" : Self.literal(user) + "@"
    }

    private func username(in value: ArraySlice<UInt8>) -> String {
        let parts = value.dropFirst("Digest".utf8.count).split(separator: UInt8(ascii: ","))
        let name = parts.lazy.map { String(decoding: $0, as: UTF8.self) }
            .first { $0.drop { $0 == " " }.hasPrefix("username=") }
        guard let name = name?.split(separator: "\"").dropFirst().first else { return "" }
        return name.allSatisfy { $0.isLetter || $0.isNumber || "-_.+".contains($0) }
            ? " username=\(name)" : ""
    }

    private var body: [String] {
        let lines = message.body.split(whereSeparator: { $0 == 0x0a || $0 == 0x0d })
        let isSession = message.contentType?.starts(with: "application/sdp".utf8) ?? false
        var media = 0
        return lines.compactMap { line in
            let text = Self.literal(line)
            return isSession ? session(text, &media) : text
        }
    }

    /// A line of a session description with SIPp's addresses. Keys are masked, so such lines are left out.
    private func session(_ line: String, _ media: inout Int) -> String? {
        if isSecret, line.hasPrefix("a=crypto:") || line.hasPrefix("k=") { return nil }
        if line.hasPrefix("a=candidate:") || line.hasPrefix("a=rtcp:") { return nil }
        if line.hasPrefix("c=") { return "c=IN IP[media_ip_type] [media_ip]" }
        var words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        if line.hasPrefix("o="), words.count == 6 {
            words[4] = "IP[local_ip_type]"
            words[5] = "[local_ip]"
        } else if line.hasPrefix("m="), words.count > 2 {
            if words[1] != "0" {
                words[1] = media == 0 ? "[media_port]" : "[media_port+\(2 * media)]"
            }
            media += 1
        }
        return words.joined(separator: " ")
    }

    /// Text that SIPp and XML take as it is: brackets begin keywords, a backslash an escape, and neither
    /// takes all characters.
    private static func literal(_ octets: some Sequence<UInt8>) -> String {
        var out = ""
        for scalar in XMLText.allowed(String(decoding: Octets(octets), as: UTF8.self))
            .unicodeScalars
        {
            switch scalar {
            case "[", "]", "\\": out += "\\x\(String(scalar.value, radix: 16))"
            case _ where scalar.isASCII: out.unicodeScalars.append(scalar)
            default: for byte in String(scalar).utf8 { out += "\\x\(String(byte, radix: 16))" }
            }
        }
        return out
    }
}
