// A request of ours while its answer is awaited: one of the two client machines, with the messages
// that it repeats.

/// Names a client transaction: RFC 3261 §17.1.3.
package struct ClientKey: Hashable, Comparable, Sendable {
    package let branch: Octets
    package let method: Method

    /// The branch alone: two transactions with the same one are an INVITE and its CANCEL.
    package func hash(into hasher: inout Hasher) {
        branch.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    package static func < (one: ClientKey, other: ClientKey) -> Bool {
        if one.branch != other.branch {
            return one.branch.lexicographicallyPrecedes(other.branch)
        }
        return one.method.octets.lexicographicallyPrecedes(other.method.octets)
    }
}

/// A client transaction. Confined to the switchboard.
final class ClientTransaction {
    enum Machine {
        case invite(InviteClient)
        case other(NonInviteClient)
    }

    enum Effect {
        case none, repeatRequest, deliver, deliverAndAcknowledge, acknowledge, timedOut, terminated
    }

    let key: ClientKey
    let call: CallID
    let leg: Leg
    let attempt: UInt8
    let cseq: UInt32
    let request: Octets
    let event: EventNumber
    let local: Endpoint
    let remote: Endpoint
    private(set) var machine: Machine
    /// The ACK to its final response, to be repeated.
    var acknowledgement: Octets = []
    var acknowledgementEvent: EventNumber = 0
    /// The To tag of the 2xx that was taken.
    var answerTag: Octets?
    /// A cancelled INVITE is given up at this time even without a final response (RFC 3261 §9.1).
    var abandonAt: Instant?
    private(set) var repeatsReceived: UInt32 = 0
    private(set) var repeatsSent: UInt32 = 0
    /// The earliest entry for this transaction in the deadline queue.
    var queued: Instant?

    /// `step` is the request as recorded by `event`, decided at `now`.
    init(_ step: SignallingStep, call: CallID, event: EventNumber, at now: Instant) {
        key = ClientKey(branch: step.branch.octets, method: Method(step.method))
        self.call = call
        self.event = event
        leg = step.leg
        attempt = step.attempt
        cseq = step.cseq
        request = step.message
        local = step.local
        remote = step.remote
        machine =
            key.method == .invite
            ? .invite(InviteClient(at: now)) : .other(NonInviteClient(at: now))
    }

    func responseReceived(_ status: UInt16, at now: Instant) -> Effect {
        switch machine {
        case .invite(var invite):
            let effect = invite.responseReceived(status, at: now)
            machine = .invite(invite)
            return Effect(effect)
        case .other(var other):
            let effect = other.responseReceived(status, at: now)
            machine = .other(other)
            if effect == .none { repeatsReceived &+= 1 }
            return Effect(effect)
        }
    }

    func timeReached(_ now: Instant) -> Effect {
        if let abandonAt, now >= abandonAt, case .invite(let invite) = machine, invite.isProceeding
        {
            return .timedOut
        }
        let effect: Effect
        switch machine {
        case .invite(var invite):
            effect = Effect(invite.timeReached(now))
            machine = .invite(invite)
        case .other(var other):
            effect = Effect(other.timeReached(now))
            machine = .other(other)
        }
        if case .repeatRequest = effect { repeatsSent &+= 1 }
        return effect
    }

    func transportFailed() -> Effect {
        switch machine {
        case .invite(var invite):
            let effect = Effect(invite.transportFailed())
            machine = .invite(invite)
            return effect
        case .other(var other):
            let effect = Effect(other.transportFailed())
            machine = .other(other)
            return effect
        }
    }

    var nextDeadline: Instant? {
        switch machine {
        case .invite(let invite):
            invite.isProceeding ? abandonAt : invite.nextDeadline
        case .other(let other): other.nextDeadline
        }
    }
}

extension ClientTransaction.Effect {
    fileprivate init(_ effect: InviteClient.Effect) {
        switch effect {
        case .none: self = .none
        case .repeatRequest: self = .repeatRequest
        case .deliver: self = .deliver
        case .deliverAndAcknowledge: self = .deliverAndAcknowledge
        case .acknowledge: self = .acknowledge
        case .timedOut: self = .timedOut
        case .terminated: self = .terminated
        }
    }

    fileprivate init(_ effect: NonInviteClient.Effect) {
        switch effect {
        case .none: self = .none
        case .repeatRequest: self = .repeatRequest
        case .deliver: self = .deliver
        case .timedOut: self = .timedOut
        case .terminated: self = .terminated
        }
    }
}
