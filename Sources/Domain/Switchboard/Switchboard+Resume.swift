// After a restart: what was found half-done is carried on or brought to a clean end. Nothing was sent
// while the log was folded; from here on it is.

extension Switchboard {
    /// The first event of a start, and the beginning of its time.
    package func started(_ event: GatewayStarted, torn: TornTailCut? = nil, at now: Moment) {
        let boot = state.lastBoot
        stamp.boot = state.lastStart.map { $0.bootID == event.bootID ? boot : boot + 1 } ?? 1
        stamp.instant = now.instant
        start = now
        begin(at: now)
        for use in state.nonces.uses where stamp.wall - use.at <= Limits.nonceLifetime {
            authenticator.recall(use.nonce, count: use.count, label: use.label)
        }
        record(.gatewayStarted(event), .gateway)
        if let torn { record(.tornTailCut(torn), .gateway) }
    }

    /// Takes up the calls of the log. `lostPorts` could not be bound again.
    package func resume(lostPorts: Set<UInt16>) {
        let refusals = state.refusals.open
        for call in calls.values.sorted(by: { $0.firstEvent < $1.firstEvent }) {
            // New names, because those that the seed gave before are in use.
            call.volatile = Call.Volatile(
                seed: call.offered.seed ^ call.lastEvent &* 0x9e37_79b9_7f4a_7c15)
            // What the legs were sent is not known any more, but each layout had one version at most.
            call.volatile.firstVersion = call.mediaChanges + 2
            restoreTransactions(of: call)
            if call.isOver {
                closeMediaRecord(of: call)
            } else if call.answer == nil {
                conclude(call, by: .gateway, cause: .restart)
                closeMediaRecord(of: call)
            } else if lostPorts.isDisjoint(with: call.ports) {
                call.volatile.hasOffer = call.acks[.destination] != nil
                orderMedia(call, reopensLatch: true)
                schedule(call)
            } else {
                conclude(call, by: .gateway, cause: .portLost)
                closeMediaRecord(of: call)
            }
        }
        for refusal in refusals { restore(refusal) }
    }

    /// The ports of calls whose media goes on, to be bound again before the relay starts.
    package var portsToRebind: [UInt16] {
        calls.values.filter { !$0.isOver && $0.answer != nil }.flatMap(\.ports).sorted()
    }

    /// The ports of calls that end with the restart.
    package var portsToRest: [UInt16] {
        calls.values.filter { $0.isOver || $0.answer == nil }.flatMap(\.ports).sorted()
    }

    /// The relay of the last run cannot report any more: its last figures are the final ones.
    private func closeMediaRecord(of call: Call) {
        guard !call.streams.isEmpty, call.figures?.isFinal != true else { return }
        var final =
            call.figures
            ?? MediaReported(
                isFinal: true, fromCaller: MediaFigures(), fromDestination: MediaFigures())
        final.isFinal = true
        record(.mediaReported(final), of: call)
    }

    private func restoreTransactions(of call: Call) {
        restoreInvite(of: call)
        for leg in [Leg.caller, .destination] {
            if let bye = call.openByes[leg] { _ = open(bye, event: lastNumber, of: call) }
        }
        for attempt in call.attempts {
            switch attempt.progress {
            case .calling, .proceeding: restore(attempt, of: call)
            case .answered, .settled: break
            }
        }
    }

    /// The caller's INVITE transaction: to refuse it, or to repeat our 2xx until its ACK.
    private func restoreInvite(of call: Call) {
        let answer = call.unacknowledged[.caller]
        guard call.answer == nil || answer?.cseq == call.offered.cseq,
            let invite = try? Message(parsing: call.invite)
        else { return }
        let transaction = ServerTransaction(
            invite, local: call.offered.local, source: call.offered.source, call: call.id,
            leg: .caller, attempt: 0)
        servers[transaction.key] = transaction
        call.volatile.inviteKey = transaction.key
        guard let answer else { return }
        transaction.decided(answer.status, answer.message, event: lastNumber, at: now)
        call.volatile.answerKeys[.caller] = transaction.key
        schedule(transaction)
    }

    /// The caller's INVITE transaction, to repeat our refusal until its ACK.
    private func restore(_ refusal: OpenRefusal) {
        let (step, response) = (refusal.invite, refusal.response)
        guard let invite = try? Message(parsing: step.message) else { return }
        let transaction = ServerTransaction(
            invite, local: step.local, source: step.remote, call: refusal.call, leg: .caller,
            attempt: 0)
        transaction.decided(response.status, response.message, event: lastNumber, at: now)
        servers[transaction.key] = transaction
        schedule(transaction)
    }

    /// The INVITE transaction of an attempt that had no final response.
    private func restore(_ attempt: Attempt, of call: Call) {
        guard let target = attempt.routed.target, !attempt.invite.isEmpty else { return }
        let step = SignallingStep(
            leg: .destination, attempt: attempt.number, method: Method.invite.octets,
            cseq: attempt.inviteCSeq, status: 0, branch: attempt.branch,
            local: attempt.dialog.local, remote: target, transport: .udp,
            message: attempt.invite, secrets: [], seen: nil)
        let transaction = open(step, event: lastNumber, of: call)
        guard attempt.progress == .proceeding else { return }
        _ = transaction.responseReceived(180, at: now)
        if attempt.isCancelled { transaction.abandonAt = now + Timers.transaction }
        schedule(transaction)
    }
}
