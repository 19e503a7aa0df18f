// A request of a peer while it is being answered: one of the two server machines, with the messages
// that it repeats.

/// Names a server transaction: RFC 3261 §17.2.3.
package struct ServerKey: Hashable, Comparable, Sendable {
    private let octets: Octets

    /// The transaction that a request belongs to. ACK and CANCEL are matched with their INVITE by
    /// passing its method.
    package init(_ request: Message, method: Method) {
        let via = request.topVia
        var octets: Octets = []
        octets.reserveCapacity(96)
        octets += method.octets
        octets.append(0)
        octets += via.branch
        octets.append(0)
        if via.hasMagicCookie {
            octets += via.host
            octets.append(0)
            octets.append(decimal: via.port ?? 5060)
        } else {
            // RFC 2543 peers: what identifies a request besides the branch.
            octets += request.callID
            octets.append(0)
            octets += request.from.tag ?? []
            octets.append(decimal: request.cseq)
        }
        self.octets = octets
    }

    /// All bytes at once: an array hashes each by itself.
    package func hash(into hasher: inout Hasher) {
        octets.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    package static func < (one: ServerKey, other: ServerKey) -> Bool {
        one.octets.lexicographicallyPrecedes(other.octets)
    }
}

/// A server transaction. Confined to the switchboard.
final class ServerTransaction {
    enum Machine {
        case invite(InviteServer)
        case other(NonInviteServer)
    }

    enum Effect {
        case none, repeatResponse, unacknowledged, terminated
    }

    let key: ServerKey
    let request: Message
    /// Our socket, where the request came from, and where responses go (RFC 3261 §18.2.2, RFC 3581).
    let local: Endpoint
    let source: Endpoint
    let remote: Endpoint
    /// The call that it belongs to, and its side.
    let call: CallID
    let leg: Leg
    let attempt: UInt8
    private(set) var machine: Machine
    /// The last response, and its event.
    private(set) var response: Octets = []
    private(set) var event: EventNumber = 0
    private(set) var finalStatus: UInt16 = 0
    /// Our 2xx to an INVITE is repeated until its ACK comes (§13.3.1.4); the machine is past that.
    private var answer: (repetition: Retransmission, timeout: Instant)?
    private(set) var repeatsReceived: UInt32 = 0
    private(set) var repeatsSent: UInt32 = 0
    /// The earliest entry for this transaction in the deadline queue.
    var queued: Instant?

    init(
        _ request: Message, local: Endpoint, source: Endpoint, call: CallID, leg: Leg,
        attempt: UInt8
    ) {
        self.request = request
        self.local = local
        self.source = source
        self.call = call
        self.leg = leg
        self.attempt = attempt
        let isInvite = request.method == .invite
        key = ServerKey(request, method: request.method)
        remote = request.topVia.responseEndpoint(source: source)
        machine = isInvite ? .invite(InviteServer()) : .other(NonInviteServer())
    }

    func decided(_ status: UInt16, _ bytes: Octets, event: EventNumber, at now: Instant) {
        response = bytes
        self.event = event
        if status >= 200 { finalStatus = status }
        switch machine {
        case .invite(var invite):
            invite.responseDecided(status, at: now)
            machine = .invite(invite)
            if 200..<300 ~= status {
                answer = (
                    Retransmission(from: now, ceiling: Timers.t2), now + Timers.transaction
                )
            }
        case .other(var other):
            other.responseDecided(status, at: now)
            machine = .other(other)
        }
    }

    /// Whether the last response is to be sent again.
    func requestRepeated() -> Bool {
        repeatsReceived &+= 1
        let again =
            switch machine {
            case .invite(var invite): invite.requestRepeated() == .repeatResponse
            case .other(var other): other.requestRepeated() == .repeatResponse
            }
        return again && !response.isEmpty
    }

    /// An ACK for a final response that is not a 2xx.
    func acknowledged(at now: Instant) {
        guard case .invite(var invite) = machine else { return }
        _ = invite.ackReceived(at: now)
        machine = .invite(invite)
    }

    /// Whether the ACK to our refusal has come.
    var isConfirmed: Bool {
        guard case .invite(let invite) = machine, case .confirmed = invite.state else {
            return false
        }
        return true
    }

    /// The ACK for our 2xx, which comes in a transaction of its own.
    func answerAcknowledged() { answer = nil }

    func timeReached(_ now: Instant) -> Effect {
        if var pending = answer {
            if now >= pending.timeout {
                answer = nil
                return .unacknowledged
            }
            if now >= pending.repetition.due {
                pending.repetition.advance(at: now)
                answer = pending
                repeatsSent &+= 1
                return .repeatResponse
            }
        }
        switch machine {
        case .invite(var invite):
            let effect = invite.timeReached(now)
            machine = .invite(invite)
            switch effect {
            case .none, .deliver: return .none
            case .repeatResponse:
                repeatsSent &+= 1
                return .repeatResponse
            case .unacknowledged, .terminated: return .terminated
            }
        case .other(var other):
            let effect = other.timeReached(now)
            machine = .other(other)
            return effect == .terminated ? .terminated : .none
        }
    }

    var nextDeadline: Instant? {
        let own =
            switch machine {
            case .invite(let invite): invite.nextDeadline
            case .other(let other): other.nextDeadline
            }
        guard let answer else { return own }
        return min(own ?? .distantFuture, answer.repetition.due, answer.timeout)
    }
}

extension Via {
    /// Where a response goes: back to the source; its port only when the peer asked for it with
    /// `rport` (RFC 3581 §4), else the port that it named.
    package func responseEndpoint(source: Endpoint) -> Endpoint {
        rport == .absent ? Endpoint(source.address, port ?? 5060) : source
    }
}
