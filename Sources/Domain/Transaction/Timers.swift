// The timer values of RFC 3261 §17 and RFC 6026, for unreliable transport. One table, so that every
// machine counts alike.

/// RFC 3261 Table 4.
package enum Timers {
    /// Round-trip estimate.
    package static let t1 = Duration.milliseconds(500)
    /// Longest interval between retransmissions of non-INVITE requests and INVITE responses.
    package static let t2 = Duration.seconds(4)
    /// Longest time a message stays in the network.
    package static let t4 = Duration.seconds(5)
    /// B, F, H, J, L and M: 64*T1.
    package static let transaction = Duration.seconds(32)
    /// D: at least 32 s on UDP.
    package static let d = Duration.seconds(32)
    /// I and K.
    package static let i = t4
    package static let k = t4
}

/// A message that is sent again at doubling intervals.
package struct Retransmission: Hashable, Sendable {
    package private(set) var due: Instant
    private var interval: Duration
    private let ceiling: Duration?

    /// First repeat after T1; intervals double, up to `ceiling` where there is one.
    package init(from now: Instant, ceiling: Duration?) {
        interval = Timers.t1
        due = now + Timers.t1
        self.ceiling = ceiling
    }

    /// Moves on to the next repeat.
    package mutating func advance(at now: Instant) {
        interval = interval + interval
        if let ceiling, interval > ceiling { interval = ceiling }
        due = now + interval
    }

    /// Slows down to the ceiling at once (RFC 3261 §17.1.2.2: Timer E in Proceeding).
    package mutating func settle() {
        if let ceiling { interval = ceiling }
    }
}
