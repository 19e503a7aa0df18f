// The end of a call, for whatever cause: one event, a last word to each side, and the media closed.

extension Switchboard {
    /// Ends a call. `message` is the BYE or CANCEL that did it, `due` the
    /// time of the deadline.
    func conclude(
        _ call: Call, by: EndedBy, cause: EndCause, relaying message: Message? = nil,
        due: WallTime? = nil
    ) {
        let failure = call.lastFailure
        let recovery = call.outage.map {
            CallEnded.Recovery(outageStart: $0.start, outageEnd: $0.end, due: due)
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
        if !call.streams.isEmpty { outbox.orders.append(.close(call.id)) }
        if let final { dismiss(call, final) }
        for key in call.volatile.answerKeys.values { servers[key]?.answerAcknowledged() }
        call.volatile.answerKeys = [:]
        for attempt in call.attempts where attempt.progress == .proceeding {
            cancel(call, attempt: attempt.number, relaying: message)
        }
        if call.answer != nil {
            if by != .caller { hangUp(call, .caller, relaying: message) }
            if by != .destination {
                acknowledgeUnheard(call)
                hangUp(call, .destination, relaying: message)
            }
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
    private func dismiss(_ call: Call, _ word: LastWord) {
        guard let key = call.volatile.inviteKey, let transaction = servers[key],
            transaction.finalStatus == 0
        else { return }
        var reply = Reply(status: word.status, phrase: word.phrase)
        let refusal = call.volatile.lastRefusal
        if let refusal, refusal.status == word.status {
            reply.relayed = refusal
            reply.body = Octets(refusal.body)
            reply.contentType = Octets(refusal.header(.contentType) ?? [])
        } else {
            reply.headers = word.reasons.map { ("Reason", $0) }
        }
        respond(transaction, call, reply)
    }

    /// On a delayed offer the destination's 2xx waits for the caller's ACK. When that never comes it
    /// must still be acknowledged before its BYE.
    private func acknowledgeUnheard(_ call: Call) {
        guard let answer = call.answer, call.acks[.destination] == nil,
            let attempt = call.attempts.first(where: { $0.number == answer.attempt }),
            !attempt.isEcho
        else { return }
        send(Order(.ack, cseq: attempt.inviteCSeq), of: call, attempt: attempt)
    }
}
