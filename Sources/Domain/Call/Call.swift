// A call as the gateway remembers it. Every change comes from an event, live and in replay alike, so
// what a restart finds is what was there before.

/// The state of one call, folded from its events. Confined to whoever folds: the signalling loop.
package final class Call {
    package let id: CallID
    package let firstEvent: EventNumber
    package internal(set) var lastEvent: EventNumber
    /// What the call has used of its budget.
    package internal(set) var eventCount = 0
    package internal(set) var byteCount = 0
    /// It has ended or was refused.
    package internal(set) var isOver = false
    /// The names under which requests within its dialogs find it.
    var dialogNames: [DialogName] = []

    package let offered: CallOffered
    package let offeredAt: Stamp
    package internal(set) var authorised: CallAuthorised?
    package internal(set) var attempts: [Attempt] = []
    /// The side towards the caller.
    package internal(set) var caller: Dialog
    /// The caller's INVITE, kept to answer it and to build the INVITEs of later attempts from.
    package internal(set) var invite: Octets = []
    package internal(set) var answer: Answer?
    package internal(set) var ended: CallEnded?
    /// The last final response of a destination; a local timeout never hides it.
    package internal(set) var lastFailure: AttemptFailed?

    package internal(set) var streams: [MediaStream] = []
    package internal(set) var latches: [MediaLatched] = []
    package internal(set) var figures: MediaReported?

    /// The last ACK sent on each leg of the answered call: a repeated 2xx gets the same again.
    package internal(set) var acks = ByLeg<SignallingStep>()
    /// 2xx of ours that the peer has not acknowledged.
    package internal(set) var unacknowledged = ByLeg<SignallingStep>()
    /// BYE and CANCEL of ours that the peer has not answered.
    package internal(set) var openRequests: [SignallingStep] = []
    /// The legs that were sent a BYE after the end.
    package internal(set) var hungUp = ByLeg<Bool>()

    /// The last message with a description of ours on each leg (RFC 3264 §8: its version goes up only
    /// when it changes).
    package internal(set) var described = ByLeg<SignallingStep>()
    /// For each of our tags, the destination's provisional response that described its early media.
    package internal(set) var earlyMedia: [Octets: Octets] = [:]
    /// The last re-INVITE of a peer, until it is relayed.
    package internal(set) var offer: Offer?
    /// A re-INVITE between the legs that has no final response yet.
    package internal(set) var renegotiation: Renegotiation?

    /// The last outage of the gateway that the call lived through.
    package internal(set) var outage: Outage?

    /// What is not state: a restart makes it again.
    package var volatile: Volatile

    package struct Answer: Sendable {
        package var attempt: UInt8
        package var at: Stamp
    }

    package struct Outage: Sendable {
        package var start: WallTime
        package var end: WallTime
    }

    /// Opens the state with the event that offered the call.
    package init(_ offered: CallOffered, record: Record) {
        id = record.stream.call
        self.offered = offered
        offeredAt = record.stamp
        firstEvent = record.number
        lastEvent = record.number
        caller = Dialog(
            sipCallID: offered.sipCallID, localTag: offered.localTag, remoteTag: offered.remoteTag,
            remoteTarget: offered.remoteTarget, routeSet: offered.routeSet, localCSeq: 0,
            remoteCSeq: offered.cseq,
            local: offered.local, peer: offered.source)
        volatile = Volatile(seed: offered.seed)
    }

    /// The attempt that the caller is waiting for or talking to.
    package var current: Attempt? {
        attempts.last.flatMap { $0.isAbandoned ? nil : $0 }
    }

    /// The attempt whose answer the call is.
    package var kept: Attempt? {
        answer.flatMap { answer in attempts.first { $0.number == answer.attempt } }
    }

    /// Whether the built-in destination has the call.
    package var isEcho: Bool { attempts.last?.isEcho ?? false }

    /// Whether the destination's 2xx had the offer, so that its ACK waits for the caller's.
    package var awaitsAnswer: Bool { answer != nil && acks[.destination] == nil && !isEcho }

    /// Whether silence is expected on all streams.
    package var isOnHold: Bool {
        streams.allSatisfy { $0.caller.isHeld || $0.destination.isHeld }
    }

    package var isRefused: Bool { isOver && ended == nil }

    /// Whether a side has still to be told that the answered call is over. The caller is told nothing before
    /// its ACK, or the time that this may take (RFC 3261 §15): it may not have heard of the answer.
    package var owesBye: Bool {
        guard let ended, answer != nil else { return false }
        return ended.by != .caller && hungUp[.caller] == nil
            || ended.by != .destination && hungUp[.destination] == nil && !isEcho
    }

    /// Whether nothing more can happen: the record of it is complete.
    package var isFinished: Bool {
        guard isOver, !owesBye else { return false }
        let bye = Method.bye.octets
        guard !openRequests.contains(where: { $0.method == bye }) else { return false }
        guard streams.isEmpty || figures?.isFinal == true else { return false }
        return attempts.indices.allSatisfy {
            attempts[$0].progress == .settled || attempts[$0].progress == .answered
        }
    }

    /// The ports of ours that the call uses.
    package var ports: [UInt16] {
        streams.flatMap { [$0.caller.port, $0.destination.port] }.filter { $0 != 0 }
    }

    package func dialog(_ leg: Leg, attempt: UInt8) -> Dialog? {
        if leg == .caller { return caller }
        return attempts.first { $0.number == attempt }?.dialog
    }
}

/// The random numbers of one call: SplitMix64, seeded by its first event, so that a replay of the
/// same inputs mints the same names.
package struct SplitMix: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
