// How events change a call. Nothing here decides, draws or parses: the same events give the same
// state on every machine and in every year.

extension Call {
    /// Applies an event of this call. Events of other families change nothing.
    package func evolve(_ record: Record) {
        lastEvent = record.number
        eventCount += 1
        switch record.event {
        case .callAuthorised(let event): authorised = event
        case .callRefused: isOver = true
        case .transportFailed(let event): closeRenegotiation(on: event.leg)
        case .callRouted(let event): route(event, at: record.stamp)
        case .callProgressed(let event): progress(event)
        case .callAnswered(let event): answer(event, at: record.stamp)
        case .attemptFailed(let event): fail(event)
        case .attemptSettled(let event): change(event.attempt) { $0.progress = .settled }
        case .dialogRefreshed(let event): refresh(event)
        case .callEnded(let event): end(event)
        case .mediaChanged(let event):
            streams = event.streams
        case .mediaLatched(let event): latch(event)
        case .mediaReported(let event): figures = event
        case .requestReceived(let step): received(step)
        case .requestSent(let step): sent(step)
        case .responseReceived(let step): responseReceived(step)
        case .responseSent(let step): responseSent(step)
        case .timerFired(let event): timerFired(event)
        default: break
        }
    }

    private func change(_ attempt: UInt8, _ body: (inout Attempt) -> Void) {
        // By index, because a search by value would hand out copies.
        for index in attempts.indices where attempts[index].number == attempt {
            return body(&attempts[index])
        }
    }

    private func route(_ event: CallRouted, at stamp: Stamp) {
        let dialog = Dialog(
            sipCallID: event.sipCallID, localTag: event.localTag, remoteTag: [],
            remoteTarget: event.requestURI, routeSet: [], localCSeq: 0, remoteCSeq: 0,
            local: event.local ?? offered.local, peer: event.target ?? offered.source)
        attempts.append(Attempt(routed: event, start: stamp, dialog: dialog))
        described[.destination] = nil
    }

    private func progress(_ event: CallProgressed) {
        change(event.attempt) { attempt in
            attempt.progress = .proceeding
            attempt.hasRung = true
            attempt.learn(event.remoteTag, callerTag: event.callerTag)
            if event.earlyMedia { earlyMedia[event.callerTag] = attempt.response }
        }
    }

    private func answer(_ event: CallAnswered, at stamp: Stamp) {
        answer = Answer(attempt: event.attempt, at: stamp)
        caller.localTag = event.callerTag
        change(event.attempt) { attempt in
            attempt.progress = .answered
            attempt.learn(event.remoteTag, callerTag: event.callerTag)
            attempt.dialog.remoteTag = event.remoteTag
            attempt.dialog.remoteTarget = event.remoteTarget
            attempt.dialog.routeSet = event.routeSet
        }
    }

    private func fail(_ event: AttemptFailed) {
        if event.status != 0 { lastFailure = event }
        change(event.attempt) { attempt in
            attempt.isAbandoned = true
            attempt.failure = event
            if event.status != 0 { attempt.progress = .settled }
        }
    }

    private func refresh(_ event: DialogRefreshed) {
        if event.leg == .caller {
            caller.remoteTarget = event.remoteTarget
        } else if let answer {
            change(answer.attempt) { $0.dialog.remoteTarget = event.remoteTarget }
        }
    }

    private func end(_ event: CallEnded) {
        ended = event
        isOver = true
        unacknowledged[.destination] = nil
        if event.by == .caller || unacknowledged[.caller]?.cseq != offered.cseq {
            unacknowledged[.caller] = nil
        }
        for index in attempts.indices where attempts[index].progress != .answered {
            attempts[index].isAbandoned = true
        }
    }

    private func latch(_ event: MediaLatched) {
        latches.removeAll {
            $0.leg == event.leg && $0.stream == event.stream && $0.rtcp == event.rtcp
        }
        latches.append(event)
    }

    private func received(_ step: SignallingStep) {
        byteCount += step.message.count
        if step.leg == .destination {
            change(step.attempt) {
                $0.dialog.remoteCSeq = max($0.dialog.remoteCSeq, step.cseq)
                $0.dialog.peer = step.remote
            }
        } else if step.seen == nil {
            if step.method == Method.invite.octets, invite.isEmpty { invite = step.message }
            caller.remoteCSeq = max(caller.remoteCSeq, step.cseq)
            caller.peer = step.remote
        }
        if step.method == Method.ack.octets, unacknowledged[step.leg]?.cseq == step.cseq {
            unacknowledged[step.leg] = nil
        } else if step.method == Method.invite.octets, answer != nil {
            offer = Offer(invite: step, streams: streams)
        }
    }

    private func sent(_ step: SignallingStep) {
        byteCount += step.message.count
        describe(step)
        switch step.method {
        case Method.bye.octets:
            openRequests.append(step)
            if isOver { hungUp[step.leg] = true }
        case Method.cancel.octets: openRequests.append(step)
        case Method.ack.octets: acknowledged(step)
        case Method.invite.octets: relayOffer(step)
        default: break
        }
        guard step.leg == .destination else {
            caller.localCSeq = max(caller.localCSeq, step.cseq)
            return
        }
        change(step.attempt) { attempt in
            attempt.dialog.localCSeq = max(attempt.dialog.localCSeq, step.cseq)
            if step.method == Method.invite.octets, attempt.invite.isEmpty {
                attempt.invite = step.message
                attempt.branch = step.branch
                attempt.inviteCSeq = step.cseq
            } else if step.method == Method.cancel.octets {
                attempt.isCancelled = true
            }
        }
    }

    private func describe(_ step: SignallingStep) {
        if step.descriptionVersion != 0 { described[step.leg] = step }
    }

    private func acknowledged(_ step: SignallingStep) {
        if answer?.attempt == step.attempt || step.leg == .caller { acks[step.leg] = step }
        guard let relayed = renegotiation?.relayed else { return }
        if relayed.cseq == step.cseq { closeRenegotiation(on: step.leg) }
    }

    private func relayOffer(_ step: SignallingStep) {
        guard answer != nil, let offer, offer.invite.leg != step.leg else { return }
        renegotiation = Renegotiation(offer: offer, relayed: step)
        self.offer = nil
    }

    private func closeRenegotiation(on leg: Leg) {
        if renegotiation?.relayed.leg == leg { renegotiation = nil }
    }

    private func responseReceived(_ step: SignallingStep) {
        byteCount += step.message.count
        if step.status >= 200, !openRequests.isEmpty {
            openRequests.removeAll { $0.branch == step.branch && $0.method == step.method }
        }
        if renegotiation?.relayed.branch == step.branch, step.method == Method.invite.octets {
            renegotiation?.status = step.status
        }
        guard step.leg == .destination, step.method == Method.invite.octets else { return }
        change(step.attempt) { attempt in
            if attempt.progress == .calling, step.status < 200 { attempt.progress = .proceeding }
            attempt.dialog.peer = step.remote
            if attempt.branch == step.branch { attempt.response = step.message }
        }
    }

    private func responseSent(_ step: SignallingStep) {
        byteCount += step.message.count
        describe(step)
        guard step.method == Method.invite.octets, 200..<300 ~= step.status else { return }
        unacknowledged[step.leg] = step
    }

    private func timerFired(_ event: TimerFired) {
        switch event.timer {
        case TimerFired.b where renegotiation?.relayed.branch.octets == event.branch:
            closeRenegotiation(on: event.leg)
        case TimerFired.f:
            // Logs of the first version do not say which request it was.
            openRequests.removeAll { request in
                request.leg == event.leg && event.branch.isEmpty
                    || request.branch.octets == event.branch
            }
        case TimerFired.ack: unacknowledged[event.leg] = nil
        default: break
        }
    }
}

extension Attempt {
    fileprivate mutating func learn(_ remoteTag: Octets, callerTag: Octets) {
        guard !remoteTag.isEmpty, !forks.contains(where: { $0.remoteTag == remoteTag }) else {
            return
        }
        forks.append(Fork(remoteTag: remoteTag, callerTag: callerTag))
    }
}

extension TimerFired {
    // The names that state is folded from; others only inform.
    package static let b = "B"
    package static let f = "F"
    package static let h = "H"
    package static let ack = "ack"
    package static let ring = "ring"
    package static let noReply = "no_reply"
    package static let duration = "duration"
}
