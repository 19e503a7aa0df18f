// The end of a call, for whatever cause: one event, a last word to each side, and the media closed.

extension Switchboard {
    /// Ends a call. `message` is the BYE or CANCEL that did it, `due` the
    /// time of the deadline.
    func conclude(
        _ call: Call, by: EndedBy, cause: EndCause, relaying message: Message? = nil,
        due: WallTime? = nil
    ) {
        let failure = call.lastFailure
        let recovery = call.outage.map { outage in
            // A deadline after the outage came as it would have come without.
            CallEnded.Recovery(
                outageStart: outage.start, outageEnd: outage.end,
                due: due.flatMap { $0 <= outage.end ? $0 : nil })
        }
        let final = call.answer == nil ? lastWord(of: cause, failure) : nil
        record(
            .callEnded(
                CallEnded(
                    by: by, cause: cause, destinationStatus: failure?.status ?? 0,
                    destinationPhrase: failure?.phrase ?? [],
                    destinationReasons: failure?.reasons ?? [],
                    callerStatus: final?.status ?? 0, callerPhrase: final?.phrase ?? [],
                    reasons: (message?.headers(.reason).map { Octets($0) })
                        ?? (final?.reasons ?? []),
                    cdrNumber: nextCDRNumber, recovery: recovery)),
            of: call)
        if !call.streams.isEmpty, call.figures?.isFinal != true {
            outbox.orders.append(.close(call.id))
        }
        for (leg, key) in call.volatile.answerKeys where call.unacknowledged[leg] == nil {
            servers[key]?.answerAcknowledged()
            call.volatile.answerKeys[leg] = nil
        }
        takeLeave(of: call, relaying: message)
    }

    /// Says the last words that were not said yet, to whoever did not end the call.
    func takeLeave(of call: Call, relaying message: Message? = nil) {
        guard let ended = call.ended else { return }
        dismiss(call, ended)
        answerRenegotiation(of: call)
        for attempt in call.attempts where attempt.progress == .proceeding {
            cancel(call, attempt: attempt.number, relaying: message)
        }
        guard call.answer != nil else { return }
        if ended.by != .caller, call.volatile.answerKeys[.caller] == nil {
            hangUp(call, .caller, relaying: message)
        }
        if ended.by != .destination {
            acknowledgeUnheard(call)
            hangUp(call, .destination, relaying: message)
        }
    }

    /// What an unanswered caller is told.
    private struct LastWord {
        var status: UInt16
        var phrase: Octets
        var reasons: [Octets] = []

        init(_ status: UInt16, _ phrase: String) {
            self.status = status
            self.phrase = Octets(phrase.utf8)
        }
    }

    private func lastWord(of cause: EndCause, _ failure: AttemptFailed?) -> LastWord {
        switch cause {
        case .cancelled: return LastWord(487, "Request Terminated")
        case .rejected:
            guard let failure else { return LastWord(500, "Server Internal Error") }
            var word = LastWord(failure.status, "")
            word.phrase = failure.phrase
            word.reasons = failure.reasons
            return word
        case .ringTimeout, .restart: return LastWord(480, "Temporarily Unavailable")
        case .noReply: return LastWord(504, "Server Time-out")
        case .carrierAuth:
            var word = LastWord(503, "Service Unavailable")
            word.reasons = failure?.reasons ?? []
            return word
        case .badSession: return LastWord(488, "Not Acceptable Here")
        default: return LastWord(503, "Service Unavailable")
        }
    }

    /// The final response to the caller's INVITE. Retry-After and Contact never cross: they would
    /// send the caller away from us.
    private func dismiss(_ call: Call, _ ended: CallEnded) {
        guard call.answer == nil, let key = call.volatile.inviteKey, let transaction = servers[key],
            transaction.finalStatus == 0
        else { return }
        let word = lastWord(of: ended.cause, call.lastFailure)
        var reply = Reply(status: word.status, phrase: word.phrase)
        if let refusal = lastRefusal(of: call), refusal.status == word.status {
            reply.relayed = refusal
            reply.payload.body = Octets(refusal.body)
            reply.payload.contentType = Octets(refusal.header(.contentType) ?? [])
        } else {
            reply.headers = word.reasons.map { ("Reason", $0) }
        }
        respond(transaction, call, reply)
    }

    /// The destination's response that `lastFailure` tells of.
    private func lastRefusal(of call: Call) -> Message? {
        guard let failure = call.lastFailure,
            let attempt = call.attempts.first(where: { $0.number == failure.attempt })
        else { return nil }
        return try? Message(parsing: attempt.response)
    }

    /// On a delayed offer the destination's 2xx waits for the caller's ACK. When that never comes it
    /// must still be acknowledged before its BYE.
    private func acknowledgeUnheard(_ call: Call) {
        guard call.awaitsAnswer, let attempt = call.kept else { return }
        send(Order(.ack, cseq: attempt.inviteCSeq), of: call, attempt: attempt)
    }
}
