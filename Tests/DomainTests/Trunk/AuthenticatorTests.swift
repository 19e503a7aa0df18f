import Domain
import Testing

@Suite struct AuthenticatorTests {
    private let uri = "sip:123@acme.trunk.example.net"

    /// Gets a challenge and answers it with a phone bent in some way.
    private func call(
        _ bench: inout Bench, uri: String? = nil, from: String = "sip:1000@10.0.0.9",
        _ bend: (inout Phone) -> Void = { _ in }
    ) throws -> Verdict {
        var phone = Phone()
        phone.nonce = try bench.nonce(self.uri)
        bend(&phone)
        return try bench.judge(
            Bench.invite(uri ?? self.uri, from: from, headers: [phone.header]))
    }

    @Test func anAnswerToTheChallengeIsAuthorised() throws {
        var bench = Bench()
        let trunk = try bench.basic()
        let verdict = try call(&bench)
        guard
            case .authorised(let found, let method, let username, let algorithm, _, let count) =
                verdict
        else {
            Issue.record("refused: \(verdict.word)")
            return
        }
        #expect(found == trunk && method == .basic && count == 1)
        #expect(username == Octets("acme".utf8) && algorithm == .md5)
    }

    @Test(arguments: ["MD5", "SHA-256", "SHA-512-256"])
    func everyAlgorithmWorks(_ name: String) throws {
        var bench = Bench()
        try bench.basic(algorithms: ["SHA-256", "MD5", "SHA-512-256"])
        #expect(try call(&bench) { $0.algorithm = name }.word == "basic")
    }

    @Test func challengesComeInTheTrunksOrder() throws {
        var bench = Bench()
        try bench.basic(algorithms: ["SHA-256", "MD5"])
        let shape = try bench.judge(Bench.invite(uri)).visible.split(separator: "\n")
        #expect(
            shape == [
                "Digest realm=\"acme.trunk.example.net\", 48 digits\", algorithm=SHA-256, qop=\"auth\"",
                "Digest realm=\"acme.trunk.example.net\", 48 digits\", algorithm=MD5, qop=\"auth\"",
            ])
    }

    // MARK: What PBXs send

    @Test func oddSpellingsAreAccepted() throws {
        let bends: [(inout Phone) -> Void] = [
            { $0.isQuoted = true },
            { $0.isUpperCase = true },
            { $0.algorithm = nil },
            { $0.algorithm = "md5" },
            { $0.username = "acme@acme.trunk.example.net" },
            { $0.uri = "sip:123@acme.trunk.example.net:5060;user=phone" },
            { $0.uri = "SIP:%3123@ACME.trunk.example.net" },
            { $0.uri = "sip:123@192.0.2.77" },
            { $0.uri = "tel:123" },
            { $0.count = "1" },
        ]
        for (index, bend) in bends.enumerated() {
            var bench = Bench()
            try bench.basic()
            #expect(try call(&bench, bend).word == "basic", "bend \(index)")
        }
    }

    @Test func theRequestURIMayDifferInCasePortAndParameters() throws {
        var bench = Bench()
        try bench.basic()
        let other = "sip:123@Acme.Trunk.Example.NET.:5060;transport=udp"
        #expect(try call(&bench, uri: other).word == "basic")
    }

    @Test func anotherUserInTheURIIsRefused() throws {
        var bench = Bench()
        try bench.basic()
        let verdict = try call(&bench) { $0.uri = "sip:999@acme.trunk.example.net" }
        #expect(verdict.word == "bad_credential")
    }

    @Test func severalHeadersAreAccepted() throws {
        var bench = Bench()
        try bench.basic()
        var good = Phone()
        good.nonce = try bench.nonce()
        var elsewhere = good
        elsewhere.realm = "proxy.example.org"
        var strong = good
        strong.algorithm = "SHA-256"
        let headers = [elsewhere.header, "Proxy-Authorization: Basic eA==", strong.header]
        let invite = Bench.invite(uri, headers: headers + [good.header])
        #expect(try bench.judge(invite).word == "basic")
    }

    @Test func credentialsForOtherProxiesAreNotForUs() throws {
        var bench = Bench()
        try bench.basic()
        #expect(try call(&bench) { $0.realm = "proxy.example.org" }.word == "challenge")
    }

    @Test func withoutQopOnlyWhereTheTrunkAllowsIt() throws {
        for allowed in [true, false] {
            var bench = Bench()
            try bench.basic(legacy: allowed)
            var phone = Phone()
            phone.qop = nil
            phone.nonce = try bench.nonce()
            let invite = Bench.invite(uri, headers: [phone.header])
            #expect(try bench.judge(invite).word == (allowed ? "basic" : "bad_credential"))
            // Without a count the nonce is good for one call.
            if allowed { #expect(try bench.judge(invite).word == "stale") }
        }
    }

    @Test(arguments: ["SHA-256", "MD5-sess", "X"])
    func algorithmsNotOfferedAreRefused(_ name: String) throws {
        var bench = Bench()
        try bench.basic()
        #expect(try call(&bench) { $0.algorithm = name }.word == "bad_credential")
    }

    // MARK: Nonces

    @Test func aRepeatedCountIsStaleAndAHigherOneIsNot() throws {
        var bench = Bench()
        try bench.basic()
        let nonce = try bench.nonce()
        for (count, word) in [
            ("00000001", "basic"), ("00000001", "stale"), ("00000002", "basic"),
            ("00000009", "basic"), ("00000003", "stale"), ("0000000A", "basic"), ("zz", "stale"),
        ] {
            var phone = Phone()
            phone.nonce = nonce
            phone.count = count
            #expect(try bench.judge(Bench.invite(uri, headers: [phone.header])).word == word)
        }
    }

    @Test func expiredForgedAndForgottenNoncesAreStaleAndNeverCount() throws {
        var bench = Bench()
        try bench.basic()
        var phone = Phone()
        phone.password = "wrong"
        phone.nonce = try bench.nonce()
        bench.seconds += Limits.nonceLifetime.components.seconds + 1
        for nonce in [phone.nonce, "", "abc", String(repeating: "0", count: 48)] {
            phone.nonce = nonce
            for _ in 0...Limits.failuresBeforeLockout {
                #expect(try bench.judge(Bench.invite(uri, headers: [phone.header])).word == "stale")
            }
        }
        #expect(try call(&bench).word == "basic")
    }

    @Test func aNonceOutlivesARestartAndItsReplayDoesNot() throws {
        var bench = Bench()
        try bench.basic()
        var phone = Phone()
        phone.nonce = try bench.nonce()
        let used = Bench.invite(uri, headers: [phone.header])
        #expect(try bench.judge(used).word == "basic")
        var unused = Phone()
        unused.nonce = try bench.nonce()

        bench.authenticator = Bench().authenticator
        bench.authenticator.recall(Octets(phone.nonce.utf8), count: 1, label: "acme")
        #expect(try bench.judge(used).word == "stale")
        #expect(try bench.judge(Bench.invite(uri, headers: [unused.header])).word == "basic")
    }

    @Test func aNonceOfOneTrunkIsWorthNothingAtAnother() throws {
        var bench = Bench()
        try bench.basic()
        try bench.basic("other")
        let nonce = try bench.nonce("sip:123@other.trunk.example.net")
        #expect(try call(&bench) { $0.nonce = nonce }.word == "stale")
    }

    // MARK: Refusals

    @Test func everyFailureHasItsReasonAndOneFace() throws {
        var bench = Bench()
        try bench.basic()
        try bench.basic("gone")
        let gone = try #require(bench.directory.trunk(named: "gone"))
        try bench.carryOut(.deleteTrunk(gone.id))
        try bench.trunk(
            TrunkDraft(
                name: "ip", domainName: "ip", authTypes: ["ip"], allowedIPs: ["198.51.100.0/24"]))
        var faces: Set<String> = []
        var shapes: Set<String> = []
        for (label, username, reason) in [
            ("acme", "acme", "wrong_password"), ("acme", "eve", "unknown_username"),
            ("gone", "acme", "deleted_trunk"), ("ip", "acme", "method_disabled"),
            ("nosuch", "acme", "unknown_domain"), ("a.b", "acme", "unknown_domain"),
        ] {
            let uri = "sip:123@\(label).trunk.example.net"
            let shape = try bench.judge(Bench.invite(uri)).visible
            shapes.insert(shape.split(separator: "realm=\"\(label).").joined())
            var phone = Phone()
            phone.username = username
            phone.password = "wrong"
            phone.realm = "\(label).trunk.example.net"
            phone.uri = uri
            phone.nonce = try bench.nonce(uri)
            let verdict = try bench.judge(Bench.invite(uri, headers: [phone.header]))
            #expect(verdict.word == reason)
            faces.insert(verdict.visible)
        }
        #expect(faces == ["403 Forbidden"])
        #expect(shapes.count == 1, "\(shapes)")
    }

    @Test(arguments: [
        "sip:123@example.net", "sip:123@acme.example.net", "sip:123@trunk.example.net",
        "sip:123@acme.trunk.example.org", "sip:123@203.0.113.9", "sip:123@xtrunk.example.net",
    ])
    func namesOutsideTheBaseDomainAreNotFound(_ uri: String) throws {
        var bench = Bench()
        try bench.basic()
        let verdict = try bench.judge(Bench.invite(uri))
        #expect(verdict.word == "foreign_domain" && verdict.visible == "404 Not Found")
    }

    @Test func fromMayNotBeAnotherTrunkOfOurs() throws {
        for (from, word) in [
            ("sip:1@other.trunk.example.net", "foreign_from"),
            ("sip:1@acme.trunk.example.net", "basic"), ("sip:1@nosuch.trunk.example.net", "basic"),
            ("sip:anonymous@anonymous.invalid", "basic"), ("tel:+1555", "basic"),
        ] {
            var bench = Bench()
            try bench.basic()
            try bench.basic("other")
            #expect(try call(&bench, from: from).word == word, "\(from)")
        }
    }

    @Test func aSwitchedPasswordHoldsForTheNextCall() throws {
        var bench = Bench()
        let trunk = try bench.basic()
        try bench.carryOut(.rotateCredential(trunk.id, username: nil, password: "new"))
        #expect(try call(&bench).word == "wrong_password")
        #expect(try call(&bench) { $0.password = "new" }.word == "basic")
    }
}
