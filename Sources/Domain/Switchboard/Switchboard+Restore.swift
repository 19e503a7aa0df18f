// Transactions as a restart finds them in the state. What may not have left, or not have arrived, is sent
// again at once; then the machines take over, each as if its last message had just been decided.

extension Switchboard {
    // MARK: Ours

    func restoreClients(of call: Call) {
        for attempt in call.attempts {
            switch attempt.progress {
            case .calling, .proceeding: restore(attempt, of: call)
            case .answered: restoreAnswered(attempt, of: call)
            case .settled: break
            }
        }
        if let open = call.renegotiation { restore(open, of: call) }
        for step in call.openRequests {
            // A CANCEL whose INVITE is over has done its work.
            let invite = ClientKey(branch: step.branch.octets, method: .invite)
            guard step.method != Method.cancel.octets || clients[invite] != nil else { continue }
            _ = restore(step, isProceeding: false, of: call)
        }
    }

    /// A re-INVITE that we relayed. What was answered waits for the ACK of the other leg.
    private func restore(_ open: Call.Renegotiation, of call: Call) {
        let client = restore(
            open.relayed, isProceeding: open.isProceeding || open.isAnswered, of: call)
        if open.isAnswered {
            _ = client.responseReceived(open.status, at: now)
            client.answerTag =
                call.dialog(open.relayed.leg, attempt: open.relayed.attempt)?.remoteTag
        }
        if call.isOver { client.abandonAt = now + Timers.transaction }
        schedule(client)
    }

    private func restore(
        _ step: SignallingStep, isProceeding: Bool, of call: Call
    ) -> ClientTransaction {
        let transaction = open(step, event: lastNumber, of: call)
        if isProceeding {
            _ = transaction.responseReceived(180, at: now)
        } else {
            outbox.send(
                step.message, from: step.local, to: step.remote, as: .repetition(lastNumber))
        }
        return transaction
    }

    /// The INVITE of an attempt that has no final response.
    private func restore(_ attempt: Attempt, of call: Call) {
        guard let step = inviteStep(of: attempt) else { return }
        let transaction = restore(
            step, isProceeding: attempt.progress == .proceeding, of: call)
        if attempt.isCancelled { transaction.abandonAt = now + Timers.transaction }
        schedule(transaction)
    }

    /// The INVITE that was answered a short time ago: another fork may still answer it, too.
    private func restoreAnswered(_ attempt: Attempt, of call: Call) {
        guard let step = inviteStep(of: attempt), let answer = call.answer,
            now - instant(of: answer.at) < Timers.transaction
        else { return }
        let transaction = open(step, event: lastNumber, of: call)
        _ = transaction.responseReceived(200, at: now)
        transaction.answerTag = attempt.dialog.remoteTag
        if let ack = call.acks[.destination] {
            transaction.acknowledgement = ack.message
            transaction.acknowledgementEvent = lastNumber
        }
        schedule(transaction)
    }

    private func inviteStep(of attempt: Attempt) -> SignallingStep? {
        guard let target = attempt.routed.target, !attempt.invite.isEmpty else { return nil }
        return SignallingStep(
            leg: .destination, attempt: attempt.number, method: Method.invite.octets,
            cseq: attempt.inviteCSeq, status: 0, branch: attempt.branch.octets,
            local: attempt.dialog.local, remote: target, transport: .udp, message: attempt.invite,
            secrets: [], seen: nil)
    }

    // MARK: Those of peers

    /// A request of a peer. One that had no response at all comes again and is taken as new, but for
    /// that of a call.
    func restore(_ answered: AnsweredRequest) {
        let step = answered.request
        let call = calls[answered.call]
        let beginsCall =
            answered.isInvite && step.leg == .caller && step.cseq == call?.offered.cseq
        guard answered.response != nil || beginsCall,
            let request = try? Message(parsing: step.message)
        else { return }
        let transaction = ServerTransaction(
            request, local: step.local, source: step.remote, call: answered.call, leg: step.leg,
            attempt: step.attempt)
        servers[transaction.key] = transaction
        if beginsCall { call?.volatile.inviteKey = transaction.key }
        if let response = answered.response {
            restore(response, answered.responseNumber, to: transaction, call)
        }
    }

    private func restore(
        _ response: SignallingStep, _ number: EventNumber, to transaction: ServerTransaction,
        _ call: Call?
    ) {
        transaction.decided(response.status, response.message, event: number, at: now)
        defer { schedule(transaction) }
        guard transaction.request.method == .invite else { return }
        if 200..<300 ~= response.status {
            guard let call, call.unacknowledged[response.leg]?.cseq == response.cseq else {
                return transaction.answerAcknowledged()
            }
            call.volatile.answerKeys[response.leg] = transaction.key
        }
        outbox.send(
            response.message, from: transaction.local, to: transaction.remote,
            as: .repetition(number))
    }
}
