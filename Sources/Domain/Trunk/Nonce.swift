// Nonces that prove themselves: nothing is kept for a challenge, so a flood of them costs no memory,
// and a nonce outlives a restart.

/// Makes and checks nonces: time, random and a MAC over both and the realm, in 48 hex digits.
struct NonceMint: Sendable {
    private static let digits = 48
    private static let macBytes = 12

    let key: Octets
    let hashes: Hashes

    /// A nonce of a known moment and its random part.
    struct Stamp: Hashable, Sendable {
        /// Seconds since 1970.
        let seconds: UInt32
        let random: UInt64
    }

    func make(
        realm: String, at now: WallTime, using generator: inout some RandomNumberGenerator
    ) -> Octets {
        let stamp = Stamp(seconds: Self.seconds(now), random: generator.next())
        return text(stamp, realm)
    }

    /// What a nonce of ours says; nil for any other text.
    func read(_ nonce: Octets, realm: String) -> Stamp? {
        guard nonce.count == Self.digits, let bytes = Hex.decode(nonce) else { return nil }
        let stamp = Stamp(
            seconds: bytes[..<4].reduce(0) { $0 << 8 | UInt32($1) },
            random: bytes[4..<12].reduce(0) { $0 << 8 | UInt64($1) })
        return DigestResponse.isEqual(text(stamp, realm), nonce) ? stamp : nil
    }

    /// Whether the nonce is within its lifetime. One from the near future is: clocks are set back.
    func isFresh(_ stamp: Stamp, at now: WallTime) -> Bool {
        let age = Int64(Self.seconds(now)) - Int64(stamp.seconds)
        return age.magnitude <= UInt64(Limits.nonceLifetime.components.seconds)
    }

    private func text(_ stamp: Stamp, _ realm: String) -> Octets {
        let plain = Hex.encode(UInt64(stamp.seconds))[8...] + Hex.encode(stamp.random)
        let mac = hashes.hmacSHA256(key, plain + Octets(realm.utf8))
        return plain + Hex.encode(mac.prefix(Self.macBytes))
    }

    private static func seconds(_ time: WallTime) -> UInt32 {
        UInt32(truncatingIfNeeded: time.nanoseconds / 1_000_000_000)
    }
}

/// The highest count seen of each nonce in use. Only what authenticated enters, so a flood of wrong
/// answers pushes nobody out.
struct NonceCounts: Sendable {
    private var highest: [NonceMint.Stamp: UInt32] = [:]
    /// In the order of their first use; entries before `head` have been forgotten.
    private var order: [NonceMint.Stamp] = []
    private var head = 0
    /// Nonces of this second or before may have been forgotten: unknown ones are not new.
    private var forgotten: UInt32 = 0
    private let capacity: Int

    init(capacity: Int = Limits.rememberedNonces) { self.capacity = capacity }

    /// Whether the count is above every one seen. A nonce not seen yet must begin at 1.
    func accepts(_ nonce: NonceMint.Stamp, count: UInt32) -> Bool {
        if let seen = highest[nonce] { return count > seen }
        return nonce.seconds > forgotten && count == 1
    }

    /// Takes a count in, forgetting the oldest nonce if there are too many.
    mutating func use(_ nonce: NonceMint.Stamp, count: UInt32) {
        if let seen = highest[nonce] {
            highest[nonce] = max(seen, count)
            return
        }
        if highest.count >= capacity { forgetOldest() }
        highest[nonce] = count
        order.append(nonce)
    }

    private mutating func forgetOldest() {
        let oldest = order[head]
        highest[oldest] = nil
        forgotten = max(forgotten, oldest.seconds)
        head += 1
        guard head > capacity else { return }
        order.removeFirst(head)
        head = 0
    }
}
