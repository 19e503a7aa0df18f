// A rule is broken when something has not happened in time. So what is kept of each rule is what is
// waited for, and until when: then any later moment can be asked about, without a clock in the fold.

package import Domain

/// Something of a call that has to happen by a time.
struct Expectation: Hashable, Sendable {
    /// The rule that is broken when the time comes first.
    var rule: Invariant
    /// The event since which it is waited for, and its time.
    var event: EventNumber
    var since: WallTime
    var due: WallTime
    /// It cannot happen any more: the rule stays broken.
    var isLasting = false
}

/// A rule that is broken.
package struct Violation: Hashable, Sendable {
    package var rule: Invariant
    package var call: CallID
    /// The event that what is missing should have followed, and its time.
    package var event: EventNumber
    package var since: WallTime
}

/// The times within which a call has to come to its end.
struct CallTimes: Hashable, Sendable {
    var ring = Limits.ringTimeout
    var duration = Limits.maximumDuration

    init() {}

    /// Those of the last start.
    init(_ start: GatewayStarted) {
        ring = start.duration("ring_timeout") ?? ring
        duration = start.duration("maximum_duration") ?? duration
    }
}
