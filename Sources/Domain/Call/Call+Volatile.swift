// What the running process knows of a call besides its state. A restart makes it again from the state,
// so nothing is lost with it.

extension Call {
    /// Facts of the running process about one call.
    package struct Volatile {
        /// Mints the call's tags and branches.
        var generator: SplitMix
        /// The server transaction of the caller's INVITE.
        var inviteKey: ServerKey?
        /// Our 2xx that wait for an ACK.
        var answerKeys: [Leg: ServerKey] = [:]
        /// The name whose addresses the hunt waits for.
        var awaitedHost: String?
        /// The earliest entry for the call in the deadline queue.
        var queuedDeadline: Instant?

        init(seed: UInt64) { generator = SplitMix(seed: seed) }
    }
}
