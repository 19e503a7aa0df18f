// Hashes for tests that need them to differ, not to be hard to find: they cost little and need no library.

package import Domain

extension Hashes {
    /// Good enough to tell inputs apart.
    package static let forTests = Hashes(
        md5: { mixed($0, 16) }, sha256: { mixed($0, 32) }, sha512_256: { mixed($0, 32) },
        hmacSHA256: { mixed($0 + $1, 32) })

    private static func mixed(_ input: Octets, _ count: Int) -> Octets {
        let seed = input.reduce(14_695_981_039_346_656_037) { hash, byte in
            (hash ^ UInt64(byte)) &* 1_099_511_628_211
        }
        var generator = SplitMix(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }
}
