// Where a request goes: to its transaction, to its dialog, or to the door.

extension Switchboard {
    /// The methods that work, for Allow (RFC 3261 §20.5).
    static let allow = "INVITE, ACK, CANCEL, BYE, OPTIONS"

    func requestReceived(_ request: Message, _ path: Path) {
        if request.method == .ack { return ackReceived(request, path) }
        let key = ServerKey(request, method: request.method)
        if let transaction = servers[key] { return requestRepeated(transaction) }
        guard transactionCount < Limits.transactions else {
            return refuseStateless(request, path, 503, "Too Many Transactions", retryAfter: 5)
        }
        if request.method == .cancel { return cancelReceived(request, path) }
        if let tag = request.to.tag, !tag.isEmpty {
            return inDialogReceived(request, tag: Octets(tag), path)
        }
        switch request.method {
        case .invite: inviteReceived(request, path)
        case .options: optionsReceived(request, path)
        case .bye, .prack, .update:
            refuseStateless(request, path, 481, "Call/Transaction Does Not Exist")
        case .register, .info, .refer, .notify, .subscribe, .message, .publish:
            refuseStateless(request, path, 405, "Method Not Allowed")
        default:
            refuseStateless(request, path, 501, "Not Implemented")
        }
    }

    private func requestRepeated(_ transaction: ServerTransaction) {
        guard transaction.requestRepeated() else { return }
        outbox.send(
            transaction.response, from: transaction.local, to: transaction.remote,
            as: .repetition(transaction.event))
    }

    private func optionsReceived(_ request: Message, _ path: Path) {
        var writer = MessageWriter.response(
            to: request, status: 200, phrase: "OK", toTag: statelessTag(request),
            received: path.source)
        writer.header("Allow", Self.allow)
        writer.header("Accept", "application/sdp")
        writer.header("Server", settings.product)
        outbox.send(
            writer.ended(), from: path.local,
            to: request.topVia.responseEndpoint(source: path.source), as: .options)
    }

    /// Answers without keeping anything (RFC 3261 §8.2.7). An ACK to it will find nothing, and be
    /// dropped.
    func refuseStateless(
        _ request: Message, _ path: Path, _ status: UInt16, _ phrase: String,
        retryAfter: Int? = nil, headers: [(StaticString, String)] = []
    ) {
        strangers.countRefusal(bytes: request.bytes.count)
        openWindow()
        var writer = MessageWriter.response(
            to: request, status: status, phrase: phrase, toTag: statelessTag(request),
            received: path.source)
        if status == 405 || status == 501 { writer.header("Allow", Self.allow) }
        if let retryAfter { writer.header("Retry-After", "\(retryAfter)") }
        for (name, value) in headers { writer.header(name, value) }
        writer.header("Server", settings.product)
        outbox.send(
            writer.ended(), from: path.local,
            to: request.topVia.responseEndpoint(source: path.source), as: .stateless)
    }

    /// The same tag for every repeat of a request, without remembering it.
    func statelessTag(_ request: Message) -> Octets {
        let input = Octets(request.callID) + [0] + (request.from.tag ?? []) + request.topVia.branch
        return Hex.encode(hashes.hmacSHA256(tagKey, input).prefix(8))
    }

    func malformedReceived(_ error: MessageError, bytes: Int, _ path: Path) {
        if error.kind == .keepAlive { return }
        strangers.countMalformed(bytes: bytes)
        openWindow()
        guard error.status != 0, let request = error.answerable, let via = request.topVia else {
            return
        }
        let tag = Hex.encode(hashes.hmacSHA256(tagKey, Octets(via.branch)).prefix(8))
        var writer = MessageWriter.response(
            to: request, status: error.status, phrase: error.phrase, toTag: tag,
            received: path.source)
        writer.header("Server", settings.product)
        outbox.send(
            writer.ended(), from: path.local, to: via.responseEndpoint(source: path.source),
            as: .stateless)
    }

    /// Counting begins: what is counted will be in one event when the window ends.
    func openWindow() {
        guard !isWindowOpen else { return }
        isWindowOpen = true
        deadlines.push(.window, due: now + Limits.summaryWindow)
    }

    func windowEnded() {
        isWindowOpen = false
        guard !strangers.isEmpty else { return }
        record(.unauthenticatedCounted(strangers.takeCounts(at: stamp.wall)), .gateway)
    }
}
