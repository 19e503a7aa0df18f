// A request of a simulated user agent, as text: nothing of the gateway's writer is in it.

import Domain

/// A request, in a dialog or not.
struct Request {
    var method: String
    var uri: String
    var from: String
    var to: String
    var callID: String
    var cseq: Int
    var branch: String
    var headers: [String] = []
    var body = ""

    func octets(of agent: Agent) -> Octets {
        var lines = [
            "\(method) \(uri) SIP/2.0", "Via: SIP/2.0/UDP \(agent.endpoint);branch=\(branch);rport",
            "From: \(from)", "To: \(to)", "Call-ID: \(callID)", "CSeq: \(cseq) \(method)",
            "Contact: \(agent.contact)", "Max-Forwards: 70",
        ]
        lines += headers
        if !body.isEmpty { lines.append("Content-Type: application/sdp") }
        lines += ["Content-Length: \(body.utf8.count)", "", body]
        return Octets(lines.joined(separator: "\r\n").utf8)
    }

    /// The CANCEL of an INVITE: of the same transaction.
    var cancel: Request {
        var cancel = self
        cancel.method = "CANCEL"
        cancel.headers = []
        cancel.body = ""
        return cancel
    }

    /// The ACK to a final response that is no 2xx: of the same transaction, too.
    func refusalACK(_ response: Message, _ agent: Agent) -> Octets {
        var ack = cancel
        ack.method = "ACK"
        ack.to = response.text(.to)
        return ack.octets(of: agent)
    }
}

extension Message {
    func text(_ name: HeaderName) -> String { String(decoding: header(name) ?? [], as: UTF8.self) }

    var callIDText: String { String(decoding: callID, as: UTF8.self) }
}

/// Session descriptions of several kinds.
enum Sketch: CaseIterable {
    case audio, audioAndVideo, held, secured, sharedPort, broken, none

    func text(_ address: IPAddress, version: Int = 1) -> String {
        let head =
            "v=0\r\no=- 7 \(version) IN IP4 \(address)\r\ns=-\r\nc=IN IP4 \(address)\r\nt=0 0\r\n"
        let audio = "m=audio 4000 RTP/AVP 0 8\r\na=rtpmap:0 PCMU/8000\r\n"
        switch self {
        case .audio: return head + audio
        case .audioAndVideo:
            return head + audio + "m=video 4002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        case .held: return head + audio + "a=sendonly\r\n"
        case .secured:
            return head + "m=audio 4000 RTP/SAVP 0\r\n"
                + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj\r\n"
        case .sharedPort: return head + audio + "a=rtcp-mux\r\n"
        case .broken: return "v=0\r\nm=audio\r\n"
        case .none: return ""
        }
    }

    /// What the ACK carries: the answer, when the offer was left to the other side.
    func answer(_ address: IPAddress) -> String {
        self == .none ? Sketch.audio.text(address) : ""
    }
}
