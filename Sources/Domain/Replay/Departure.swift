// Where a call leaves its recorded course under a supposition, and what is certain of its new one.

/// One call that would have gone otherwise.
package struct Departure: Hashable, Sendable {
    package let call: CallID
    /// The event of the log at which it leaves, and when.
    package let number: EventNumber
    package let at: WallTime
    package internal(set) var outcome: Outcome

    /// The decision that sets it apart. Only what the gateway itself would have done: no log has the
    /// answers of a peer that was not asked.
    package enum Outcome: Hashable, Sendable {
        case refused(RefusalReason, status: UInt16)
        /// It would have been asked for a password.
        case challenged
        /// It would have belonged to the trunk of that name.
        case taken(for: String)
        /// To the destination of that name; nil for an address that is not known, or no far side.
        case sent(to: String, at: Endpoint?)
        case ended(EndCause, status: UInt16)
        /// The timer that ended it, or gave up a destination, would not have run out.
        case goneOn(timer: String)
        /// Decided otherwise, in a way that has no name here.
        case otherwise(EventType)

        /// Whether the call would be over.
        var endsCall: Bool {
            switch self {
            case .refused, .challenged, .ended: true
            case .taken, .sent, .goneOn, .otherwise: false
            }
        }

        /// What a decision comes to; nil for those that come before one that matters.
        init?(_ event: Event) {
            switch event {
            case .callRefused(let event): self = .refused(event.reason, status: event.status)
            case .callRouted(let event): self = .sent(to: event.destination, at: event.target)
            case .callEnded(let event): self = .ended(event.cause, status: event.callerStatus)
            default: return nil
            }
        }

        /// The same of a decision of the recorded kind; nil when it comes to what was recorded.
        init?(_ event: Event, instead recorded: Event) {
            switch (recorded, event) {
            case (.callAuthorised(let old), .callAuthorised(let new)):
                if old.trunk == new.trunk { return nil }
                self = .taken(for: new.domainName)
                return
            case (.callRouted(let old), .callRouted(let new)):
                if old.carrier == new.carrier && old.destination == new.destination
                    && old.target == new.target && old.requestURI == new.requestURI
                {
                    return nil
                }
            case (.callRefused(let old), .callRefused(let new)):
                // Callers are not told the reason.
                if old.status == new.status { return nil }
            case (.callEnded(let old), .callEnded(let new)):
                if old.by == new.by && old.cause == new.cause
                    && old.callerStatus == new.callerStatus
                {
                    return nil
                }
            default: return nil
            }
            self.init(event)
        }
    }
}
