// What peers may repeat, and our last word on it. The last copy of a word can be lost, or the process
// die just before it leaves, when the call is over and forgotten. A restart says it again, and knows
// what is repeated from what is new.

/// A request of a peer, and our last response to it.
struct AnsweredRequest {
    let number: EventNumber
    let call: CallID
    let request: SignallingStep
    fileprivate(set) var response: SignallingStep?
    fileprivate(set) var responseNumber: EventNumber = 0

    var isFinal: Bool { response.map { $0.status >= 200 } ?? false }
    var isInvite: Bool { request.method == Method.invite.octets }

    fileprivate func isRepeated(by step: SignallingStep) -> Bool {
        request.method == step.method && request.cseq == step.cseq && request.leg == step.leg
            && request.branch == step.branch
    }
}

/// The requests that have no final response, and what was said last within the time in which a peer
/// may repeat its part: final responses until their ACK, and ACKs of ours. A fold of these records
/// alone gives the same window.
struct AnswerWindow {
    private var requests: [CallID: [AnsweredRequest]] = [:]
    /// By branch: the branch of an ACK to a refusal is that of its INVITE (RFC 3261 §17.1.1.3).
    private var acknowledgements: [Octets: Acknowledgement] = [:]
    /// Final responses and ACKs, oldest first; some are not remembered any more.
    private var settled = Settled()
    private var rememberedCount = 0

    struct Acknowledgement {
        let number: EventNumber
        let step: SignallingStep
    }

    /// All requests, oldest first.
    var open: [AnsweredRequest] { requests.values.joined().sorted { $0.number < $1.number } }

    /// The ACK to a final response that came again.
    func acknowledgement(branch: Octets) -> SignallingStep? { acknowledgements[branch]?.step }

    /// Whether a record of a call that is over still matters.
    func needs(_ record: Record) -> Bool {
        if case .requestSent(let step) = record.event {
            return acknowledgements[step.branch]?.number == record.number
        }
        return requests[record.stream.call]?.contains {
            $0.number == record.number || $0.responseNumber == record.number
        } ?? false
    }

    mutating func fold(_ record: Record) {
        forget(before: record.stamp.wall)
        switch record.event {
        case .requestReceived(let step) where step.seen == nil: received(step, record)
        case .responseSent(let step) where step.seen == nil: responded(step, record)
        case .requestSent(let step) where step.method == Method.ack.octets:
            acknowledgements[step.branch] = Acknowledgement(number: record.number, step: step)
            settle(record, branch: step.branch)
        default: break
        }
    }

    /// What nobody will answer any more after a start: only calls that live on are answered.
    mutating func started(with calls: [CallID: Call]) {
        for (call, open) in requests where calls[call] == nil {
            requests[call] = open.allSatisfy { !$0.isFinal } ? nil : open.filter(\.isFinal)
        }
    }

    private mutating func received(_ step: SignallingStep, _ record: Record) {
        let call = record.stream.call
        if step.method == Method.ack.octets {
            forget(call) {
                $0.isInvite && $0.request.cseq == step.cseq && $0.request.leg == step.leg
            }
        } else {
            forget(call) { $0.isRepeated(by: step) }
            requests[call, default: []].append(
                AnsweredRequest(number: record.number, call: call, request: step))
        }
    }

    private mutating func responded(_ step: SignallingStep, _ record: Record) {
        let call = record.stream.call
        guard let index = requests[call]?.lastIndex(where: { $0.isRepeated(by: step) }) else {
            return
        }
        requests[call]?[index].response = step
        requests[call]?[index].responseNumber = record.number
        if step.status >= 200 { settle(record, branch: []) }
    }

    private mutating func settle(_ record: Record, branch: Octets) {
        while rememberedCount >= Limits.rememberedAnswers { forgetOldest() }
        rememberedCount += 1
        settled.append(
            Settled.Entry(
                call: record.stream.call, number: record.number, branch: branch,
                at: record.stamp.wall))
    }

    private mutating func forget(before wall: WallTime) {
        while let first = settled.entries.first, wall - first.at > Timers.transaction {
            forgetOldest()
        }
    }

    private mutating func forgetOldest() {
        guard let entry = settled.removeFirst() else { return }
        if acknowledgements[entry.branch]?.number == entry.number {
            acknowledgements[entry.branch] = nil
            rememberedCount -= 1
        } else {
            forget(entry.call) { $0.responseNumber == entry.number }
        }
    }

    private mutating func forget(_ call: CallID, where isOver: (AnsweredRequest) -> Bool) {
        guard let index = requests[call]?.firstIndex(where: isOver),
            let request = requests[call]?.remove(at: index)
        else { return }
        if request.isFinal { rememberedCount -= 1 }
        if requests[call]?.isEmpty == true { requests[call] = nil }
    }
}

extension AnswerWindow: CustomReflectable {
    /// What is remembered, not how.
    var customMirror: Mirror {
        Mirror(self, children: ["requests": requests, "acknowledgements": acknowledgements])
    }
}

/// What was said last, oldest first.
private struct Settled {
    struct Entry {
        let call: CallID
        let number: EventNumber
        /// Of an ACK; empty for a response.
        let branch: Octets
        let at: WallTime
    }

    private var stored: [Entry] = []
    /// Entries before it are forgotten; they are moved out by the half.
    private var head = 0

    var entries: ArraySlice<Entry> { stored[head...] }

    mutating func append(_ entry: Entry) { stored.append(entry) }

    mutating func removeFirst() -> Entry? {
        guard head < stored.count else { return nil }
        defer {
            head += 1
            if head > stored.count / 2 {
                stored.removeFirst(head)
                head = 0
            }
        }
        return stored[head]
    }
}
