import Domain
import Testing

/// Calls that are told by their source, and sources that are told to stop.
@Suite struct SourceTests {
    private let uri = "sip:123@acme.trunk.example.net"
    private let one = "00000000-0000-4000-8000-000000000001"
    private let two = "00000000-0000-4000-8000-000000000002"

    private func draft(
        _ label: String, _ networks: [String], bare: Bool = true, customer: String? = nil
    ) -> TrunkDraft {
        TrunkDraft(
            customerID: customer, name: label, domainName: label, authTypes: ["ip"],
            allowedIPs: networks, allowsBareAddress: bare)
    }

    private func endpoint(_ text: String) throws -> Endpoint {
        Endpoint(try #require(IPAddress(text)), 5060)
    }

    @Test(arguments: [
        ("192.0.2.1", "ip"), ("192.0.2.200", "challenge"), ("2001:db8::9", "ip"),
        ("::ffff:192.0.2.1", "ip"), ("2001:db9::9", "challenge"),
    ])
    func aListedSourceNeedsNoChallenge(_ source: String, _ word: String) throws {
        var bench = Bench()
        try bench.trunk(draft("acme", ["192.0.2.0/25", "2001:db8::/32"], bare: false))
        bench.source = try endpoint(source)
        #expect(try bench.judge(Bench.invite(uri)).word == word)
    }

    @Test func theBareAddressIsToldByTheLongestPrefix() throws {
        var bench = Bench()
        try bench.trunk(draft("wide", ["192.0.0.0/16"]))
        let narrow = try bench.trunk(draft("narrow", ["192.0.2.0/28"]))
        guard
            case .authorised(let trunk, .ip, _, _, _, _) = try bench.judge(
                Bench.invite("sip:123@203.0.113.9"), bare: true)
        else {
            Issue.record("not authorised")
            return
        }
        #expect(trunk.id == narrow.id)
    }

    @Test func equalPrefixesAreToldApartByToOrFrom() throws {
        var bench = Bench()
        try bench.trunk(draft("a", ["192.0.2.1"]))
        let b = try bench.trunk(draft("b", ["192.0.2.1"]))
        let bare = "sip:123@203.0.113.9"
        #expect(try bench.judge(Bench.invite(bare), bare: true).word == "ambiguous_source")
        for invite in [
            Bench.invite(bare, to: "sip:123@B.trunk.example.net"),
            Bench.invite("tel:+123", from: "sip:1@b.trunk.example.net", to: "tel:+123"),
        ] {
            guard case .authorised(let trunk, _, _, _, _, _) = try bench.judge(invite, bare: true)
            else {
                Issue.record("not authorised")
                continue
            }
            #expect(trunk.id == b.id)
        }
    }

    @Test func theBareAddressIsClosedToOthers() throws {
        var bench = Bench()
        try bench.trunk(draft("acme", ["192.0.2.1"], bare: false))
        let verdict = try bench.judge(Bench.invite("sip:123@203.0.113.9"), bare: true)
        #expect(verdict.word == "unknown_source")
    }

    @Test func aDeletedTrunksSourcesAreForgotten() throws {
        var bench = Bench()
        let trunk = try bench.trunk(draft("acme", ["192.0.2.1"]))
        try bench.carryOut(.deleteTrunk(trunk.id))
        #expect(bench.directory.trunks(listing: bench.source.address).isEmpty)
        #expect(try bench.judge(Bench.invite(uri)).word == "challenge")
        #expect(
            try bench.judge(Bench.invite("sip:1@203.0.113.9"), bare: true).word == "unknown_source")
    }

    @Test func bareRangesOfTwoCustomersMayNotOverlap() throws {
        var bench = Bench()
        try bench.trunk(draft("a", ["192.0.2.0/24", "2001:db8:1::/48"], customer: one))
        for network in ["192.0.0.0/16", "192.0.2.7", "2001:db8:1:2::/64"] {
            #expect {
                try bench.carryOut(.createTrunk(draft("b", [network], customer: two)))
            } throws: {
                ($0 as? ProvisioningError)?.reason == "source_taken"
            }
        }
        // The same customer's may, and so may ranges that do not take bare-address calls.
        try bench.trunk(draft("c", ["192.0.2.7"], customer: one))
        try bench.trunk(draft("d", ["192.0.2.7"], bare: false, customer: two))
        try bench.trunk(draft("e", ["192.0.3.0/24"], customer: two))
    }

    @Test(arguments: ["192.0.0.0/15", "2001:db8::/47", "0.0.0.0/0"])
    func wideRangesMayNotUseTheBareAddress(_ network: String) throws {
        var bench = Bench()
        #expect {
            try bench.carryOut(.createTrunk(draft("a", [network])))
        } throws: {
            ($0 as? ProvisioningError)?.field == "allowed_ips"
        }
        try bench.trunk(draft("a", [network], bare: false))
    }

    // MARK: Lock-out

    private func guess(_ bench: inout Bench, username: String = "acme") throws -> String {
        var phone = Phone()
        phone.username = username
        phone.password = "guess"
        let challenge = try bench.judge(Bench.invite(uri))
        guard case .challenge = challenge else { return challenge.word }
        phone.nonce = try bench.nonce()
        return try bench.judge(Bench.invite(uri, headers: [phone.header])).word
    }

    @Test func guessingLocksTheSourceAndNobodyElse() throws {
        var bench = Bench()
        try bench.basic()
        for index in 0..<Limits.failuresBeforeLockout {
            #expect(try guess(&bench, username: "user\(index)") == "unknown_username")
        }
        #expect(try guess(&bench) == "locked_out")
        #expect(try bench.judge(Bench.invite(uri)).visible == "403 Forbidden")
        let locked = bench.source
        bench.source = try endpoint("198.51.100.1")
        #expect(try guess(&bench) == "wrong_password")
        bench.source = locked
        bench.seconds += Limits.lockout.components.seconds
        #expect(try guess(&bench) == "wrong_password")
    }

    @Test func onePBXWithAnOldPasswordLocksItselfAlone() throws {
        var bench = Bench()
        try bench.basic()
        for _ in 0..<Limits.failuresPerCredential {
            #expect(try guess(&bench) == "wrong_password")
        }
        for _ in 0..<Limits.failuresBeforeLockout { #expect(try guess(&bench) == "locked_out") }
        #expect(try guess(&bench, username: "other") == "unknown_username")
    }

    @Test func anIPv6SourceIsItsSubnet() throws {
        var bench = Bench()
        try bench.basic()
        for index in 0..<Limits.failuresBeforeLockout {
            bench.source = try endpoint("2001:db8::\(String(index + 1, radix: 16))")
            #expect(try guess(&bench, username: "user\(index)") == "unknown_username")
        }
        bench.source = try endpoint("2001:db8::ffff")
        #expect(try guess(&bench) == "locked_out")
        bench.source = try endpoint("2001:db8:0:1::1")
        #expect(try guess(&bench) == "wrong_password")
    }

    @Test func theMemoryOfSourcesIsBounded() throws {
        var bench = Bench()
        try bench.basic()
        for index in 0..<UInt32(2 * Limits.rememberedSources) where index % 64 == 0 {
            bench.source = Endpoint(.v4(0x0a00_0000 + index), 5060)
            #expect(try guess(&bench) == "wrong_password")
        }
    }
}
