// The hash functions that authentication needs, handed in as values: the core imports no library,
// and a test can count or replace them.

/// Hash functions over whole inputs. Each returns the raw digest.
package struct Hashes: Sendable {
    /// 16 bytes.
    package let md5: @Sendable (Octets) -> Octets
    /// 32 bytes.
    package let sha256: @Sendable (Octets) -> Octets
    /// 32 bytes: SHA-512/256 of FIPS 180-4, not a truncated SHA-512.
    package let sha512_256: @Sendable (Octets) -> Octets
    /// 32 bytes, RFC 2104 with SHA-256.
    package let hmacSHA256: @Sendable (_ key: Octets, _ data: Octets) -> Octets

    package init(
        md5: @escaping @Sendable (Octets) -> Octets,
        sha256: @escaping @Sendable (Octets) -> Octets,
        sha512_256: @escaping @Sendable (Octets) -> Octets,
        hmacSHA256: @escaping @Sendable (_ key: Octets, _ data: Octets) -> Octets
    ) {
        self.md5 = md5
        self.sha256 = sha256
        self.sha512_256 = sha512_256
        self.hmacSHA256 = hmacSHA256
    }

    /// For a core that has no secrets to check.
    static let none = Hashes(
        md5: { _ in [] }, sha256: { _ in [] }, sha512_256: { _ in [] }, hmacSHA256: { _, _ in [] })

    /// The raw digest by one of RFC 8760's algorithms.
    package func digest(_ algorithm: DigestAlgorithm, _ data: Octets) -> Octets {
        switch algorithm {
        case .md5: md5(data)
        case .sha256: sha256(data)
        case .sha512_256: sha512_256(data)
        }
    }
}

extension DigestAlgorithm {
    /// The token in challenges and credentials (RFC 8760 §2.1), and in the API.
    package var name: String {
        switch self {
        case .md5: "MD5"
        case .sha256: "SHA-256"
        case .sha512_256: "SHA-512-256"
        }
    }

    /// Reads the token in either case; nil for others, among them the `-sess` variants.
    package init?(name: String) {
        let wanted = name.lowercased()
        guard let found = Self.allCases.first(where: { $0.name.lowercased() == wanted }) else {
            return nil
        }
        self = found
    }
}
