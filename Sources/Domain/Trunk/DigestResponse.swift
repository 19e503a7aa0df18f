// The digest itself (RFC 7616 §3.4 with the algorithms of RFC 8760): a pure calculation, so that the
// RFC's vectors test exactly what runs.

package enum DigestResponse {
    /// The raw response for a raw HA1. Without qop it is RFC 2069's.
    package static func compute(
        _ algorithm: DigestAlgorithm, ha1: Octets, method: Octets, credentials: DigestCredentials,
        hashes: Hashes
    ) -> Octets {
        let colon = [Octet.colon]
        let ha2 = hashes.digest(algorithm, method + colon + credentials.uri)
        var text = Hex.encode(ha1) + colon + credentials.nonce + colon
        if let qop = credentials.qop {
            text += credentials.nonceCountText + colon + credentials.cnonce + colon + qop + colon
        }
        return hashes.digest(algorithm, text + Hex.encode(ha2))
    }

    /// Compares without stopping at the first difference, so that time tells nothing.
    package static func isEqual(_ a: Octets, _ b: Octets) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension DigestAlgorithm {
    /// What a trunk offers unless told otherwise; docs/decisions/0002 says why.
    package static let offered: [DigestAlgorithm] = [.md5]

    /// Bytes of the raw digest.
    package var digestBytes: Int { self == .md5 ? 16 : 32 }
}
