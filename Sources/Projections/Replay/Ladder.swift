// A call as a ladder: who sent what to whom, when, and what was decided in between. Every picture and
// export of a call is drawn from this one model.

package import Domain

/// One call, step by step, from its records alone.
package struct Ladder: Sendable {
    /// One party, from left to right: the caller, the gateway, and each destination that was tried.
    package struct Lane: Hashable, Sendable {
        package var title: String
        /// Nil where the log does not say.
        package var endpoint: Endpoint?
    }

    /// One step of the call.
    package struct Rung: Sendable {
        package var number: EventNumber
        package var at: WallTime
        package var content: Content
    }

    /// What a step shows.
    package enum Content: Sendable {
        case message(Arrow)
        case fact(Fact)
    }

    /// A message from one lane to another.
    package struct Arrow: Sendable {
        package var from: Int
        package var to: Int
        package var label: String
        package var step: SignallingStep
        /// How often it was seen again, which the log only counts.
        package var repeats: UInt32 = 0
        /// Whether it came to the gateway.
        package var isReceived: Bool { to == Ladder.gateway }
        /// Where the datagram came from and went to.
        package var path: (source: Endpoint, destination: Endpoint) {
            isReceived ? (step.remote, step.local) : (step.local, step.remote)
        }
    }

    /// The lanes that every call has; destinations follow.
    package static let caller = 0
    package static let gateway = 1

    package let call: CallID
    /// The first thing that was seen of the call: times count from here.
    package let began: WallTime
    package private(set) var lanes: [Lane]
    package private(set) var rungs: [Rung] = []
    /// Who called whom, and how it ended.
    package let title: String
    private var laneOfAttempt: [UInt8: Int] = [:]

    /// All records of the call's stream, in order. Nil when there are none.
    package init?(_ records: [Record]) {
        guard let first = records.first else { return nil }
        call = first.stream.call
        began = records.map(\.seen).min() ?? first.stamp.wall
        title = Self.title(records)
        lanes = [Lane(title: "caller"), Lane(title: "trunkline")]
        for record in records { add(record) }
        bringChallengesForward()
        for record in records {
            if case .repeatsAbsorbed(let event) = record.event { count(event) }
        }
    }

    /// From the beginning of the call to a step, in microseconds.
    package func offsetMicroseconds(_ rung: Rung) -> Int64 {
        (rung.at - began).nanoseconds / 1_000
    }

    private mutating func add(_ record: Record) {
        if case .callOffered(let event) = record.event {
            lanes[Self.caller].endpoint = event.source
            lanes[Self.gateway].endpoint = event.local
        }
        if case .callRouted(let event) = record.event, let target = event.target {
            laneOfAttempt[event.attempt] = lanes.count
            lanes.append(Lane(title: event.destination, endpoint: target))
        }
        let content: Content
        switch record.event {
        case .requestReceived(let step), .responseReceived(let step):
            content = .message(arrow(step, isReceived: true))
        case .requestSent(let step), .responseSent(let step):
            content = .message(arrow(step, isReceived: false))
        default:
            guard let fact = Fact(record.event) else { return }
            content = .fact(fact)
        }
        rungs.append(Rung(number: record.number, at: record.seen, content: content))
    }

    /// A challenge is recorded by the retry that authenticates, after the offer, but came before it.
    private mutating func bringChallengesForward() {
        guard let offer = rungs.first else { return }
        let earlier = rungs.dropFirst().prefix { $0.at < offer.at }
        rungs.replaceSubrange(0...earlier.count, with: earlier + [offer])
    }

    private mutating func arrow(_ step: SignallingStep, isReceived: Bool) -> Arrow {
        let peer = step.leg == .caller ? Self.caller : lane(of: step)
        return Arrow(
            from: isReceived ? peer : Self.gateway, to: isReceived ? Self.gateway : peer,
            label: Self.label(step), step: step)
    }

    /// A leg whose route the log has lost still has its messages.
    private mutating func lane(of step: SignallingStep) -> Int {
        if let lane = laneOfAttempt[step.attempt] { return lane }
        laneOfAttempt[step.attempt] = lanes.count
        lanes.append(Lane(title: "destination", endpoint: step.remote))
        return lanes.count - 1
    }

    private static func label(_ step: SignallingStep) -> String {
        let method = String(decoding: step.method, as: UTF8.self)
        let message = try? Message(parsing: step.message)
        let session = message.map { $0.body.isEmpty ? "" : " +SDP" } ?? ""
        guard step.status != 0 else { return method + session }
        let phrase = message.map { String(decoding: $0.phrase, as: UTF8.self) } ?? ""
        return "\(step.status) \(phrase)" + (method == "INVITE" ? "" : " (\(method))") + session
    }

    /// Gives a transaction's repetitions to its request and to its last response.
    private mutating func count(_ event: RepeatsAbsorbed) {
        func isOf(_ rung: Rung, received: Bool) -> Bool {
            guard case .message(let arrow) = rung.content else { return false }
            let step = arrow.step
            return arrow.isReceived == received && step.leg == event.leg
                && step.attempt == event.attempt && step.method == event.method
                && step.cseq == event.cseq
        }
        for (count, received) in [(event.received, true), (event.sent, false)] where count > 0 {
            guard let index = rungs.lastIndex(where: { isOf($0, received: received) }),
                case .message(var arrow) = rungs[index].content
            else { continue }
            arrow.repeats += count
            rungs[index].content = .message(arrow)
        }
    }

    private static func title(_ records: [Record]) -> String {
        var reading: CallRecord?
        for record in records {
            if reading == nil { reading = CallRecord(beginning: record) }
            reading?.apply(record)
        }
        guard let reading else { return "a call whose beginning the log has lost" }
        func text(_ octets: Octets) -> String { String(decoding: octets, as: UTF8.self) }
        let parties =
            "\(text(reading.offered.callerNumber)) to \(text(reading.offered.calledNumber))"
        return "\(parties): \(end(of: reading))"
    }

    private static func end(of reading: CallRecord) -> String {
        if let talk = reading.talk, let by = reading.ended?.event.by.name {
            let milliseconds = talk.nanoseconds / 1_000_000
            return
                "answered, talked \(Text.seconds(milliseconds: milliseconds)) s, ended by the \(by)"
        }
        let why = reading.refused?.reason.meaning ?? reading.ended?.event.cause.meaning
        return reading.result + (why.map { ": \($0)" } ?? "")
    }
}

extension Event {
    /// The message that the event is about; nil for facts.
    var message: SignallingStep? {
        switch self {
        case .requestReceived(let step), .requestSent(let step), .responseReceived(let step),
            .responseSent(let step):
            step
        default: nil
        }
    }
}

extension Record {
    /// When it happened: a challenge is recorded by its retry, and media by its report.
    fileprivate var seen: WallTime {
        if case .mediaStarted(let event) = event { return event.at }
        return event.message?.seen ?? stamp.wall
    }
}
