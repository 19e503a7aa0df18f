// What destinations and callers answer to requests of ours.

extension Switchboard {
    func responseReceived(_ response: Message, _ path: Path) {
        let key = ClientKey(branch: Octets(response.topVia.branch), method: response.cseqMethod)
        guard let transaction = clients[key] else { return strayResponse(response, path) }
        let effect = transaction.responseReceived(response.status, at: now)
        switch effect {
        case .deliver: deliver(response, transaction, path)
        case .deliverAndAcknowledge:
            deliver(response, transaction, path)
        case .acknowledge: repeatAcknowledgement(transaction)
        case .none, .repeatRequest, .timedOut, .terminated: break
        }
        schedule(transaction)
    }

    private func deliver(_ response: Message, _ transaction: ClientTransaction, _ path: Path) {
        if response.status >= 300, transaction.key.method == .invite {
            transaction.acknowledgement = hopAcknowledgement(of: transaction, response)
        }
        guard let call = calls[transaction.call] else { return acknowledgeAlone(transaction) }
        if isRepeatedAnswer(response, transaction) {
            return repeatAcknowledgement(transaction)
        }
        let renegotiation = call.renegotiation
        record(
            .responseReceived(
                Self.step(response, leg: transaction.leg, attempt: transaction.attempt, path)),
            of: call)
        if !transaction.acknowledgement.isEmpty, response.status >= 300 {
            recordHopAcknowledgement(transaction, of: call)
        }
        guard transaction.key.method == .invite else { return }
        if let renegotiation, renegotiation.client == transaction.key {
            renegotiationAnswered(call, renegotiation, response, transaction)
        } else if let attempt = call.attempts.first(where: { $0.number == transaction.attempt }) {
            inviteAnswered(call, attempt, response, transaction)
        }
    }

    /// A 2xx that has been acknowledged: the same ACK goes again (RFC 3261 §13.2.2.4). On a delayed
    /// offer there is none yet, and the caller's will come.
    private func isRepeatedAnswer(_ response: Message, _ transaction: ClientTransaction) -> Bool {
        guard let tag = transaction.answerTag, 200..<300 ~= response.status else { return false }
        return tag == Octets(response.to.tag ?? [])
    }

    private func hopAcknowledgement(
        of transaction: ClientTransaction, _ response: Message
    ) -> Octets {
        guard let invite = try? Message(parsing: transaction.request) else { return [] }
        return write(.ack, onto: invite, to: response.header(.to) ?? [])
    }

    /// A final response that comes again may find the first ACK still waiting for the log.
    private func repeatAcknowledgement(_ transaction: ClientTransaction) {
        sendAcknowledgement(transaction, as: .repetition(transaction.acknowledgementEvent))
    }

    /// The ACK to what comes when its call is over is in no event, but the end of the call is.
    private func acknowledgeAlone(_ transaction: ClientTransaction) {
        transaction.acknowledgementEvent = lastNumber
        sendAcknowledgement(transaction, as: .step(lastNumber))
    }

    /// Sends the ACK that a transaction has, if it has one.
    private func sendAcknowledgement(_ transaction: ClientTransaction, as dispatch: Dispatch) {
        guard !transaction.acknowledgement.isEmpty else { return }
        outbox.send(
            transaction.acknowledgement, from: transaction.local, to: transaction.remote,
            as: dispatch)
    }

    /// It waits for the log: a destination that has it does not repeat what a crash would lose.
    private func recordHopAcknowledgement(_ transaction: ClientTransaction, of call: Call) {
        send(
            SignallingStep(
                leg: transaction.leg, attempt: transaction.attempt, method: Method.ack.octets,
                cseq: transaction.cseq, status: 0, branch: transaction.key.branch,
                local: transaction.local, remote: transaction.remote, transport: .udp,
                message: transaction.acknowledgement, secrets: [], seen: nil),
            of: call)
        transaction.acknowledgementEvent = lastNumber
    }

    private func inviteAnswered(
        _ call: Call, _ attempt: Attempt, _ response: Message, _ transaction: ClientTransaction
    ) {
        switch response.status {
        case ..<200:
            if attempt.isAbandoned {
                cancel(call, attempt: attempt.number)
            } else if response.status > 100, call.answer == nil {
                progressed(call, attempt, response)
            }
        case 200..<300:
            if !attempt.isAbandoned, call.answer == nil {
                transaction.answerTag = Octets(response.to.tag ?? [])
                answered(call, attempt, response)
            } else {
                unwantedAnswer(call, attempt, response, transaction)
            }
        default:
            if attempt.isAbandoned {
                settle(call, attempt, status: response.status)
            } else {
                attemptRefused(call, attempt, response)
            }
        }
    }

    /// A provisional response is relayed, with its early media.
    private func progressed(_ call: Call, _ attempt: Attempt, _ response: Message) {
        guard let key = call.volatile.inviteKey, let transaction = servers[key] else { return }
        let tag = callerTag(for: response, call, attempt)
        let payload = relayedBody(of: response, from: .destination, call)
        record(
            .callProgressed(
                CallProgressed(
                    attempt: attempt.number, status: response.status,
                    phrase: Octets(response.phrase), earlyMedia: payload.isDescription,
                    remoteTag: Octets(response.to.tag ?? []), callerTag: tag,
                    remoteTarget: Octets(response.contact?.uri ?? []),
                    routeSet: Self.routes(in: response))),
            of: call)
        var reply = Reply(
            status: response.status, phrase: Octets(response.phrase), relaying: response)
        reply.tag = tag
        reply.payload = payload
        respond(transaction, call, reply)
    }

    /// Early dialogs whose answer differs are told apart by tags of their own, because a caller must
    /// not see two answers in one dialog; all others share the call's tag.
    private func callerTag(for response: Message, _ call: Call, _ attempt: Attempt) -> Octets {
        let remote = Octets(response.to.tag ?? [])
        if let known = attempt.forks.first(where: { $0.remoteTag == remote }) {
            return known.callerTag
        }
        let first = call.offered.localTag
        guard let range = SessionBody.find(in: response),
            let shown = call.earlyMedia[first]
        else { return first }
        return SessionBody.octets(in: shown) == Octets(response.bytes[range])
            ? first : Token.make(using: &call.volatile.generator)
    }

    private func answered(_ call: Call, _ attempt: Attempt, _ response: Message) {
        let tag = callerTag(for: response, call, attempt)
        let payload = answerPayload(response, tag: tag, call)
        record(
            .callAnswered(
                CallAnswered(
                    attempt: attempt.number, status: response.status,
                    phrase: Octets(response.phrase), remoteTag: Octets(response.to.tag ?? []),
                    callerTag: tag, remoteTarget: Octets(response.contact?.uri ?? []),
                    routeSet: Self.routes(in: response), codec: payload.codec)),
            of: call)
        passOn(response, payload, call)
    }

    /// The description that an answer brings, or that its early media brought before.
    private func answerPayload(_ response: Message, tag: Octets, _ call: Call) -> Payload {
        let payload = relayedBody(of: response, from: .destination, call)
        guard !payload.isDescription, let shown = call.earlyMedia[tag],
            let early = try? Message(parsing: shown)
        else { return payload }
        return relayedBody(of: early, from: .destination, call)
    }

    /// Passes on an answer that a restart found decided, but not told to the caller.
    func passOnAnswer(of call: Call) {
        guard let attempt = call.kept, let response = try? Message(parsing: attempt.response) else {
            return
        }
        passOn(response, answerPayload(response, tag: call.caller.localTag, call), call)
    }

    /// Acknowledges the destination's 2xx, unless the caller's ACK will bring the answer, and tells the
    /// caller.
    private func passOn(_ response: Message, _ payload: Payload, _ call: Call) {
        guard let key = call.volatile.inviteKey, let transaction = servers[key] else { return }
        let isDelayedOffer = SessionBody.find(in: transaction.request) == nil
        if call.awaitsAnswer, !isDelayedOffer || !payload.isDescription { acknowledge(call) }
        var reply = Reply(
            status: response.status, phrase: Octets(response.phrase), relaying: response)
        reply.payload = payload
        reply.tag = call.caller.localTag
        respond(transaction, call, reply)
        if !payload.isDescription {
            return conclude(call, by: .gateway, cause: .badSession)
        }
        orderMedia(call, reopensLatch: true)
        schedule(call)
    }

    /// The ACK to the destination's 2xx; `message` is the caller's, when it carries the answer.
    func acknowledge(_ call: Call, relaying message: Message? = nil) {
        guard let attempt = call.kept else { return }
        var order = Order(.ack, cseq: attempt.inviteCSeq)
        if let message {
            order.relayed = message
            order.payload = relayedBody(of: message, from: .caller, call)
        }
        send(order, of: call, attempt: attempt)
        if let ack = call.acks[.destination] {
            let client = clients[ClientKey(branch: attempt.branch.octets, method: .invite)]
            client?.acknowledgement = ack.message
            client?.acknowledgementEvent = lastNumber
        }
    }

    /// A 2xx that nobody wants any more, or a second one from another fork: it is acknowledged and
    /// ended, or it would ring on.
    private func unwantedAnswer(
        _ call: Call, _ attempt: Attempt, _ response: Message, _ transaction: ClientTransaction
    ) {
        var fork = attempt
        fork.dialog.remoteTag = Octets(response.to.tag ?? [])
        fork.dialog.remoteTarget = Octets(response.contact?.uri ?? attempt.routed.requestURI[...])
        fork.dialog.routeSet = Self.routes(in: response)
        let isFirst = transaction.answerTag == nil && call.answer?.attempt != attempt.number
        send(Order(.ack, cseq: transaction.cseq), of: call, attempt: fork)
        send(Order(.bye, cseq: transaction.cseq + 1), of: call, attempt: fork)
        guard isFirst else { return }
        transaction.answerTag = fork.dialog.remoteTag
        // Last, because a call that is over is forgotten with its last attempt, but not before its BYE.
        settle(call, attempt, status: response.status, lateAnswer: true)
    }

    /// A response without a transaction: a repeated final response after its transaction ended or
    /// after a restart gets its ACK again, all else is dropped (RFC 3261 §18.1.2).
    private func strayResponse(_ response: Message, _ path: Path) {
        guard response.cseqMethod == .invite, response.status >= 200 else { return }
        guard response.status < 300 else {
            guard let ack = state.answers.acknowledgement(branch: Octets(response.topVia.branch))
            else { return }
            return outbox.send(
                ack.message, from: ack.local, to: ack.remote, as: .repetition(lastNumber))
        }
        guard let side = side(sipCallID: response.callID, localTag: response.from.tag ?? []),
            let call = calls[side.call], let ack = call.acks[side.leg], ack.cseq == response.cseq
        else { return }
        outbox.send(
            ack.message, from: ack.local, to: ack.remote, as: .repetition(call.lastEvent))
    }

    /// Record-Route as the route set of the one who sent the request (RFC 3261 §12.1.2).
    static func routes(in response: Message) -> [Octets] {
        response.values(.recordRoute).prefix(Limits.routeValues).reversed().map { Octets($0) }
    }
}
