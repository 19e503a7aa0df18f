// Time as the core sees it: two readings taken together by whoever delivers an input. The core owns
// no clock, so that a recorded run can be repeated exactly.

/// Monotonic nanoseconds since the machine booted; comparable only within one boot.
package struct Instant: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
    package static func + (a: Instant, b: Duration) -> Instant {
        Instant(nanoseconds: a.nanoseconds + b.nanoseconds)
    }
    package static func - (a: Instant, b: Instant) -> Duration {
        .nanoseconds(a.nanoseconds - b.nanoseconds)
    }
    /// A deadline that is never reached.
    package static let distantFuture = Instant(nanoseconds: .max)
}

/// Nanoseconds since 1970-01-01T00:00:00Z.
package struct WallTime: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package static func < (a: WallTime, b: WallTime) -> Bool { a.nanoseconds < b.nanoseconds }
    package static func + (a: WallTime, b: Duration) -> WallTime {
        WallTime(nanoseconds: a.nanoseconds + b.nanoseconds)
    }
    package static func - (a: WallTime, b: WallTime) -> Duration {
        .nanoseconds(a.nanoseconds - b.nanoseconds)
    }
    /// Before everything.
    package static let distantPast = WallTime(nanoseconds: .min)
}

/// Both clocks, read at the same moment.
package struct Moment: Hashable, Sendable {
    package var wall: WallTime
    package var instant: Instant

    package init(wall: WallTime, instant: Instant) {
        self.wall = wall
        self.instant = instant
    }
}

extension Duration {
    /// The whole duration in nanoseconds; traps past 292 years.
    package var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
