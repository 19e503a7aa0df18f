// Non-INVITE server transaction: RFC 3261 §17.2.2.
//
//    request received ──▶ Trying ── 200-699: send ──▶ Completed ── Timer J ──▶ Terminated
//                                                      repeat: send again
//
// Deviation: we answer every non-INVITE request finally and at once, so there is no Proceeding
// (RFC 4320 §4.1 discourages provisional responses here).

/// What a BYE, CANCEL or OPTIONS from a peer does with repeats and time.
package struct NonInviteServer: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case trying
        case completed(until: Instant)
        case terminated
    }

    package enum Effect: Hashable, Sendable {
        case none
        case repeatResponse
        case terminated
    }

    package private(set) var state: State = .trying

    package init() {}

    package mutating func requestRepeated() -> Effect {
        if case .completed = state { .repeatResponse } else { .none }
    }

    package mutating func responseDecided(_ status: UInt16, at now: Instant) {
        guard state == .trying, status >= 200 else { return }
        state = .completed(until: now + Timers.transaction)
    }

    package mutating func timeReached(_ now: Instant) -> Effect {
        guard case .completed(let until) = state, now >= until else { return .none }
        state = .terminated
        return .terminated
    }

    package var nextDeadline: Instant? {
        if case .completed(let until) = state { until } else { nil }
    }
}
