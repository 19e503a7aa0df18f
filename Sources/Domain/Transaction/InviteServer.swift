// INVITE server transaction: RFC 3261 §17.2.1 with the Accepted state of RFC 6026 §7.1.
//
//              INVITE received
//                   │
//             ┌─────▼────┐ 1xx: send        2xx: send     ┌──────────┐
//   repeat: ─▶│Proceeding│───────────────────────────────▶│ Accepted │ ACK: to the user
//   last 1xx  └─────┬────┘                                └────┬─────┘
//           300-699 │ send                                     │ Timer L
//             ┌─────▼────┐ Timer G: send again                 ▼
//             │Completed │── Timer H: no ACK ──────────▶ Terminated
//             └─────┬────┘                                     ▲
//               ACK │                                          │
//             ┌─────▼────┐ Timer I                             │
//             │Confirmed │─────────────────────────────────────┘
//             └──────────┘
//
// Deviations: 100 is the call's to send (it is held until the call is on disk), so there is no
// 200 ms timer; a repeated INVITE in Accepted is absorbed, since the call repeats its 2xx itself
// (RFC 3261 §13.3.1.4).

/// What an INVITE server transaction does with repeats, responses, ACK and time.
package struct InviteServer: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case proceeding
        case completed(Retransmission, timeout: Instant)
        case confirmed(until: Instant)
        case accepted(until: Instant)
        case terminated
    }

    package enum Effect: Hashable, Sendable {
        case none
        /// Send the last response, if there is one.
        case repeatResponse
        /// An ACK to a 2xx: hand it to the call.
        case deliver
        /// Timer H: a final response was never acknowledged.
        case unacknowledged
        case terminated
    }

    package private(set) var state: State = .proceeding

    package init() {}

    package mutating func requestRepeated() -> Effect {
        switch state {
        case .proceeding, .completed: .repeatResponse
        case .confirmed, .accepted, .terminated: .none
        }
    }

    /// The call decided a response; it is sent by the caller of this.
    package mutating func responseDecided(_ status: UInt16, at now: Instant) {
        guard state == .proceeding else { return }
        switch status {
        case ..<200: break
        case 200..<300: state = .accepted(until: now + Timers.transaction)
        default:
            state = .completed(
                Retransmission(from: now, ceiling: Timers.t2), timeout: now + Timers.transaction)
        }
    }

    package mutating func ackReceived(at now: Instant) -> Effect {
        switch state {
        case .completed:
            state = .confirmed(until: now + Timers.i)
            return .none
        case .accepted:
            return .deliver
        case .proceeding, .confirmed, .terminated:
            return .none
        }
    }

    package mutating func timeReached(_ now: Instant) -> Effect {
        switch state {
        case .completed(var retransmission, let timeout):
            if now >= timeout {
                state = .terminated
                return .unacknowledged
            }
            guard now >= retransmission.due else { return .none }
            retransmission.advance(at: now)
            state = .completed(retransmission, timeout: timeout)
            return .repeatResponse
        case .confirmed(let until), .accepted(let until):
            guard now >= until else { return .none }
            state = .terminated
            return .terminated
        case .proceeding, .terminated:
            return .none
        }
    }

    package var nextDeadline: Instant? {
        switch state {
        case .completed(let retransmission, let timeout): min(retransmission.due, timeout)
        case .confirmed(let until), .accepted(let until): until
        case .proceeding, .terminated: nil
        }
    }
}
