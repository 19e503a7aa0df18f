// What becomes due: transactions repeat or give up, calls reach their limits.

extension Switchboard {
    func deadlineReached(_ due: Due) {
        switch due {
        case .server(let key): serverTimeReached(key)
        case .client(let key): clientTimeReached(key)
        case .call(let id): callTimeReached(id)
        case .window: windowEnded()
        }
    }

    private func serverTimeReached(_ key: ServerKey) {
        guard let transaction = servers[key] else { return }
        transaction.queued = nil
        switch transaction.timeReached(now) {
        case .none: break
        case .repeatResponse:
            outbox.send(
                transaction.response, from: transaction.local, to: transaction.remote,
                as: .repetition(transaction.event))
        case .unacknowledged: noAcknowledgement(transaction)
        case .terminated:
            servers[key] = nil
            recordRepeats(of: transaction)
            return
        }
        schedule(transaction)
    }

    private func clientTimeReached(_ key: ClientKey) {
        guard let transaction = clients[key] else { return }
        transaction.queued = nil
        switch transaction.timeReached(now) {
        case .repeatRequest:
            outbox.send(
                transaction.request, from: transaction.local, to: transaction.remote,
                as: .repetition(transaction.event))
        case .timedOut:
            if let call = calls[transaction.call] {
                let renegotiation = call.renegotiation
                recordTimeout(of: transaction, call)
                timedOut(transaction, call, renegotiation, cause: .noReply)
            }
            clients[key] = nil
            return
        case .terminated:
            clients[key] = nil
            recordRepeats(of: transaction)
            return
        case .none, .deliver, .deliverAndAcknowledge, .acknowledge: break
        }
        schedule(transaction)
    }

    private func recordTimeout(of transaction: ClientTransaction, _ call: Call) {
        let timer = transaction.key.method == .invite ? TimerFired.b : TimerFired.f
        record(
            .timerFired(
                TimerFired(
                    leg: transaction.leg, attempt: transaction.attempt, timer: timer,
                    branch: transaction.key.branch)),
            of: call)
    }

    private func recordRepeats(of transaction: ServerTransaction) {
        guard transaction.repeatsReceived + transaction.repeatsSent > 0 else { return }
        record(
            .repeatsAbsorbed(
                RepeatsAbsorbed(
                    leg: transaction.leg, attempt: transaction.attempt,
                    method: transaction.request.method.octets, cseq: transaction.request.cseq,
                    received: transaction.repeatsReceived, sent: transaction.repeatsSent)),
            StreamKey(transaction.call))
    }

    private func recordRepeats(of transaction: ClientTransaction) {
        guard transaction.repeatsReceived + transaction.repeatsSent > 0 else { return }
        record(
            .repeatsAbsorbed(
                RepeatsAbsorbed(
                    leg: transaction.leg, attempt: transaction.attempt,
                    method: transaction.key.method.octets, cseq: transaction.cseq,
                    received: transaction.repeatsReceived, sent: transaction.repeatsSent)),
            StreamKey(transaction.call))
    }

    /// The next limit that a call can reach.
    func deadline(of call: Call) -> Instant? {
        if call.isOver { return nil }
        if let answer = call.answer {
            return instant(of: answer.at) + settings.maximumDuration
        }
        let ring = instant(of: call.offeredAt) + settings.ringTimeout
        guard let attempt = call.current, attempt.progress == .calling else { return ring }
        // Only time in which a reply could be heard counts.
        let heard = max(instant(of: attempt.start), start.instant)
        return min(ring, heard + settings.noReplyTimeout)
    }

    private func callTimeReached(_ id: CallID) {
        guard let call = calls[id], replay?.follows(StreamKey(id)) ?? true else { return }
        call.volatile.queuedDeadline = nil
        guard let due = deadline(of: call) else { return }
        guard due <= now else { return schedule(call) }
        let dueWall = WallTime(nanoseconds: stamp.wall.nanoseconds - (now - due).nanoseconds)
        if call.answer != nil {
            expire(call, TimerFired.duration, .maximumDuration, dueWall)
        } else if instant(of: call.offeredAt) + settings.ringTimeout <= now {
            expire(call, TimerFired.ring, .ringTimeout, dueWall)
        } else if let attempt = call.current {
            record(
                .timerFired(
                    TimerFired(
                        leg: .destination, attempt: attempt.number, timer: TimerFired.noReply)),
                of: call)
            attemptFailed(call, attempt, cause: .noReply)
        }
    }

    private func expire(_ call: Call, _ timer: String, _ cause: EndCause, _ due: WallTime) {
        let leg: Leg = call.answer == nil ? .destination : .caller
        record(.timerFired(TimerFired(leg: leg, attempt: 0, timer: timer)), of: call)
        conclude(call, by: .gateway, cause: cause, due: due)
    }

    /// 64*T1 without an ACK to our 2xx: the peer is gone, and so is the call (RFC 3261 §13.3.1.4).
    private func noAcknowledgement(_ transaction: ServerTransaction) {
        guard let call = calls[transaction.call] else { return }
        record(
            .timerFired(
                TimerFired(
                    leg: transaction.leg, attempt: transaction.attempt, timer: TimerFired.ack)),
            of: call)
        call.volatile.answerKeys[transaction.leg] = nil
        if call.isOver { takeLeave(of: call) } else { conclude(call, by: .gateway, cause: .noAck) }
    }

    /// A request of ours was never answered.
    func timedOut(
        _ transaction: ClientTransaction, _ call: Call, _ renegotiation: Call.Renegotiation?,
        cause: EndCause
    ) {
        switch transaction.key.method {
        case .invite:
            if let renegotiation, renegotiation.client == transaction.key {
                return renegotiationFailed(
                    call, renegotiation, status: 408, phrase: Octets("Request Timeout".utf8), nil)
            }
            guard let attempt = call.attempts.first(where: { $0.number == transaction.attempt })
            else { return }
            if attempt.isAbandoned {
                settle(call, attempt, status: 0)
            } else if attempt.progress != .answered {
                attemptFailed(call, attempt, cause: cause)
                settle(call, attempt, status: 0)
            }
        default:
            // Timer F is what state is folded from: the peer will not answer any more.
            if cause == .transportFailure { recordTimeout(of: transaction, call) }
        }
    }

    func settle(_ call: Call, _ attempt: Attempt, status: UInt16, lateAnswer: Bool = false) {
        record(
            .attemptSettled(
                AttemptSettled(
                    attempt: attempt.number, status: status, lateAnswer: lateAnswer)),
            of: call)
    }
}
