// Session descriptions as different makes write them, with one to eight codecs.

import Domain

/// How one make describes a session.
struct SessionStyle: Sendable {
    /// The first word of o=, and s=.
    let user: String
    let name: String
    /// Codecs with static numbers go without a=rtpmap.
    let isPlain: Bool
    let hasRTCP: Bool

    /// Static and usual dynamic payload types.
    private static let codecs: [(number: Int, map: String, format: String)] = [
        (8, "PCMA/8000", ""), (0, "PCMU/8000", ""), (9, "G722/8000", ""),
        (18, "G729/8000", "annexb=no"),
        (96, "opus/48000/2", "useinbandfec=1;maxaveragebitrate=30000"),
        (3, "GSM/8000", ""), (97, "iLBC/8000", "mode=30"),
        (112, "AMR-WB/16000", "mode-change-capability=2"),
    ]
    private static let events = (number: 101, map: "telephone-event/8000", format: "0-16")

    /// An offer of the first `count` codecs from a rotation of the list, so that offers differ.
    func offer(
        _ host: String, codecs count: Int, rotated by: Int, using random: inout SplitMix
    ) -> String {
        let all = Self.codecs
        return text(host, (0..<count).map { all[($0 + by) % all.count] }, using: &random)
    }

    /// An answer with one codec of the offer.
    func answer(_ host: String, to offer: String, using random: inout SplitMix) -> String {
        let offered = offer.split(separator: "\r\n").first { $0.hasPrefix("m=audio") } ?? ""
        let numbers = offered.split(separator: " ").dropFirst(3).compactMap { Int($0) }
        let known = Self.codecs.first { numbers.contains($0.number) } ?? Self.codecs[0]
        return text(host, [known], using: &random)
    }

    private func text(
        _ host: String, _ codecs: [(number: Int, map: String, format: String)],
        using random: inout SplitMix
    ) -> String {
        let port = 2 * Int.random(in: 5_000...32_000, using: &random)
        let id = random.next() >> 32
        let all = codecs + [Self.events]
        var lines = [
            "v=0", "o=\(user) \(id) \(id + 1) IN IP4 \(host)", "s=\(name)", "c=IN IP4 \(host)",
            "t=0 0", "m=audio \(port) RTP/AVP " + all.map { "\($0.number)" }.joined(separator: " "),
        ]
        for codec in all {
            if !isPlain || codec.number > 34 {
                lines.append("a=rtpmap:\(codec.number) \(codec.map)")
            }
            if !codec.format.isEmpty { lines.append("a=fmtp:\(codec.number) \(codec.format)") }
        }
        lines.append("a=ptime:20")
        if hasRTCP { lines.append("a=rtcp:\(port + 1) IN IP4 \(host)") }
        if !isPlain { lines.append("a=sendrecv") }
        return lines.joined(separator: "\r\n") + "\r\n"
    }
}
