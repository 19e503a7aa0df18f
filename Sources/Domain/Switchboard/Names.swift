// The names that the gateway mints for itself: tags, branches, Call-IDs and session identifiers. Most messages
// of a call have all of them, and random digits do not compress, so they share what need not differ.

/// Random tokens of RFC 3261 §19.3. The first byte names the loop that owns the call; there is one.
enum Token {
    static func make(using generator: inout SplitMix) -> Octets {
        Octets("00".utf8) + Hex.encode(generator.next())
    }

    static func branch(using generator: inout SplitMix) -> Octets {
        Via.magicCookie + make(using: &generator)
    }

    static func callID(using generator: inout SplitMix) -> Octets {
        make(using: &generator) + Hex.encode(generator.next())
    }

    /// Our tag in the dialog with a Call-ID of ours: the random half of it that no other leg has.
    static func tag(ofCallID callID: Octets) -> Octets { "00".utf8 + callID.suffix(16) }
}

/// RFC 7989: one identifier for each end of a session, the same on every leg of it.
struct SessionID {
    /// 32 hex digits each.
    var local: Octets
    var remote: Octets

    static let null = Octets(repeating: UInt8(ascii: "0"), count: 32)

    init(local: Octets, remote: Octets) {
        self.local = local
        self.remote = remote
    }

    /// What a message says; nil when it has no such header, or one that is not well-formed.
    init?(in message: Message) {
        guard let value = message.header(.sessionID) else { return nil }
        let parts = value.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
        guard let first = parts.first?.trimmed, Self.isIdentifier(first) else { return nil }
        local = Octets(first)
        remote = Self.null
        for part in parts.dropFirst() {
            let part = part.trimmed
            let name = Octets("remote=".utf8)
            if part.starts(with: name), Self.isIdentifier(part.dropFirst(name.count)) {
                remote = Octets(part.dropFirst(name.count))
            }
        }
    }

    static func make(using generator: inout SplitMix) -> Octets {
        Hex.encode(generator.next()) + Hex.encode(generator.next())
    }

    var value: Octets { local + ";remote=".utf8 + remote }

    private static func isIdentifier(_ text: ArraySlice<UInt8>) -> Bool {
        text.count == 32 && text.allSatisfy { Hex.value($0) != nil }
    }
}
