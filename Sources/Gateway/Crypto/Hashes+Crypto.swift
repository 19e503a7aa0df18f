// The core's hash functions by swift-crypto. MD5 is "insecure" by its name there: digest
// authentication still needs it for the PBXs that know nothing else.

import Crypto
package import Domain

extension Hashes {
    /// MD5, SHA-256 and HMAC by swift-crypto, SHA-512/256 by our own code, as the library lacks it.
    package static let crypto = Hashes(
        md5: { Octets(Insecure.MD5.hash(data: $0)) },
        sha256: { Octets(SHA256.hash(data: $0)) },
        sha512_256: { SHA512_256.hash($0) },
        hmacSHA256: { key, data in
            Octets(HMAC<SHA256>.authenticationCode(for: data, using: SymmetricKey(data: key)))
        })
}
