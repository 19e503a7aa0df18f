// Non-INVITE client transaction: RFC 3261 §17.1.2.
//
//             request sent
//   Timer E       │        Timer F: timed out
//   repeat   ┌────▼───┐──────────────────────────▶ Terminated
//        └──▶│ Trying │── 200-699 ──┐                  ▲
//            └────┬───┘             │                  │ Timer K
//             1xx │           ┌─────▼────┐             │
//            ┌────▼─────┐────▶│Completed │─────────────┘
//            │Proceeding│     └──────────┘
//            └──────────┘ Timer E at T2, Timer F as in Trying

/// What a BYE, CANCEL or OPTIONS of ours does with responses and time.
package struct NonInviteClient: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case trying(Retransmission, timeout: Instant)
        case completed(until: Instant)
        case terminated
    }

    package enum Effect: Hashable, Sendable {
        case none
        case repeatRequest
        case deliver
        /// Timer F.
        case timedOut
        case terminated
    }

    package private(set) var state: State

    package init(at now: Instant) {
        state = .trying(
            Retransmission(from: now, ceiling: Timers.t2), timeout: now + Timers.transaction)
    }

    package mutating func responseReceived(_ status: UInt16, at now: Instant) -> Effect {
        guard case .trying(var retransmission, let timeout) = state else { return .none }
        if status < 200 {
            retransmission.settle()
            state = .trying(retransmission, timeout: timeout)
        } else {
            state = .completed(until: now + Timers.k)
        }
        return .deliver
    }

    package mutating func timeReached(_ now: Instant) -> Effect {
        switch state {
        case .trying(var retransmission, let timeout):
            if now >= timeout {
                state = .terminated
                return .timedOut
            }
            guard now >= retransmission.due else { return .none }
            retransmission.advance(at: now)
            state = .trying(retransmission, timeout: timeout)
            return .repeatRequest
        case .completed(let until):
            guard now >= until else { return .none }
            state = .terminated
            return .terminated
        case .terminated:
            return .none
        }
    }

    package mutating func transportFailed() -> Effect {
        guard case .trying = state else { return .none }
        state = .terminated
        return .timedOut
    }

    package var nextDeadline: Instant? {
        switch state {
        case .trying(let retransmission, let timeout): min(retransmission.due, timeout)
        case .completed(let until): until
        case .terminated: nil
        }
    }
}
