// Says whose a call is, and refuses the rest without telling anyone which names exist: an unlisted
// source gets the same challenge for every name and the same refusal for every wrong answer.

/// What becomes of an INVITE.
package enum Verdict: Sendable {
    case authorised(
        Trunk, method: AuthTypes, username: Octets, algorithm: DigestAlgorithm?, nonce: Octets,
        nonceCount: UInt32)
    /// 407 with one Proxy-Authenticate for each header value. The trunk is for the records alone.
    case challenge(trunk: Trunk?, headers: [Octets], stale: Bool)
    /// The reason and the trunk are for the records; status and phrase are what is answered.
    case refuse(
        RefusalReason, status: UInt16, phrase: String, trunk: Trunk?, username: Octets)
}

/// Authentication of calls by source address and by digest, with the memory that this needs: counts
/// of the nonces in use, and recent failures.
package struct Authenticator: Sendable {
    private let domain: TrunkDomain
    private let hashes: Hashes
    private let mint: NonceMint
    private var counts = NonceCounts()
    private var lockout = Lockout()
    /// Stands for both when a call of the past is judged again.
    private let recollection: Recollection?

    /// The key makes nonces valid across restarts; 32 random bytes that never leave the machine.
    package init(nonceKey: Octets, hashes: Hashes, baseDomain: String) {
        domain = TrunkDomain(base: baseDomain)
        self.hashes = hashes
        mint = NonceMint(key: nonceKey, hashes: hashes)
        recollection = nil
    }

    /// Judges one call of the past again, with what is known of the memory of then.
    init(recalling recollection: Recollection, hashes: Hashes, baseDomain: String) {
        domain = TrunkDomain(base: baseDomain)
        self.hashes = hashes
        mint = NonceMint(key: [], hashes: hashes)
        self.recollection = recollection
    }

    /// What a verdict of the past tells of nonces and failures, which are not recorded themselves.
    struct Recollection {
        /// The nonce of the credentials was fresh, and had not been used.
        var isNonceGood: Bool
        var isLocked: Bool
    }

    /// Judges an INVITE that begins a call. `isBareAddress` says that its request-URI is a tel URI or
    /// names one of the gateway's own addresses. Never to be asked about ACK, CANCEL or a dialog.
    package mutating func authenticate(
        _ request: Message, from source: Endpoint, isBareAddress: Bool, directory: Directory,
        now: Moment, using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        if isBareAddress { return bare(request, source.address, directory) }
        guard let host = URI(parsing: request.requestURI)?.host,
            let label = domain.label(of: host)
        else { return Self.refusal(.foreignDomain, status: 404) }
        let trunk = directory.trunk(named: label)
        if let trunk, trunk.authTypes.contains(.ip),
            trunk.allowedNetworks.contains(where: { $0.contains(source.address) })
        {
            return listed(request, trunk, directory)
        }
        if recollection?.isLocked ?? lockout.isLocked(source.address, at: now.instant) {
            return Self.refusal(.lockedOut, trunk: trunk)
        }
        let realm = domain.name(of: label)
        guard let candidates = Self.credentials(request, realm: realm) else {
            return Self.refusal(.badCredential, trunk: trunk)
        }
        let offered = trunk.map(Self.offered) ?? DigestAlgorithm.offered
        guard
            let credentials = candidates.first(where: {
                $0.algorithm.map(offered.contains) ?? false
            }) ?? candidates.first
        else {
            return challenge(trunk, realm, offered, stale: false, now.wall, using: &generator)
        }
        let attempt = Attempt(
            request: request, source: source.address, label: label, realm: realm, trunk: trunk,
            offered: offered, credentials: credentials)
        return answer(attempt, directory, now, using: &generator)
    }

    /// Remembers the nonce of a call that was authorised before a restart, so that it cannot be used
    /// again.
    package mutating func recall(_ nonce: Octets, count: UInt32, label: String) {
        guard let nonce = mint.read(nonce, realm: domain.name(of: label)) else { return }
        counts.use(nonce, count: count)
    }
}

// MARK: Source address

extension Authenticator {
    /// A call to the gateway's own address belongs to the trunk that lists the source most narrowly.
    private func bare(
        _ request: Message, _ source: IPAddress, _ directory: Directory
    ) -> Verdict {
        let trunks = directory.bareTrunks(listing: source)
        if trunks.count == 1 { return listed(request, trunks[0], directory) }
        guard !trunks.isEmpty else { return Self.refusal(.unknownSource) }
        let named = [request.to, request.from].compactMap { label($0) }
        let matches = named.compactMap { name in trunks.first { $0.domainName == name } }
        guard let trunk = matches.first else {
            return Self.refusal(.ambiguousSource)
        }
        return listed(request, trunk, directory)
    }

    private func listed(_ request: Message, _ trunk: Trunk, _ directory: Directory) -> Verdict {
        if isForeign(request, trunk, directory) { return Self.refusal(.foreignFrom, trunk: trunk) }
        return .authorised(
            trunk, method: .ip, username: [], algorithm: nil, nonce: [], nonceCount: 0)
    }

    /// Whether From claims to be another trunk of ours; any other host may stand there.
    private func isForeign(_ request: Message, _ trunk: Trunk, _ directory: Directory) -> Bool {
        guard let label = label(request.from), label != trunk.domainName else { return false }
        return directory.trunk(named: label) != nil
    }

    private func label(_ party: NameAddress) -> String? {
        URI(parsing: party.uri).flatMap { domain.label(of: $0.host) }
    }
}

// MARK: Digest

extension Authenticator {
    /// One answer to a challenge, and all that it is judged by.
    private struct Attempt {
        let request: Message
        let source: IPAddress
        let label: String
        let realm: String
        let trunk: Trunk?
        let offered: [DigestAlgorithm]
        let credentials: DigestCredentials
    }

    private mutating func answer(
        _ attempt: Attempt, _ directory: Directory, _ now: Moment,
        using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        let credentials = attempt.credentials
        let username = credentials.username
        if lockout.isLocked(
            attempt.source, label: attempt.label, username: username, at: now.instant)
        {
            return Self.refusal(.lockedOut, trunk: attempt.trunk, username: username)
        }
        // A request without qop has no count: its nonce is good for one call.
        let count = credentials.qop == nil ? 1 : credentials.nonceCount ?? 0
        guard let nonce = usableNonce(attempt, count: count, now.wall) else {
            return challenge(
                attempt.trunk, attempt.realm, attempt.offered, stale: true, now.wall,
                using: &generator)
        }
        if let reason = fault(attempt, directory) {
            lockout.fail(
                attempt.source, label: attempt.label, username: username, at: now.instant)
            return Self.refusal(reason, trunk: attempt.trunk, username: username)
        }
        // Without a fault there is a trunk: an unknown one is a fault.
        guard let trunk = attempt.trunk else { return Self.refusal(.unknownDomain) }
        counts.use(nonce, count: count)
        lockout.succeed(attempt.source, label: attempt.label, username: username)
        if isForeign(attempt.request, trunk, directory) {
            return Self.refusal(.foreignFrom, trunk: trunk, username: username)
        }
        return .authorised(
            trunk, method: .basic, username: username, algorithm: credentials.algorithm,
            nonce: credentials.nonce, nonceCount: credentials.qop == nil ? 0 : count)
    }

    /// The nonce of an answer; nil unless it is ours, fresh, and not used so often before.
    private func usableNonce(
        _ attempt: Attempt, count: UInt32, _ now: WallTime
    ) -> NonceMint.Stamp? {
        if let recollection {
            return recollection.isNonceGood ? NonceMint.Stamp(seconds: 0, random: 0) : nil
        }
        guard let nonce = mint.read(attempt.credentials.nonce, realm: attempt.realm),
            mint.isFresh(nonce, at: now), counts.accepts(nonce, count: count)
        else { return nil }
        return nonce
    }

    /// What is wrong with an answer; nil if nothing is. The digest is calculated in every case, over
    /// a dummy where there is no such user, so that the time tells nobody which names exist.
    private func fault(_ attempt: Attempt, _ directory: Directory) -> RefusalReason? {
        let credentials = attempt.credentials
        let algorithm = credentials.algorithm ?? .md5
        let credential =
            attempt.trunk?.authTypes.contains(.basic) == true ? attempt.trunk?.credential : nil
        let known = credential?.ha1(algorithm, for: credentials.username)
        let expected = DigestResponse.compute(
            algorithm, ha1: known ?? Octets(repeating: 0, count: algorithm.digestBytes),
            method: attempt.request.method.octets, credentials: credentials, hashes: hashes)
        let isRight = DigestResponse.isEqual(expected, credentials.response ?? [])
        guard let trunk = attempt.trunk else {
            let isDeleted = directory.deletedTrunk(named: attempt.label) != nil
            return isDeleted ? .deletedTrunk : .unknownDomain
        }
        if credential == nil { return .methodDisabled }
        if known == nil { return .unknownUsername }
        guard credentials.names(attempt.request.requestURI), credentials.hasOfferedQop,
            credentials.qop != nil || trunk.allowsLegacyDigest,
            let used = credentials.algorithm, attempt.offered.contains(used)
        else { return .badCredential }
        return isRight ? nil : .wrongPassword
    }

    /// The credentials meant for us: those for other realms are for other proxies (RFC 3261 §22.3).
    /// Nil if there are only some that cannot be read.
    private static func credentials(_ request: Message, realm: String) -> [DigestCredentials]? {
        let values = request.headers(.proxyAuthorization).prefix(Limits.credentialsPerRequest)
        let read = values.compactMap { DigestCredentials(parsing: $0) }
        if read.isEmpty, !values.isEmpty { return nil }
        return read.filter { $0.realm[...].equalsIgnoringCase(realm.utf8) }
    }

    /// What a trunk's challenge offers. One without digest looks like one that does not exist.
    private static func offered(_ trunk: Trunk) -> [DigestAlgorithm] {
        trunk.authTypes.contains(.basic) ? trunk.digestAlgorithms : DigestAlgorithm.offered
    }

    private func challenge(
        _ trunk: Trunk?, _ realm: String, _ algorithms: [DigestAlgorithm], stale: Bool,
        _ now: WallTime, using generator: inout some RandomNumberGenerator
    ) -> Verdict {
        let nonce = mint.make(realm: realm, at: now, using: &generator)
        let headers = algorithms.map { algorithm in
            Octets("Digest realm=\"\(realm)\", nonce=\"".utf8) + nonce
                + Octets(
                    "\", algorithm=\(algorithm.name), qop=\"auth\"\(stale ? ", stale=true" : "")"
                        .utf8)
        }
        return .challenge(trunk: trunk, headers: headers, stale: stale)
    }

    /// Every refusal looks alike; only a name that is not ours at all is told so.
    private static func refusal(
        _ reason: RefusalReason, status: UInt16 = 403, trunk: Trunk? = nil, username: Octets = []
    ) -> Verdict {
        .refuse(
            reason, status: status, phrase: status == 404 ? "Not Found" : "Forbidden",
            trunk: trunk, username: username)
    }
}
