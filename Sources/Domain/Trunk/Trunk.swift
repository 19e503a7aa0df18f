// What a customer's trunk is: who may call through it and how they prove it.

/// One version of a trunk. A change makes the next version; the log keeps them all.
package struct Trunk: Hashable, Sendable {
    package var id: TrunkID
    /// 1 at creation, one more with each change.
    package var version: UInt32
    package var customer: CustomerID
    package var name: String
    package var detail: String
    /// The DNS label under `trunk.{base}`: lower case, unique among living trunks, never changed.
    package var domainName: String
    /// Never empty.
    package var authTypes: AuthTypes
    /// Present exactly when `authTypes` has `basic`.
    package var credential: Credential?
    /// Non-empty exactly when `authTypes` has `ip`.
    package var allowedNetworks: [Network]
    /// Whether calls to the gateway's bare address may be matched to this trunk by source.
    package var allowsBareAddress: Bool
    /// The digest algorithms offered, in the order of the challenges. Never empty.
    package var digestAlgorithms: [DigestAlgorithm]
    /// Whether a response without qop (RFC 2069 style) is accepted.
    package var allowsLegacyDigest: Bool
    /// Which directions of RTP are forwarded before the answer.
    package var earlyMedia: EarlyMedia
    package var created: WallTime
    package var updated: WallTime
    package var deleted: WallTime?

    package init(
        id: TrunkID, version: UInt32, customer: CustomerID, name: String, detail: String,
        domainName: String, authTypes: AuthTypes, credential: Credential?,
        allowedNetworks: [Network], allowsBareAddress: Bool, digestAlgorithms: [DigestAlgorithm],
        allowsLegacyDigest: Bool, earlyMedia: EarlyMedia, created: WallTime, updated: WallTime,
        deleted: WallTime?
    ) {
        self.id = id
        self.version = version
        self.customer = customer
        self.name = name
        self.detail = detail
        self.domainName = domainName
        self.authTypes = authTypes
        self.credential = credential
        self.allowedNetworks = allowedNetworks
        self.allowsBareAddress = allowsBareAddress
        self.digestAlgorithms = digestAlgorithms
        self.allowsLegacyDigest = allowsLegacyDigest
        self.earlyMedia = earlyMedia
        self.created = created
        self.updated = updated
        self.deleted = deleted
    }
}

/// How a caller may prove that the trunk is theirs: any one of the set suffices.
package struct AuthTypes: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }
    /// SIP digest, RFC 3261 §22 with RFC 8760.
    package static let basic = AuthTypes(rawValue: 1)
    /// The source address is on the trunk's list.
    package static let ip = AuthTypes(rawValue: 2)
}

/// RTP forwarded before the answer: both ways, or only towards the caller.
package enum EarlyMedia: UInt8, CaseIterable, Sendable {
    case both = 1
    case toCaller = 2
}

/// RFC 8760's algorithms. The raw value is stored.
package enum DigestAlgorithm: UInt8, CaseIterable, Sendable {
    case md5 = 1
    case sha256 = 2
    case sha512_256 = 3
}

/// A username and what is kept of its password: H(username:realm:password) for every algorithm.
package struct Credential: Hashable, Sendable {
    package var username: String
    /// The realm the hashes were made for; a credential is void under another.
    package var realm: String
    /// Two raw digests one after the other, 16, 32 and 32 bytes each: for `username`, and for
    /// `username@realm`, which some PBXs send. Secret: equal in power to the password.
    package var ha1MD5: Octets
    package var ha1SHA256: Octets
    package var ha1SHA512_256: Octets

    package init(
        username: String, realm: String, ha1MD5: Octets, ha1SHA256: Octets, ha1SHA512_256: Octets
    ) {
        self.username = username
        self.realm = realm
        self.ha1MD5 = ha1MD5
        self.ha1SHA256 = ha1SHA256
        self.ha1SHA512_256 = ha1SHA512_256
    }
}
