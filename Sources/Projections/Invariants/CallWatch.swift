// What the invariants need of one call: a few marks, folded from its events and from the starts that it
// lives through. Nothing here decides what is done; it only notices what was not.

import Domain

/// A call as the invariants see it.
struct CallWatch: Sendable {
    /// An event and its time.
    private struct Mark {
        var event: EventNumber
        var at: WallTime

        init(_ record: Record) { (event, at) = (record.number, record.stamp.wall) }
    }

    let firstEvent: EventNumber
    private let offered: Mark
    private var answered: Mark?
    /// The attempt that answered; 0 for the built-in destination, which has no far side.
    private var peer: UInt8 = 0
    private var ended: Mark?
    private var endedBy: EndedBy?
    /// Attempts whose destination may still answer.
    private var open: Set<UInt8> = []
    /// Legs of the answered call that are over, or were told so.
    private var closed: [Leg: Mark] = [:]
    private var hasMedia = false
    private var isMediaFinal = false
    private var onDeletedTrunk: Mark?
    /// Time begins anew with a start: what was waited for meanwhile could not be heard.
    private var start = WallTime.distantPast
    /// As it stands in the tables.
    var written: Set<Expectation> = []

    /// Nil unless the record is the one that begins a call.
    init?(beginning record: Record) {
        guard case .callOffered = record.event else { return nil }
        firstEvent = record.number
        offered = Mark(record)
    }

    /// Takes in an event of the call.
    mutating func apply(_ record: Record, isLiving: (TrunkID) -> Bool) {
        switch record.event {
        case .callAuthorised(let event):
            if !isLiving(event.trunk) { onDeletedTrunk = Mark(record) }
        case .callRouted(let event) where event.target != nil: open.insert(event.attempt)
        case .attemptFailed(let event) where event.status >= 200: open.remove(event.attempt)
        case .attemptSettled(let event): open.remove(event.attempt)
        case .callAnswered(let event):
            answered = Mark(record)
            peer = open.remove(event.attempt) ?? 0
        case .mediaChanged(let event): hasMedia = hasMedia || !event.streams.isEmpty
        case .mediaReported(let event): isMediaFinal = event.isFinal
        case .responseSent(let step) where 200..<300 ~= step.status: close(step, record)
        // One before the end is for a fork that answered, too.
        case .requestSent(let step) where ended != nil: close(step, record)
        case .callRefused: ended = Mark(record)
        case .callEnded(let event): (ended, endedBy) = (Mark(record), event.by)
        default: break
        }
    }

    /// Takes note of a BYE of a side that was accepted, or of one that was sent to it.
    private mutating func close(_ step: SignallingStep, _ record: Record) {
        let isOfAnswer = step.leg == .caller || step.attempt == peer
        guard step.method == Method.bye.octets, answered != nil, isOfAnswer,
            closed[step.leg] == nil
        else { return }
        closed[step.leg] = Mark(record)
    }

    /// The gateway was started while the call was there.
    mutating func restarted(at time: WallTime) { start = time }

    /// Whether nothing is waited for any more.
    func isSettled(_ times: CallTimes) -> Bool {
        ended != nil && expectations(times).allSatisfy(\.isLasting)
    }

    // MARK: Rules

    /// What is waited for now, and what cannot come any more.
    func expectations(_ times: CallTimes) -> [Expectation] {
        [stuck(times), unpaired, silent, incomplete, unowned].compactMap { $0 }
    }

    private func expectation(
        _ rule: Invariant, _ mark: Mark, within time: Duration = .zero
    ) -> Expectation {
        let due = max(mark.at + time, start) + Limits.settlingTime
        return Expectation(rule: rule, event: mark.event, since: mark.at, due: due)
    }

    private func stuck(_ times: CallTimes) -> Expectation? {
        if ended != nil { return nil }
        guard let answered else {
            return expectation(.stuckCall, offered, within: times.ring)
        }
        return expectation(.stuckCall, answered, within: times.duration)
    }

    private var unpaired: Expectation? {
        guard let ended else {
            let first = closed.values.min { $0.event < $1.event }
            return first.map { expectation(.legWithoutPeer, $0) }
        }
        return open.isEmpty && !owesBye ? nil : expectation(.legWithoutPeer, ended)
    }

    /// A side that ended the call need not be told.
    private var owesBye: Bool {
        guard answered != nil else { return false }
        return endedBy != .caller && closed[.caller] == nil
            || endedBy != .destination && peer != 0 && closed[.destination] == nil
    }

    private var silent: Expectation? {
        guard let answered, !hasMedia else { return nil }
        var expectation = expectation(.answerWithoutMedia, answered)
        guard let ended else { return expectation }
        guard ended.at >= expectation.due else { return nil }
        expectation.isLasting = true
        return expectation
    }

    private var incomplete: Expectation? {
        guard let ended, hasMedia, !isMediaFinal else { return nil }
        return expectation(.recordWithoutEnd, ended)
    }

    private var unowned: Expectation? {
        onDeletedTrunk.map {
            Expectation(
                rule: .callOnDeletedTrunk, event: $0.event, since: $0.at, due: $0.at,
                isLasting: true)
        }
    }
}
