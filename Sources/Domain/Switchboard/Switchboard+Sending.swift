// Sending: each message is decided as an event first, and handed to its transaction.

extension Switchboard {
    /// Answers a request of a call.
    func respond(_ transaction: ServerTransaction, _ call: Call, _ reply: Reply) {
        let bytes = write(reply, to: transaction, of: call)
        let request = transaction.request
        let step = SignallingStep(
            leg: transaction.leg, attempt: transaction.attempt, method: request.method.octets,
            cseq: request.cseq, status: reply.status, branch: Octets(request.topVia.branch),
            local: transaction.local, remote: transaction.remote, transport: .udp, message: bytes,
            secrets: secrets(in: bytes, relaying: reply.relayed), seen: nil,
            descriptionVersion: reply.payload.version)
        let number = record(.responseSent(step), of: call)
        transaction.decided(reply.status, bytes, event: number, at: now)
        if 200..<300 ~= reply.status, request.method == .invite {
            call.volatile.answerKeys[transaction.leg] = transaction.key
        }
        outbox.send(
            bytes, from: transaction.local, to: transaction.remote, as: .step(number))
        schedule(transaction)
    }

    /// Answers a request at once, and remembers the transaction for its repeats.
    func accept(_ request: Message, _ path: Path, _ call: Call, _ side: DialogSide)
        -> ServerTransaction
    {
        let transaction = ServerTransaction(
            request, local: path.local, source: path.source, call: call.id, leg: side.leg,
            attempt: side.attempt)
        servers[transaction.key] = transaction
        record(
            .requestReceived(
                Self.step(request, leg: side.leg, attempt: side.attempt, path)), of: call)
        return transaction
    }

    /// Sends a request in a dialog of the call, in a client transaction of its own unless it is an ACK.
    /// `attempt` is nil on the caller's leg.
    @discardableResult
    func send(_ order: Order, of call: Call, attempt: Attempt?) -> ClientTransaction? {
        let branch = Token.branch(using: &call.volatile.generator)
        let bytes = write(order, branch: branch, of: call, attempt: attempt)
        let dialog = attempt?.dialog ?? call.caller
        let step = SignallingStep(
            leg: attempt == nil ? .caller : .destination, attempt: attempt?.number ?? 0,
            method: order.method.octets, cseq: order.cseq, status: 0, branch: branch,
            local: dialog.local, remote: dialog.nextHop, transport: .udp, message: bytes,
            secrets: secrets(in: bytes, relaying: order.relayed), seen: nil,
            descriptionVersion: order.payload.version)
        return send(step, of: call)
    }

    /// Records and sends a request that is already written.
    @discardableResult
    func send(_ step: SignallingStep, of call: Call) -> ClientTransaction? {
        let number = record(.requestSent(step), of: call)
        outbox.send(step.message, from: step.local, to: step.remote, as: .step(number))
        guard step.method != Method.ack.octets else { return nil }
        return open(step, event: number, of: call)
    }

    /// Opens a client transaction for a request that was decided in `event`.
    func open(_ step: SignallingStep, event: EventNumber, of call: Call) -> ClientTransaction {
        let transaction = ClientTransaction(step, call: call.id, event: event, at: now)
        clients[transaction.key] = transaction
        schedule(transaction)
        return transaction
    }

    /// Cancels an attempt once its destination has spoken (RFC 3261 §9.1); before that, the first
    /// provisional response will bring us back here.
    func cancel(_ call: Call, attempt number: UInt8, relaying message: Message? = nil) {
        guard let attempt = call.attempts.first(where: { $0.number == number }),
            attempt.progress == .proceeding, !attempt.isCancelled,
            let invite = try? Message(parsing: attempt.invite)
        else { return }
        let bytes = write(
            .cancel, onto: invite, to: invite.header(.to) ?? [],
            reasons: message?.headers(.reason) ?? [])
        let remote = attempt.routed.target ?? attempt.dialog.peer
        send(
            SignallingStep(
                leg: .destination, attempt: number, method: Method.cancel.octets,
                cseq: attempt.inviteCSeq, status: 0, branch: attempt.branch.octets,
                local: attempt.dialog.local, remote: remote, transport: .udp, message: bytes,
                secrets: [], seen: nil),
            of: call)
        if let client = clients[ClientKey(branch: attempt.branch.octets, method: .invite)] {
            client.abandonAt = now + Timers.transaction
            schedule(client)
        }
    }

    func hangUp(_ call: Call, _ leg: Leg, relaying message: Message? = nil) {
        let attempt = call.kept
        if call.hungUp[leg] != nil || leg == .destination && attempt?.isEcho ?? true { return }
        let dialog = leg == .caller ? call.caller : attempt?.dialog ?? call.caller
        var order = Order(.bye, cseq: dialog.localCSeq + 1)
        order.relayed = message
        send(order, of: call, attempt: leg == .caller ? nil : attempt)
    }

    // MARK: Deadlines

    func schedule(_ transaction: ServerTransaction) {
        guard let due = transaction.nextDeadline, due < transaction.queued ?? .distantFuture
        else { return }
        transaction.queued = due
        deadlines.push(.server(transaction.key), due: due)
    }

    func schedule(_ transaction: ClientTransaction) {
        guard let due = transaction.nextDeadline, due < transaction.queued ?? .distantFuture
        else { return }
        transaction.queued = due
        deadlines.push(.client(transaction.key), due: due)
    }

    func schedule(_ call: Call) {
        guard let due = deadline(of: call), due < call.volatile.queuedDeadline ?? .distantFuture
        else { return }
        call.volatile.queuedDeadline = due
        deadlines.push(.call(call.id), due: due)
    }
}
