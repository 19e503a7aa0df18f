// A re-INVITE is relayed to the other leg, and so is its answer. If it fails the call stays as it
// was, unless the other side has lost the call altogether (RFC 3261 §14).

extension Switchboard {
    func renegotiationReceived(
        _ request: Message, _ call: Call, _ side: DialogSide, _ path: Path
    ) {
        let isKept = side.leg == .caller || call.answer?.attempt == side.attempt
        guard call.answer != nil, isKept, !call.isOver else {
            return refuseStateless(request, path, 481, "Call/Transaction Does Not Exist")
        }
        let transaction = accept(request, path, call, side)
        if let refusal = collision(call, side.leg, request) {
            return respond(transaction, call, refusal)
        }
        refreshTarget(call, side.leg, request)
        respond(transaction, call, Reply(status: 100, phrase: "Trying"))
        if call.isEcho {
            return renegotiateEcho(call, request, transaction)
        }
        relayOffer(request, call, side.leg, transaction)
    }

    /// Why a re-INVITE cannot be taken now (RFC 3261 §14.2).
    private func collision(_ call: Call, _ leg: Leg, _ request: Message) -> Reply? {
        if !request.values(.require).isEmpty {
            var reply = Reply(status: 420, phrase: "Bad Extension")
            reply.headers = request.values(.require).map { ("Unsupported", Octets($0)) }
            return reply
        }
        if let open = call.renegotiation {
            guard open.from == leg else { return Reply(status: 491, phrase: "Request Pending") }
            var reply = Reply(status: 500, phrase: "Overlapping INVITE")
            let seconds = UInt64.random(in: 0...10, using: &call.volatile.generator)
            reply.headers = [("Retry-After", Octets("\(seconds)".utf8))]
            return reply
        }
        if call.unacknowledged[leg.other] != nil || call.awaitsAnswer {
            return Reply(status: 491, phrase: "Request Pending")
        }
        return nil
    }

    private func refreshTarget(_ call: Call, _ leg: Leg, _ message: Message) {
        guard let target = message.contact.map({ Octets($0.uri) }), !target.isEmpty,
            let answer = call.answer,
            call.dialog(leg, attempt: answer.attempt)?.remoteTarget != target
        else { return }
        record(.dialogRefreshed(DialogRefreshed(leg: leg, remoteTarget: target)), of: call)
    }

    private func relayOffer(
        _ request: Message, _ call: Call, _ leg: Leg, _ transaction: ServerTransaction
    ) {
        let payload = relayedBody(of: request, from: leg, call)
        let attempt = leg == .caller ? call.kept : nil
        guard let dialog = call.dialog(leg.other, attempt: attempt?.number ?? 0) else { return }
        var order = Order(.invite, cseq: dialog.localCSeq + 1)
        order.maxForwards = max(request.maxForwards ?? 70, 1) - 1
        order.relayed = request
        order.payload = payload
        send(order, of: call, attempt: attempt)
    }

    /// The transaction of the peer that made the offer.
    func server(of open: Call.Renegotiation) -> ServerTransaction? {
        guard let invite = try? Message(parsing: open.offer.invite.message) else { return nil }
        return servers[ServerKey(invite, method: .invite)]
    }

    func renegotiationAnswered(
        _ call: Call, _ open: Call.Renegotiation, _ response: Message, _ client: ClientTransaction
    ) {
        guard response.status >= 200 else { return }
        guard response.status < 300 else {
            return renegotiationFailed(
                call, open, status: response.status, phrase: Octets(response.phrase), response)
        }
        client.answerTag = Octets(response.to.tag ?? [])
        if call.isOver { return confirm(call, open, nil) }
        let to = open.from.other
        refreshTarget(call, to, response)
        let payload = relayedBody(of: response, from: to, call)
        if !open.awaitsAnswer { confirm(call, open, nil) }
        if let server = server(of: open), server.finalStatus == 0 {
            var reply = Reply(
                status: response.status, phrase: Octets(response.phrase), relaying: response)
            reply.payload = payload
            respond(server, call, reply)
        }
        orderMedia(call, reopensLatch: true)
    }

    /// The ACK on the leg that answered a re-INVITE.
    private func confirm(_ call: Call, _ open: Call.Renegotiation, _ message: Message?) {
        let leg = open.relayed.leg
        var order = Order(.ack, cseq: open.relayed.cseq)
        if let message {
            order.relayed = message
            order.payload = relayedBody(of: message, from: leg.other, call)
        }
        send(order, of: call, attempt: leg == .caller ? nil : call.kept)
        guard let ack = call.acks[leg] else { return }
        clients[open.client]?.acknowledgement = ack.message
        clients[open.client]?.acknowledgementEvent = lastNumber
    }

    /// The ACK of the side that was made an offer: it has the answer.
    func renegotiationConfirmed(_ call: Call, _ open: Call.Renegotiation, _ request: Message) {
        confirm(call, open, request)
        orderMedia(call, reopensLatch: true)
    }

    func renegotiationFailed(
        _ call: Call, _ open: Call.Renegotiation, status: UInt16, phrase: Octets,
        _ response: Message?
    ) {
        if call.isOver { return }
        setMedia(call, keepingNewPorts(of: call, open.offer.streams))
        if let server = server(of: open), server.finalStatus == 0 {
            respond(server, call, Reply(status: status, phrase: phrase, relaying: response))
        }
        // The other side does not know the call any more (RFC 5057 §5.1).
        if status == 408 || status == 481 {
            conclude(call, by: .gateway, cause: .dialogLost)
        }
    }

    /// A call that ends answers what it was asked before (RFC 3261 §15.1.2).
    func answerRenegotiation(of call: Call) {
        guard let open = call.renegotiation else { return }
        if let client = clients[open.client] {
            client.abandonAt = now + Timers.transaction
            schedule(client)
        }
        if let server = server(of: open), server.finalStatus == 0 {
            respond(server, call, Reply(status: 487, phrase: "Request Terminated"))
        }
    }

    /// The layout from before, with streams that were opened meanwhile closed to both sides: their
    /// ports belong to the call until it ends.
    private func keepingNewPorts(of call: Call, _ before: [MediaStream]) -> [MediaStream] {
        call.streams.map { stream in
            if let old = before.first(where: { $0.index == stream.index }) { return old }
            var closed = stream
            closed.caller.rtp = nil
            closed.destination.rtp = nil
            return closed
        }
    }

    /// CANCEL for a re-INVITE: it fails, the call goes on.
    func renegotiationCancelled(_ call: Call, _ server: ServerTransaction) {
        respond(server, call, Reply(status: 487, phrase: "Request Terminated"))
        guard let open = call.renegotiation, open.isProceeding, let client = clients[open.client],
            let invite = try? Message(parsing: client.request)
        else { return }
        let bytes = write(.cancel, onto: invite, to: invite.header(.to) ?? [])
        send(
            SignallingStep(
                leg: client.leg, attempt: client.attempt, method: Method.cancel.octets,
                cseq: client.cseq, status: 0, branch: client.key.branch, local: client.local,
                remote: client.remote, transport: .udp, message: bytes, secrets: [], seen: nil),
            of: call)
    }
}
