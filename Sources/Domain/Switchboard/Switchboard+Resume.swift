// After a restart: everything that was in progress goes on where it was. Nothing was sent while the log
// was folded; what was decided then and may not have left is sent now, and timers begin anew, because
// only time in which the process can hear its peers counts for them.

extension Switchboard {
    /// The first event of a start, and the beginning of its time.
    package func started(_ event: GatewayStarted, torn: TornTailCut? = nil, at now: Moment) {
        let boot = state.lastBoot
        stamp.boot = state.lastStart.map { $0.bootID == event.bootID ? boot : boot + 1 } ?? 1
        stamp.instant = now.instant
        begin(at: now)
        // Not the clock's time, which may have been set back meanwhile.
        start = moment
        for use in state.nonces.uses where stamp.wall - use.at <= Limits.nonceLifetime {
            authenticator.recall(use.nonce, count: use.count, label: use.label)
        }
        record(.gatewayStarted(event), .gateway)
        if let torn { record(.tornTailCut(torn), .gateway) }
    }

    /// Takes up the calls of the log. `lostPorts` could not be bound again.
    package func resume(lostPorts: Set<UInt16>) {
        let requests = state.answers.open
        let resumed = calls.values.sorted { $0.firstEvent < $1.firstEvent }
        for call in resumed {
            // New names, because those that the seed gave before are in use.
            call.volatile = Call.Volatile(
                seed: call.offered.seed ^ call.lastEvent &* 0x9e37_79b9_7f4a_7c15)
            restoreClients(of: call)
        }
        for request in requests { restore(request) }
        for call in resumed { carryOn(call, lostPorts) }
        answerForgotten()
    }

    /// The ports of calls that go on, to be bound again before the relay starts.
    package var portsToRebind: [UInt16] {
        calls.values.filter { !$0.isOver }.flatMap(\.ports).sorted()
    }

    /// The ports of calls that are over, which late packets may still come for.
    package var portsToRest: [UInt16] {
        calls.values.filter(\.isOver).flatMap(\.ports).sorted()
    }

    private func carryOn(_ call: Call, _ lostPorts: Set<UInt16>) {
        if call.isOver {
            closeMediaRecord(of: call)
            return takeLeave(of: call)
        }
        let invite = call.volatile.inviteKey.flatMap { servers[$0] }
        // Of a call that lost a port, too: the relay lets go of the others when it is closed.
        orderMedia(call, reopensLatch: true)
        guard lostPorts.isDisjoint(with: call.ports) else {
            return conclude(call, by: .gateway, cause: .portLost)
        }
        if call.answer != nil {
            if let invite, invite.finalStatus == 0 { tellCaller(of: call) }
        } else if call.authorised != nil, let invite {
            ringOn(call, invite)
        } else {
            // Whose call it is had not been decided yet.
            return end(call, cause: .restart)
        }
        schedule(call)
    }

    /// An unanswered call goes on with the next thing that it had not done yet.
    private func ringOn(_ call: Call, _ invite: ServerTransaction) {
        guard let attempt = call.attempts.last else { return proceed(call, invite) }
        if attempt.isEcho { return answerEcho(call) }
        for attempt in call.attempts where attempt.isAbandoned {
            cancel(call, attempt: attempt.number)
        }
        if attempt.isAbandoned {
            huntOn(call)
        } else if attempt.routed.target == nil {
            attemptFailed(call, attempt, cause: .hostUnresolved)
        } else if attempt.invite.isEmpty {
            self.invite(call, attempt)
        }
    }

    private func tellCaller(of call: Call) {
        if call.isEcho { answerEcho(call) } else { passOnAnswer(of: call) }
    }

    /// Nobody waits in vain for the answer to a re-INVITE whose relaying was lost.
    private func answerForgotten() {
        let waiting = servers.values.filter { $0.finalStatus == 0 && $0.request.method == .invite }
        for server in waiting.sorted(by: { $0.event < $1.event }) {
            guard let call = calls[server.call], call.volatile.inviteKey != server.key,
                call.renegotiation.flatMap({ self.server(of: $0) }) !== server
            else { continue }
            respond(server, call, Reply(status: 500, phrase: "Server Internal Error"))
        }
    }

    private func end(_ call: Call, cause: EndCause) {
        closeMediaRecord(of: call)
        conclude(call, by: .gateway, cause: cause)
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
}
