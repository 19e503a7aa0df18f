// The nonces that a restart must not accept again. They are folded from events, so that the live core, a
// start and a snapshot hold the same ones.

/// A nonce with which a call was authorised.
struct NonceUse {
    var number: EventNumber
    var at: WallTime
    /// The trunk's label, which the nonce was made for.
    var label: String
    var nonce: Octets
    var count: UInt32
}

/// The uses within one lifetime of the latest, oldest first. What stands before does not matter: a fold
/// of these alone gives the same window.
struct NonceWindow {
    private var stored: [NonceUse] = []
    /// Entries before it are forgotten; they are moved out by the half.
    private var head = 0

    var uses: ArraySlice<NonceUse> { stored[head...] }

    mutating func append(_ use: NonceUse) {
        while head < stored.count,
            use.at - stored[head].at > Limits.nonceLifetime
                || stored.count - head >= Limits.rememberedNonces
        {
            head += 1
        }
        if head > stored.count / 2 {
            stored.removeFirst(head)
            head = 0
        }
        stored.append(use)
    }
}

extension NonceWindow: CustomReflectable {
    /// What is remembered, not how.
    var customMirror: Mirror { Mirror(self, unlabeledChildren: uses) }
}
