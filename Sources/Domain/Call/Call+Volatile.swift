// What the running process knows of a call besides its state. It can be lost in a restart without
// harm: it is made again, or was only a convenience.

extension Call {
    /// Facts of the running process about one call.
    package struct Volatile {
        /// Mints the call's tags and branches.
        var generator: SplitMix
        /// The server transaction of the caller's INVITE.
        var inviteKey: ServerKey?
        /// Our 2xx that wait for an ACK.
        var answerKeys: [Leg: ServerKey] = [:]
        /// Routes not tried yet, in order.
        var routes: ArraySlice<Route> = []
        /// The name whose addresses the hunt waits for.
        var awaitedHost: String?
        /// The last final response of a destination that was no answer.
        var lastRefusal: Message?
        /// Whether the caller's INVITE had a session description.
        var hasOffer = false
        /// Whether the answer to a delayed offer will come with the caller's ACK.
        var awaitsAnswer = false
        /// A description said that a side does not send: silence is expected.
        var isOnHold = false
        /// The descriptions that each leg was last sent, and the version to begin with.
        var firstVersion: UInt64 = 1
        var descriptions: [Leg: SentDescription] = [:]
        /// For each of our tags, the destination's description as it came, and as the caller saw it.
        var forkSource: [Octets: Octets] = [:]
        var forkAnswers: [Octets: Payload] = [:]
        /// A re-INVITE between the legs that has no final response yet.
        var renegotiation: Renegotiation?
        /// The earliest entry for the call in the deadline queue.
        var queuedDeadline: Instant?

        init(seed: UInt64) { generator = SplitMix(seed: seed) }
    }

    /// A session description of ours that a leg has (RFC 3264 §8: the version goes up only on change).
    struct SentDescription {
        var version: UInt64
        /// As written with version 0, to compare with.
        var content: Octets
    }

    /// A body as it is sent on.
    struct Payload {
        var body: Octets = []
        var contentType: Octets = []
        var isDescription = false
        /// Name and clock rate of the first codec, such as `PCMU/8000`.
        var codec = ""
    }

    /// A re-INVITE on its way from one leg to the other (RFC 3261 §14).
    struct Renegotiation {
        var from: Leg
        var server: ServerKey
        var client: ClientKey
        /// The layout to go back to when it fails.
        var streams: [MediaStream]
        /// The offer was the other side's: the ACK will bring the answer.
        var awaitsAnswer: Bool
    }
}
