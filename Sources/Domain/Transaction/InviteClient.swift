// INVITE client transaction: RFC 3261 §17.1.1 with the Accepted state of RFC 6026 §7.2.
//
//            INVITE sent
//   Timer A     │      Timer B: timed out
//   repeat  ┌───▼────┐────────────────────────────▶ Terminated
//       └──▶│Calling │── 2xx ──────────┐
//           └───┬────┘                 │
//           1xx │   300-699: ACK       │
//           ┌───▼────┐           ┌─────▼───┐ 2xx: to the user
//     1xx ─▶│Proceed.│── 2xx ───▶│Accepted │◀──┘
//           └───┬────┘           └─────┬───┘
//     300-699:  │ ACK                  │ Timer M
//           ┌───▼────┐                 ▼
//           │Complet.│── Timer D ──▶ Terminated
//           └────────┘
//
// Deviation: the time a call may stay in Proceeding is the call's business (ring timeout), as
// §17.1.1 leaves it.

/// What an INVITE client transaction does with responses and time. The owner keeps the messages.
package struct InviteClient: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case calling(Retransmission, timeout: Instant)
        case proceeding
        case accepted(until: Instant)
        case completed(until: Instant)
        case terminated
    }

    package enum Effect: Hashable, Sendable {
        case none
        /// Send the INVITE again.
        case repeatRequest
        /// Hand the response to the call.
        case deliver
        /// Hand the response to the call and acknowledge it hop by hop (§17.1.1.3).
        case deliverAndAcknowledge
        /// Acknowledge a repeated final response again.
        case acknowledge
        /// Timer B: nobody answered.
        case timedOut
        case terminated
    }

    package private(set) var state: State

    /// The INVITE is sent at `now`.
    package init(at now: Instant) {
        state = .calling(
            Retransmission(from: now, ceiling: nil), timeout: now + Timers.transaction)
    }

    /// Whether a CANCEL may be sent: only after a provisional response (§9.1).
    package var isProceeding: Bool { state == .proceeding }

    package mutating func responseReceived(_ status: UInt16, at now: Instant) -> Effect {
        switch state {
        case .calling, .proceeding:
            switch status {
            case ..<200:
                state = .proceeding
                return .deliver
            case 200..<300:
                state = .accepted(until: now + Timers.transaction)
                return .deliver
            default:
                state = .completed(until: now + Timers.d)
                return .deliverAndAcknowledge
            }
        case .accepted:
            return 200..<300 ~= status ? .deliver : .none
        case .completed:
            return status >= 300 ? .acknowledge : .none
        case .terminated:
            return .none
        }
    }

    package mutating func timeReached(_ now: Instant) -> Effect {
        switch state {
        case .calling(var retransmission, let timeout):
            if now >= timeout {
                state = .terminated
                return .timedOut
            }
            guard now >= retransmission.due else { return .none }
            retransmission.advance(at: now)
            state = .calling(retransmission, timeout: timeout)
            return .repeatRequest
        case .accepted(let until), .completed(let until):
            guard now >= until else { return .none }
            state = .terminated
            return .terminated
        case .proceeding, .terminated:
            return .none
        }
    }

    /// The network said that the request cannot be delivered (§17.1.4).
    package mutating func transportFailed() -> Effect {
        switch state {
        case .calling, .proceeding:
            state = .terminated
            return .timedOut
        case .accepted, .completed, .terminated:
            return .none
        }
    }

    package var nextDeadline: Instant? {
        switch state {
        case .calling(let retransmission, let timeout): min(retransmission.due, timeout)
        case .accepted(let until), .completed(let until): until
        case .proceeding, .terminated: nil
        }
    }
}
