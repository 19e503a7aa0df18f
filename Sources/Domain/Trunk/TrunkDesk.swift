// The trunk half of provisioning: labels, credentials and source lists hang together by rules of
// their own.

/// One decision about a trunk, against the directory as it stands.
struct TrunkDesk {
    let directory: Directory
    let hashes: Hashes
    let now: WallTime

    func create(
        _ draft: TrunkDraft, using generator: inout some RandomNumberGenerator
    ) throws(ProvisioningError) -> ProvisioningDecision {
        guard directory.trunksByID.count < Limits.trunks else {
            throw .full("trunk", Limits.trunks)
        }
        let label = try Field.label(draft.domainName)
        guard directory.domain.name(of: label).utf8.count <= Limits.hostBytes else {
            throw .invalid("domain_name", "Too long for a DNS name under the base domain.")
        }
        let blank = Trunk(
            id: ID(using: &generator), version: 0, customer: CustomerID(high: 0, low: 0), name: "",
            detail: "", domainName: label, authTypes: [], credential: nil, allowedNetworks: [],
            allowsBareAddress: false, digestAlgorithms: DigestAlgorithm.offered,
            allowsLegacyDigest: false, earlyMedia: .both, created: now, updated: now, deleted: nil)
        let (trunk, password) = try fill(blank, from: draft, using: &generator)
        guard directory.trunk(named: label) == nil else {
            throw ProvisioningError(
                status: 409, reason: "domain_name_taken",
                message: "Another trunk has that domain name. Choose another.",
                field: "domain_name")
        }
        return ProvisioningDecision(event: .trunkCreated(trunk), password: password)
    }

    func replace(
        _ old: Trunk, with draft: TrunkDraft, using generator: inout some RandomNumberGenerator
    ) throws(ProvisioningError) -> ProvisioningDecision {
        if let name = draft.domainName, TrunkDomain.label(name) != old.domainName {
            throw ProvisioningError(
                status: 400, reason: "domain_name_immutable",
                message: "A trunk's domain name cannot be changed. Create another trunk.",
                field: "domain_name")
        }
        let (trunk, password) = try fill(old, from: draft, using: &generator)
        return ProvisioningDecision(event: .trunkUpdated(trunk), password: password)
    }

    func delete(_ old: Trunk) -> ProvisioningDecision {
        var trunk = next(old)
        trunk.deleted = now
        return ProvisioningDecision(event: .trunkDeleted(trunk))
    }

    func rotate(
        _ old: Trunk, username: String?, password: String?,
        using generator: inout some RandomNumberGenerator
    ) throws(ProvisioningError) -> ProvisioningDecision {
        guard let name = username ?? old.credential?.username, old.authTypes.contains(.basic) else {
            throw ProvisioningError(
                status: 409, reason: "no_credential",
                message: "This trunk takes no password. Add basic to its auth_types first.")
        }
        var trunk = next(old)
        let made = password == nil ? Self.makePassword(using: &generator) : nil
        trunk.credential = Credential(
            username: try Field.username(name),
            password: try Field.password(password ?? made ?? ""),
            realm: directory.domain.name(of: old.domainName), hashes: hashes)
        return ProvisioningDecision(event: .trunkCredentialRotated(trunk), password: made)
    }

    private func next(_ old: Trunk) -> Trunk {
        var trunk = old
        trunk.version += 1
        trunk.updated = now
        return trunk
    }

    /// The next version of a trunk with the draft's fields, and a password if one had to be made.
    private func fill(
        _ old: Trunk, from draft: TrunkDraft, using generator: inout some RandomNumberGenerator
    ) throws(ProvisioningError) -> (Trunk, String?) {
        var trunk = next(old)
        if let customer = draft.customerID { trunk.customer = try Field.customer(customer) }
        trunk.name = try Field.name(draft.name)
        trunk.detail = try Field.detail(draft.detail ?? "")
        trunk.authTypes = try Field.authTypes(draft.authTypes)
        trunk.digestAlgorithms =
            if let names = draft.digestAlgorithms { try Field.algorithms(names) } else {
                DigestAlgorithm.offered
            }
        trunk.allowsLegacyDigest = draft.allowsLegacyDigest ?? false
        trunk.earlyMedia = try Field.earlyMedia(draft.earlyMedia ?? EarlyMedia.both.name)
        try fillSources(&trunk, from: draft)
        let password = try fillCredential(&trunk, from: draft, using: &generator)
        return (trunk, password)
    }

    private func fillSources(
        _ trunk: inout Trunk, from draft: TrunkDraft
    ) throws(ProvisioningError) {
        trunk.allowedNetworks = try Field.networks(draft.allowedIPs ?? [])
        trunk.allowsBareAddress = draft.allowsBareAddress ?? false
        guard trunk.authTypes.contains(.ip) else {
            guard trunk.allowedNetworks.isEmpty, !trunk.allowsBareAddress else {
                throw .invalid("allowed_ips", "Source addresses want ip among the auth_types.")
            }
            return
        }
        guard !trunk.allowedNetworks.isEmpty else {
            throw .invalid("allowed_ips", "The auth type ip wants at least one address or network.")
        }
        guard trunk.allowsBareAddress else { return }
        for network in trunk.allowedNetworks { try checkBare(network, trunk) }
    }

    /// A call to the bare address is told by its source alone, so that must name one customer.
    private func checkBare(_ network: Network, _ trunk: Trunk) throws(ProvisioningError) {
        guard BareSources.isNarrowEnough(network) else {
            throw .invalid(
                "allowed_ips",
                "With bare-address calls no network may be wider than "
                    + "/\(Limits.bareNetworkPrefixV4) (IPv4) or /\(Limits.bareNetworkPrefixV6) (IPv6)."
            )
        }
        let others = directory.bareSources.overlapping(network).filter { $0 != trunk.id }
        guard others.allSatisfy({ directory.trunk(id: $0)?.customer == trunk.customer }) else {
            throw ProvisioningError(
                status: 409, reason: "source_taken",
                message: "\(network) overlaps a network from which another customer's trunk takes "
                    + "bare-address calls.", field: "allowed_ips")
        }
    }

    private func fillCredential(
        _ trunk: inout Trunk, from draft: TrunkDraft,
        using generator: inout some RandomNumberGenerator
    ) throws(ProvisioningError) -> String? {
        guard trunk.authTypes.contains(.basic) else {
            guard draft.username == nil, draft.password == nil else {
                throw .invalid(
                    "username", "A username or password wants basic among the auth_types.")
            }
            trunk.credential = nil
            return nil
        }
        let old = trunk.credential
        // A trunk that names no user is known by its own label.
        let username = try Field.username(draft.username ?? old?.username ?? trunk.domainName)
        if draft.password == nil, old?.username == username { return nil }
        let made = draft.password == nil ? Self.makePassword(using: &generator) : nil
        trunk.credential = Credential(
            username: username, password: try Field.password(draft.password ?? made ?? ""),
            realm: directory.domain.name(of: trunk.domainName), hashes: hashes)
        return made
    }

    /// 144 random bits in the alphabet of base64url.
    private static func makePassword(using generator: inout some RandomNumberGenerator) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        let bytes = (0..<Limits.generatedPasswordCharacters).map { _ in
            alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Credential {
    /// Hashes a password for every algorithm, under the username alone and with the realm behind it.
    package init(username: String, password: String, realm: String, hashes: Hashes) {
        let both = { (algorithm: DigestAlgorithm) in
            [username, "\(username)@\(realm)"].flatMap { name in
                hashes.digest(algorithm, Octets("\(name):\(realm):\(password)".utf8))
            }
        }
        self.init(
            username: username, realm: realm, ha1MD5: both(.md5), ha1SHA256: both(.sha256),
            ha1SHA512_256: both(.sha512_256))
    }

    /// The raw HA1 for a username as it was sent; nil for a user who is not this one.
    func ha1(_ algorithm: DigestAlgorithm, for sent: Octets) -> Octets? {
        let stored =
            switch algorithm {
            case .md5: ha1MD5
            case .sha256: ha1SHA256
            case .sha512_256: ha1SHA512_256
            }
        let half = stored.count / 2
        if sent.elementsEqual(username.utf8) { return Octets(stored[..<half]) }
        let long = Octets("\(username)@\(realm)".utf8)
        return sent == long ? Octets(stored[half...]) : nil
    }
}
