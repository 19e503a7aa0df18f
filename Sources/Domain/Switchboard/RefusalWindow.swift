// Refusals whose ACK has not come. Their calls are over and forgotten, but the callers may not know: the
// last copy can be lost, or the process die just before it leaves. A restart repeats them, and knows an
// INVITE that is repeated from one that is new.

/// A final response of ours to a caller's INVITE, other than a 2xx.
struct OpenRefusal {
    let call: CallID
    let invite: SignallingStep
    let response: SignallingStep
    let at: WallTime
}

/// The refusals of the last 32 seconds without an ACK, and the INVITEs that have no final response yet.
/// A fold of the records of these calls alone gives the same window.
struct RefusalWindow {
    /// Oldest first.
    private(set) var open: [OpenRefusal] = []
    private var invites: [CallID: SignallingStep] = [:]

    /// Whether records of a call that is over still matter.
    func concerns(_ call: CallID) -> Bool {
        invites[call] != nil || open.contains { $0.call == call }
    }

    mutating func fold(_ record: Record) {
        forget(before: record.stamp.wall)
        switch record.event {
        case .requestReceived(let step) where step.leg == .caller && step.seen == nil:
            received(step, record.stream.call)
        case .responseSent(let step)
        where step.leg == .caller && step.seen == nil && step.status >= 200:
            responded(step, record.stream.call, at: record.stamp.wall)
        default: break
        }
    }

    /// What nobody will answer any more after a start: only calls that live on are answered.
    mutating func started(with calls: [CallID: Call]) {
        invites = invites.filter { calls[$0.key] != nil }
    }

    private mutating func received(_ step: SignallingStep, _ call: CallID) {
        if step.method == Method.invite.octets {
            invites[call] = step
        } else if step.method == Method.ack.octets {
            open.removeAll { $0.call == call && $0.invite.cseq == step.cseq }
        }
    }

    private mutating func responded(_ step: SignallingStep, _ call: CallID, at wall: WallTime) {
        guard step.method == Method.invite.octets, let invite = invites[call],
            invite.cseq == step.cseq
        else { return }
        invites[call] = nil
        guard step.status >= 300 else { return }
        if open.count >= Limits.rememberedRefusals { open.removeFirst() }
        open.append(OpenRefusal(call: call, invite: invite, response: step, at: wall))
    }

    private mutating func forget(before wall: WallTime) {
        guard let first = open.first, wall - first.at > Timers.transaction else { return }
        open.removeAll { wall - $0.at > Timers.transaction }
    }
}
