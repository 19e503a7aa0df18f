// A call event by event, as the core went through it: what its state was after each, and what changed.

package import Domain

/// The steps of one call, each with the state that the fold of its events has.
package struct CallWalk {
    /// One event.
    package struct Step {
        package var record: Record
        /// As it stands in the ladder; nil for what has no line of its own.
        package var rung: Ladder.Rung?
        /// Name and value of everything that the call holds, in a fixed order.
        package var state: [Member]
        package var changes: [Change]
    }

    /// One part of a call's state.
    package struct Member: Hashable {
        package var name: String
        package var value: String
    }

    /// A part that an event set, changed or took away.
    package struct Change: Hashable {
        package var name: String
        /// Nil where there was, or is, none.
        package var before: String?
        package var after: String?
    }

    package private(set) var steps: [Step] = []

    /// All records of the call's stream, in order, and the ladder of them.
    package init(_ records: [Record], ladder: Ladder) {
        var call: Call?
        var state: [Member] = []
        for record in records {
            if case .callOffered(let offered) = record.event {
                call = Call(offered, record: record)
            } else {
                call?.evolve(record)
            }
            let next = call.map(Self.state) ?? []
            steps.append(
                Step(
                    record: record,
                    rung: ladder.rungs.first { $0.number == record.number }, state: next,
                    changes: Self.changes(from: state, to: next)))
            state = next
        }
    }

    private static func changes(from old: [Member], to new: [Member]) -> [Change] {
        let gone = old.filter { member in !new.contains { $0.name == member.name } }
        let set = new.compactMap { member -> Change? in
            let before = old.first { $0.name == member.name }?.value
            return before == member.value
                ? nil : Change(name: member.name, before: before, after: member.value)
        }
        return set + gone.map { Change(name: $0.name, before: $0.value, after: nil) }
    }

    // MARK: State

    private static func state(_ call: Call) -> [Member] {
        [Member(name: "phase", value: phase(call))] + dialog("caller", call.caller)
            + call.attempts.flatMap(attempt) + media(call) + waiting(call)
    }

    private static func phase(_ call: Call) -> String {
        if call.isRefused { return "refused" }
        if let ended = call.ended { return "ended: \(ended.cause.name)" }
        if call.answer != nil { return "answered" }
        guard let current = call.current else {
            return call.authorised == nil ? "offered" : "authorised"
        }
        return current.hasRung
            ? "ringing" : "calling \(text(Octets(current.routed.destination.utf8)))"
    }

    private static func dialog(_ name: String, _ dialog: Dialog) -> [Member] {
        [
            Member(
                name: "\(name) tags",
                value: "ours \(text(dialog.localTag)), theirs \(text(dialog.remoteTag))"),
            Member(
                name: "\(name) CSeq", value: "ours \(dialog.localCSeq), theirs \(dialog.remoteCSeq)"
            ),
            Member(name: "\(name) target", value: text(dialog.remoteTarget)),
            Member(name: "\(name) address", value: "\(dialog.peer)"),
        ]
    }

    private static func attempt(_ attempt: Attempt) -> [Member] {
        let name = "attempt \(attempt.number)"
        let marks = [
            attempt.isAbandoned ? "abandoned" : nil, attempt.isCancelled ? "cancelled" : nil,
            attempt.forks.count > 1 ? "\(attempt.forks.count) forks" : nil,
        ]
        let progress = (["\(attempt.progress)"] + marks.compactMap { $0 }).joined(separator: ", ")
        return [Member(name: name, value: progress)]
            + (attempt.isEcho ? [] : dialog(name, attempt.dialog))
    }

    private static func media(_ call: Call) -> [Member] {
        func side(_ side: MediaSide) -> String {
            "\(side.rtp.map { "\($0)" } ?? "nowhere yet") at port \(side.port)"
        }
        let streams = call.streams.map { stream in
            Member(
                name: "media \(stream.index)",
                value: "caller \(side(stream.caller)), destination \(side(stream.destination))")
        }
        let latches = call.latches.map { latch in
            Member(
                name:
                    "latch of the \(latch.leg), stream \(latch.stream)\(latch.rtcp ? ", RTCP" : "")",
                value: "\(latch.remote)")
        }
        let figures = call.figures.map { figures in
            Member(
                name: "RTP packets",
                value: "\(figures.fromCaller.packets) from the caller, "
                    + "\(figures.fromDestination.packets) from the destination")
        }
        return streams + latches + [figures].compactMap { $0 }
    }

    private static func waiting(_ call: Call) -> [Member] {
        let legs: [Leg] = [.caller, .destination]
        let acks = legs.filter { call.unacknowledged[$0] != nil }.map { "ACK from the \($0)" }
        let answers = call.openRequests.map { "answer to \(text($0.method)) from the \($0.leg)" }
        let offers = [call.renegotiation].compactMap { $0 }
            .map { "answer to the re-INVITE of the \($0.from)" }
        let awaited = acks + answers + offers
        let value = call.isFinished ? "nothing more" : awaited.joined(separator: ", ")
        return value.isEmpty ? [] : [Member(name: "awaited", value: value)]
    }

    private static func text(_ octets: Octets) -> String {
        octets.isEmpty ? "none" : String(decoding: octets, as: UTF8.self).printable
    }
}
