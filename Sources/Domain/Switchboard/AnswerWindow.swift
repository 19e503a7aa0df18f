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
        request.cseq == step.cseq && request.leg == step.leg && request.branch == step.branch
            && request.method == step.method
    }
}

/// The requests that have no final response, and what was said last within the time in which a peer
/// may repeat its part: final responses until their ACK, and ACKs of ours. A fold of these records
/// alone gives the same window.
struct AnswerWindow {
    private var requests: [CallID: [AnsweredRequest]] = [:]
    /// By branch: the branch of an ACK to a refusal is that of its INVITE (RFC 3261 §17.1.1.3).
    private var acknowledgements: [ShortOctets: Acknowledgement] = [:]
    /// Final responses and ACKs, oldest first; some are not remembered any more.
    private var settled = Settled()
    private var rememberedCount = 0
    /// What was said last before this is not remembered.
    private var horizon = WallTime(nanoseconds: .min)

    struct Acknowledgement {
        let number: EventNumber
        let step: SignallingStep
    }

    /// All requests, oldest first.
    var open: [AnsweredRequest] { requests.values.joined().sorted { $0.number < $1.number } }

    /// The ACK to a final response that came again.
    func acknowledgement(branch: Octets) -> SignallingStep? {
        acknowledgements[ShortOctets(branch)]?.step
    }

    /// Whether a record of a call that is over still matters.
    func needs(_ record: Record) -> Bool {
        if case .requestSent(let step) = record.event {
            return acknowledgements[step.branch]?.number == record.number
        }
        return requests[record.stream.call]?.contains {
            $0.number == record.number || $0.responseNumber == record.number
        } ?? false
    }

    /// Tells that there will be a start at a time, after records that may be years old: what it will find
    /// forgotten need not be remembered. Twice the time, so that what is said again is not new.
    mutating func prepare(forStartAt wall: WallTime) {
        horizon = WallTime(nanoseconds: wall.nanoseconds - 2 * Timers.transaction.nanoseconds)
    }

    mutating func fold(_ record: Record) {
        forget(before: record.stamp.wall)
        switch record.event {
        case .requestReceived(let step) where step.seen == nil: received(step, record)
        case .responseSent(let step) where step.seen == nil: responded(step, record)
        case .requestSent(let step) where step.method == Method.ack.octets:
            acknowledged(step, record)
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
            change(call) { requests in
                Self.forget(in: &requests) {
                    $0.isInvite && $0.request.cseq == step.cseq && $0.request.leg == step.leg
                }
            }
        } else {
            change(call) { requests in
                let wasFinal = Self.forget(in: &requests) { $0.isRepeated(by: step) }
                requests.append(
                    AnsweredRequest(number: record.number, call: call, request: step))
                return wasFinal
            }
        }
    }

    private mutating func responded(_ step: SignallingStep, _ record: Record) {
        let isOver = step.status >= 200 && record.stamp.wall < horizon
        var isKnown = false
        change(record.stream.call) { requests in
            guard let index = requests.lastIndex(where: { $0.isRepeated(by: step) }) else {
                return false
            }
            let wasFinal = requests[index].isFinal
            if isOver {
                requests.remove(at: index)
                return wasFinal
            }
            requests[index].response = step
            requests[index].responseNumber = record.number
            isKnown = true
            return wasFinal
        }
        if isKnown, step.status >= 200 { settle(record, nil) }
    }

    private mutating func acknowledged(_ step: SignallingStep, _ record: Record) {
        guard record.stamp.wall >= horizon else { return }
        let said = Acknowledgement(number: record.number, step: step)
        if acknowledgements.updateValue(said, forKey: step.branch) != nil {
            rememberedCount -= 1
        }
        settle(record, step.branch)
    }

    /// Changes the requests of a call. `body` says whether a final response was forgotten or replaced.
    private mutating func change(_ call: CallID, _ body: (inout [AnsweredRequest]) -> Bool) {
        let wasFinal: Bool
        if let place = requests.index(forKey: call) {
            wasFinal = body(&requests.values[place])
            if requests.values[place].isEmpty { requests.remove(at: place) }
        } else {
            var fresh: [AnsweredRequest] = []
            wasFinal = body(&fresh)
            if !fresh.isEmpty { requests[call] = fresh }
        }
        if wasFinal { rememberedCount -= 1 }
    }

    /// Whether what was forgotten had a final response.
    private static func forget(
        in requests: inout [AnsweredRequest], where isOver: (AnsweredRequest) -> Bool
    ) -> Bool {
        guard let index = requests.firstIndex(where: isOver) else { return false }
        let wasFinal = requests[index].isFinal
        requests.remove(at: index)
        return wasFinal
    }

    private mutating func settle(_ record: Record, _ acknowledgement: ShortOctets?) {
        while rememberedCount >= Limits.rememberedAnswers { forgetOldest() }
        rememberedCount += 1
        settled.append(
            Settled.Entry(
                call: record.stream.call, number: record.number, at: record.stamp.wall,
                acknowledgement: acknowledgement))
    }

    private mutating func forget(before wall: WallTime) {
        while let oldest = settled.oldest, wall - oldest > Timers.transaction { forgetOldest() }
    }

    private mutating func forgetOldest() {
        guard let entry = settled.removeFirst() else { return }
        if let branch = entry.acknowledgement {
            guard acknowledgements[branch]?.number == entry.number else { return }
            acknowledgements[branch] = nil
            rememberedCount -= 1
        } else {
            change(entry.call) { requests in
                Self.forget(in: &requests) { $0.responseNumber == entry.number }
            }
        }
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
        let at: WallTime
        /// The branch of an ACK; nil for a response.
        let acknowledgement: ShortOctets?
    }

    private var stored: [Entry] = []
    /// Entries before it are forgotten; they are moved out by the half.
    private var head = 0

    /// When the first one that is left was said.
    var oldest: WallTime? { head < stored.count ? stored[head].at : nil }

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
