import Domain
import Testing

/// A generator whose numbers a test can repeat (SplitMix64).
struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}

/// A directory and an authenticator with a clock, as a caller's phone sees them.
struct Bench {
    static let secret = "s3cret"
    var directory = Directory(baseDomain: "Example.Net")
    var authenticator = Authenticator(
        nonceKey: Octets(repeating: 7, count: 32), hashes: ReferenceHashes.all,
        baseDomain: "example.net")
    var generator = Seeded(1)
    var seconds: Int64 = 1_800_000_000
    var source = Endpoint(.v4(0xc000_0201), 5060)

    var now: Moment {
        Moment(
            wall: WallTime(nanoseconds: seconds * 1_000_000_000),
            instant: Instant(nanoseconds: (seconds - 1_799_990_000) * 1_000_000_000))
    }

    /// Decides and folds.
    @discardableResult
    mutating func carryOut(
        _ command: ProvisioningCommand
    ) throws(ProvisioningError) -> ProvisioningDecision {
        let decision = try directory.decide(
            command, at: now, hashes: ReferenceHashes.all, using: &generator)
        directory.evolve(decision.event)
        return decision
    }

    @discardableResult
    mutating func trunk(_ draft: TrunkDraft) throws -> Trunk {
        try carryOut(.createTrunk(draft))
        return try #require(directory.trunk(named: (draft.domainName ?? "").lowercased()))
    }

    /// A trunk with a password.
    @discardableResult
    mutating func basic(
        _ label: String = "acme", algorithms: [String]? = nil, legacy: Bool? = nil
    ) throws -> Trunk {
        try trunk(
            TrunkDraft(
                name: label, domainName: label, authTypes: ["basic"], username: "acme",
                password: Self.secret, digestAlgorithms: algorithms, allowsLegacyDigest: legacy))
    }

    mutating func judge(_ invite: String, bare: Bool = false) throws -> Verdict {
        let message = try Message(parsing: Octets(invite.utf8))
        return authenticator.authenticate(
            message, from: source, isBareAddress: bare, directory: directory, now: now,
            using: &generator)
    }

    /// Asks for a challenge and takes its nonce.
    mutating func nonce(_ uri: String = "sip:123@acme.trunk.example.net") throws -> String {
        guard case .challenge(_, let headers, _) = try judge(Self.invite(uri)) else {
            throw Unexpected()
        }
        let text = String(decoding: headers.first ?? [], as: UTF8.self)
        let start = try #require(text.firstRange(of: "nonce=\"")).upperBound
        return String(text[start...].prefix { $0 != "\"" })
    }

    struct Unexpected: Error {}

    static func invite(
        _ uri: String, from: String = "sip:1000@10.0.0.9", to: String? = nil,
        headers: [String] = []
    ) -> String {
        let lines = [
            "INVITE \(uri) SIP/2.0", "Via: SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1",
            "From: <\(from)>;tag=a", "To: <\(to ?? uri)>", "Call-ID: a@b", "CSeq: 1 INVITE",
            "Contact: <sip:1000@10.0.0.9>", "Max-Forwards: 70",
        ]
        return (lines + headers + ["Content-Length: 0", "", ""]).joined(separator: "\r\n")
    }
}

/// What a phone puts into Proxy-Authorization; every field can be bent.
struct Phone {
    var username = "acme"
    var password = Bench.secret
    var realm = "acme.trunk.example.net"
    var uri = "sip:123@acme.trunk.example.net"
    var nonce = ""
    var count: String? = "00000001"
    var qop: String? = "auth"
    var algorithm: String? = "MD5"
    var isUpperCase = false
    var isQuoted = false

    var header: String {
        let quote = isQuoted ? "\"" : ""
        var text = "Proxy-Authorization: Digest username=\"\(username)\", realm=\"\(realm)\""
        text += ", nonce=\"\(nonce)\", uri=\"\(uri)\", response=\"\(response)\""
        if let algorithm { text += ", algorithm=\(quote)\(algorithm)\(quote)" }
        if let qop {
            text += ", qop=\(quote)\(qop)\(quote), cnonce=\"c\""
            if let count { text += ", nc=\(quote)\(count)\(quote)" }
        }
        return text
    }

    private var response: String {
        let algorithm = DigestAlgorithm(name: algorithm ?? "MD5") ?? .md5
        let hash = { (text: String) in
            String(
                decoding: Hex.encode(ReferenceHashes.all.digest(algorithm, Octets(text.utf8))),
                as: UTF8.self)
        }
        let ha1 = hash("\(username):\(realm):\(password)")
        let tail = qop.map { "\(count ?? ""):c:\($0):" } ?? ""
        let text = hash("\(ha1):\(nonce):\(tail)\(hash("INVITE:\(uri)"))")
        return isUpperCase ? text.uppercased() : text
    }
}

extension Verdict {
    /// The name of the refusal, `challenge`, `stale`, or how the call was authorised.
    var word: String {
        switch self {
        case .authorised(_, let method, _, _, _, _): method == .ip ? "ip" : "basic"
        case .challenge(_, _, let stale): stale ? "stale" : "challenge"
        case .refuse(let reason, _, _, _, _): reason.name
        }
    }

    /// What the sender can see of it, the nonce left out.
    var visible: String {
        switch self {
        case .authorised: "authorised"
        case .challenge(_, let headers, _):
            headers.map { header in
                let text = String(decoding: header, as: UTF8.self)
                let parts = text.split(separator: "nonce=\"", maxSplits: 1)
                return parts[0] + "\(parts[1].prefix { $0 != "\"" }.count) digits"
                    + parts[1].drop { $0 != "\"" }
            }.joined(separator: "\n")
        case .refuse(_, let status, let phrase, _, _): "\(status) \(phrase)"
        }
    }
}
