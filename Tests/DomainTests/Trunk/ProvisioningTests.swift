import Domain
import Testing

@Suite struct ProvisioningTests {
    private func draft(_ label: String? = "acme", auth: [String] = ["basic"]) -> TrunkDraft {
        TrunkDraft(name: "Acme", domainName: label, authTypes: auth)
    }

    /// The error a command is refused with.
    private func refusal(
        _ bench: inout Bench, _ command: ProvisioningCommand
    ) -> ProvisioningError? {
        do {
            try bench.carryOut(command)
            return nil
        } catch {
            return error
        }
    }

    @Test func aMadePasswordIsShownOnceAndKeptAsHashes() throws {
        var bench = Bench()
        let decision = try bench.carryOut(.createTrunk(draft("ACME")))
        let password = try #require(decision.password)
        #expect(password.count == 24)
        let trunk = try #require(bench.directory.trunk(named: "acme"))
        #expect(trunk.version == 1 && trunk.credential?.username == "acme")
        #expect(
            trunk.credential
                == Credential(
                    username: "acme", password: password, realm: "acme.trunk.example.net",
                    hashes: ReferenceHashes.all))
        let kept = try bench.carryOut(.replaceTrunk(trunk.id, draft(nil)))
        #expect(kept.password == nil)
        #expect(bench.directory.trunk(id: trunk.id)?.credential == trunk.credential)
        #expect(bench.directory.trunk(id: trunk.id)?.version == 2)
        let rotated = try bench.carryOut(
            .rotateCredential(trunk.id, username: "bob", password: nil))
        #expect(rotated.password != nil && rotated.password != password)
        #expect(bench.directory.trunk(id: trunk.id)?.credential?.username == "bob")
    }

    @Test func credentialsAreVoidUnderAnotherBaseDomain() throws {
        var bench = Bench()
        let event = try bench.carryOut(.createTrunk(draft())).event
        #expect(bench.directory.trunkWithVoidCredential == nil)
        var moved = Directory(baseDomain: "example.org")
        moved.evolve(event)
        #expect(moved.trunkWithVoidCredential?.domainName == "acme")
    }

    @Test func aReplacementKeepsTheCustomerUnlessItNamesOne() throws {
        var bench = Bench()
        var draft = draft()
        draft.customerID = "00000000-0000-4000-8000-000000000001"
        try bench.carryOut(.createTrunk(draft))
        let trunk = try #require(bench.directory.trunk(named: "acme"))
        draft.customerID = nil
        try bench.carryOut(.replaceTrunk(trunk.id, draft))
        #expect(bench.directory.trunk(id: trunk.id)?.customer == trunk.customer)
    }

    @Test func labelsAreUniqueAmongTheLiving() throws {
        var bench = Bench()
        let first = try bench.basic()
        let refused = refusal(&bench, .createTrunk(draft("aCmE")))
        #expect(refused?.status == 409 && refused?.field == "domain_name")
        try bench.carryOut(.deleteTrunk(first.id))
        #expect(bench.directory.deletedTrunk(named: "acme")?.deleted != nil)
        #expect(refusal(&bench, .deleteTrunk(first.id))?.status == 404)
        try bench.carryOut(.createTrunk(draft()))
        #expect(bench.directory.deletedTrunk(named: "acme") == nil)
        #expect(bench.directory.trunks.count == 1)
    }

    @Test func theLabelIsImmutable() throws {
        var bench = Bench()
        let trunk = try bench.basic()
        let refused = refusal(&bench, .replaceTrunk(trunk.id, draft("other")))
        #expect(refused?.reason == "domain_name_immutable" && refused?.status == 400)
        #expect(refusal(&bench, .replaceTrunk(trunk.id, draft("Acme"))) == nil)
    }

    @Test(arguments: [
        "", "-a", "a-", "a.b", "a_b", "ä", "a b", "a.", "\"",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ])
    func whatIsNoLabel(_ label: String) {
        var bench = Bench()
        #expect(refusal(&bench, .createTrunk(draft(label)))?.field == "domain_name")
    }

    @Test func everyTrunkFieldIsChecked() {
        let bends: [(String, (inout TrunkDraft) -> Void)] = [
            ("name", { $0.name = "" }), ("name", { $0.name = "a\u{7}" }),
            ("detail", { $0.detail = String(repeating: "x", count: 5_000) }),
            ("customer_id", { $0.customerID = "7" }), ("auth_types", { $0.authTypes = [] }),
            ("auth_types", { $0.authTypes = ["basic", "token"] }),
            ("username", { $0.username = "a\"b" }), ("username", { $0.username = "a:b" }),
            ("password", { $0.password = "" }),
            ("password", { $0.password = String(repeating: "x", count: 129) }),
            ("allowed_ips", { $0.allowedIPs = ["192.0.2.1"] }),
            ("allowed_ips", { $0.authTypes = ["ip"] }),
            (
                "allowed_ips",
                {
                    $0.authTypes = ["basic", "ip"]
                    $0.allowedIPs = ["192.0.2.300"]
                }
            ),
            (
                "username",
                {
                    $0.authTypes = ["ip"]
                    $0.allowedIPs = ["192.0.2.3"]
                    $0.password = "x"
                }
            ),
            ("digest_algorithms", { $0.digestAlgorithms = [] }),
            ("digest_algorithms", { $0.digestAlgorithms = ["MD5", "md5"] }),
            ("digest_algorithms", { $0.digestAlgorithms = ["SHA-1"] }),
            ("early_media", { $0.earlyMedia = "none" }),
        ]
        for (field, bend) in bends {
            var bench = Bench()
            var draft = draft()
            bend(&draft)
            let refused = refusal(&bench, .createTrunk(draft))
            #expect(refused?.field == field && refused?.status == 400, "\(field)")
        }
    }

    @Test func carriersInUseStay() throws {
        var bench = Bench()
        try bench.carryOut(
            .createCarrier(CarrierDraft(name: "dest", host: "Gw.Example.ORG", port: 15_070)))
        let carrier = try #require(bench.directory.carrier(named: "dest"))
        #expect(carrier.host == "gw.example.org" && carrier.version == 1)
        #expect(
            refusal(&bench, .createCarrier(CarrierDraft(name: "dest", host: "192.0.2.1")))?.status
                == 409)
        try bench.carryOut(.createRoute(RouteDraft(carrier: "dest")))
        try bench.carryOut(.createRoute(RouteDraft(carrier: carrier.id.description)))
        let refused = refusal(&bench, .deleteCarrier(carrier.id))
        #expect(refused?.status == 409 && refused?.reason == "carrier_in_use")
        for route in bench.directory.routes { try bench.carryOut(.deleteRoute(route.id)) }
        try bench.carryOut(.deleteCarrier(carrier.id))
        #expect(bench.directory.carriers.isEmpty)
        #expect(refusal(&bench, .createRoute(RouteDraft(carrier: "dest")))?.field == "carrier")
    }

    @Test func everyCarrierAndRouteFieldIsChecked() {
        var bench = Bench()
        let carriers = [
            ("name", CarrierDraft(name: "", host: "192.0.2.1")),
            ("host", CarrierDraft(name: "a", host: "")),
            ("host", CarrierDraft(name: "a", host: "1.2.3")),
            ("host", CarrierDraft(name: "a", host: "0.0.0.0")),
            ("host", CarrierDraft(name: "a", host: "a b")),
            ("port", CarrierDraft(name: "a", host: "a", port: 0)),
            ("port", CarrierDraft(name: "a", host: "a", port: 65_536)),
            ("transport", CarrierDraft(name: "a", host: "a", transport: "tcp")),
        ]
        for (field, draft) in carriers {
            #expect(refusal(&bench, .createCarrier(draft))?.field == field)
        }
        let routes = [
            ("prefix", RouteDraft(prefix: "12a", echo: true)),
            ("prefix", RouteDraft(prefix: "1+", echo: true)),
            ("destination", RouteDraft()), ("destination", RouteDraft(carrier: "x", echo: true)),
            ("carrier", RouteDraft(carrier: "x")), ("uri", RouteDraft(uri: "tel:123")),
            ("uri", RouteDraft(uri: "sip:a@b>\r\nX: y")), ("uri", RouteDraft(uri: "sip:a@b?X=y")),
            ("priority", RouteDraft(echo: true, priority: -1)),
            ("weight", RouteDraft(echo: true, weight: 65_536)),
        ]
        for (field, draft) in routes {
            #expect(refusal(&bench, .createRoute(draft))?.field == field, "\(field)")
        }
    }

    /// The directory is nothing but a fold: the same events give the same answers.
    @Test func aRebuiltDirectoryAnswersAlike() throws {
        var bench = Bench()
        var events: [Event] = []
        for index in 0..<20 {
            events.append(try bench.carryOut(.createTrunk(draft("t\(index)"))).event)
        }
        for trunk in bench.directory.trunks.prefix(5) {
            events.append(try bench.carryOut(.deleteTrunk(trunk.id)).event)
        }
        var rebuilt = Directory(baseDomain: "example.net")
        for event in events { rebuilt.evolve(event) }
        #expect(rebuilt.trunks == bench.directory.trunks)
        #expect(rebuilt.trunks.count == 15)
    }
}
