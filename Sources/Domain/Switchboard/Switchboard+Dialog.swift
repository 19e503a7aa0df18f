// Requests within a call, and those that end it: ACK, CANCEL, BYE and what else may come.

extension Switchboard {
    func inDialogReceived(_ request: Message, tag: Octets, _ path: Path) {
        guard let side = side(sipCallID: request.callID, localTag: tag),
            let call = calls[side.call],
            let dialog = call.dialog(side.leg, attempt: side.attempt),
            dialog.remoteTag.isEmpty || dialog.remoteTag == Octets(request.from.tag ?? [])
        else {
            return refuseStateless(
                request, path, 481, "Call/Transaction Does Not Exist")
        }
        // RFC 3261 §12.2.2: a request from before one that was already seen.
        if request.cseq < dialog.remoteCSeq {
            return refuseStateless(request, path, 500, "Request Out Of Order")
        }
        if call.eventCount > 2 * Limits.eventsPerCall || call.byteCount > 2 * Limits.bytesPerCall,
            !call.isOver
        {
            conclude(call, by: .gateway, cause: .budget)
        }
        switch request.method {
        case .bye: byeReceived(request, call, side, path)
        case .invite: renegotiationReceived(request, call, side, path)
        case .options:
            var reply = Reply(status: 200, phrase: "OK")
            reply.headers = [("Allow", Octets(Self.allow.utf8))]
            respond(accept(request, path, call, side), call, reply)
        default:
            var reply = Reply(status: 405, phrase: "Method Not Allowed")
            if !Method.known.contains(request.method) {
                reply = Reply(status: 501, phrase: "Not Implemented")
            }
            reply.headers = [("Allow", Octets(Self.allow.utf8))]
            respond(accept(request, path, call, side), call, reply)
        }
    }

    private func byeReceived(
        _ request: Message, _ call: Call, _ side: DialogSide, _ path: Path
    ) {
        let transaction = accept(request, path, call, side)
        let isDestination = side.leg == .destination
        if isDestination, call.answer?.attempt != side.attempt {
            // A destination may not end a dialog that is not confirmed (RFC 3261 §15).
            return respond(
                transaction, call, Reply(status: 481, phrase: "Call/Transaction Does Not Exist"))
        }
        respond(transaction, call, Reply(status: 200, phrase: "OK"))
        guard !call.isOver else { return }
        // Before the answer a caller may hang up its early dialog instead of sending CANCEL.
        let cause: EndCause = call.answer == nil ? .cancelled : .hangup
        conclude(
            call, by: isDestination ? .destination : .caller, cause: cause, relaying: request)
    }

    func cancelReceived(_ request: Message, _ path: Path) {
        let key = ServerKey(request, method: .invite)
        guard let invite = servers[key], let call = calls[invite.call] else {
            return refuseStateless(request, path, 481, "Call/Transaction Does Not Exist")
        }
        let side = DialogSide(call: call.id, leg: invite.leg, attempt: invite.attempt)
        let transaction = accept(request, path, call, side)
        respond(transaction, call, Reply(status: 200, phrase: "OK"))
        // A CANCEL that comes after the final response changes nothing (RFC 3261 §9.2).
        guard invite.finalStatus == 0, !call.isOver else { return }
        if call.answer == nil {
            conclude(call, by: .caller, cause: .cancelled, relaying: request)
        } else {
            renegotiationCancelled(call, invite)
        }
    }

    func ackReceived(_ request: Message, _ path: Path) {
        if let transaction = servers[ServerKey(request, method: .invite)],
            transaction.finalStatus >= 300
        {
            let isFirst = !transaction.isConfirmed
            transaction.acknowledged(at: now)
            schedule(transaction)
            if isFirst {
                record(
                    .requestReceived(
                        Self.step(
                            request, leg: transaction.leg, attempt: transaction.attempt, path)),
                    StreamKey(transaction.call))
            }
            return
        }
        guard let tag = request.to.tag,
            let side = side(sipCallID: request.callID, localTag: tag),
            let call = calls[side.call], call.unacknowledged[side.leg]?.cseq == request.cseq
        else { return }
        answerAcknowledged(request, call, side, path)
    }

    /// The first ACK to our 2xx.
    private func answerAcknowledged(
        _ request: Message, _ call: Call, _ side: DialogSide, _ path: Path
    ) {
        if let key = call.volatile.answerKeys.removeValue(forKey: side.leg) {
            servers[key]?.answerAcknowledged()
        }
        record(
            .requestReceived(
                Self.step(request, leg: side.leg, attempt: side.attempt, path)), of: call)
        guard !call.isOver else { return takeLeave(of: call) }
        if let open = call.renegotiation, open.awaitsAnswer, open.from == side.leg,
            open.offer.invite.cseq == request.cseq
        {
            renegotiationConfirmed(call, open, request)
        } else if side.leg == .caller, call.awaitsAnswer {
            acknowledge(call, relaying: request)
            orderMedia(call, reopensLatch: true)
        } else if call.isEcho {
            // The answer to an offer of ours, if there is one in it.
            _ = relayedBody(of: request, from: .caller, call)
        }
    }
}
