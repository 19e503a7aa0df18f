// An INVITE at the door: who is it, may it come in, and what is remembered of it.

extension Switchboard {
    func inviteReceived(_ request: Message, _ path: Path) {
        if let replay {
            let isBare = isBareAddress(request)
            return admit(request, path, replay.admission(of: request, path, isBareAddress: isBare))
        }
        if let turnedAway = doorIsClosed {
            return refuseStateless(request, path, 503, turnedAway, retryAfter: 10)
        }
        let verdict = authenticator.authenticate(
            request, from: path.source, isBareAddress: isBareAddress(request),
            directory: directory, now: moment, using: &generator)
        switch Admission(verdict) {
        case .challenged(let headers): challenge(request, path, headers)
        case .refused(let refusal): refuseStranger(request, path, refusal)
        case .authorised(let proof): admit(request, path, proof)
        }
    }

    /// In a replay who is calling is known; nil for an INVITE that did not become a call then.
    private func admit(_ request: Message, _ path: Path, _ admission: Admission?) {
        switch admission {
        case .authorised(let proof): admit(request, path, proof)
        case .refused(let refusal):
            let (call, transaction) = offer(request, path)
            refuse(call, transaction, refusal)
        case .challenged, nil: break
        }
    }

    /// The phrase for a gateway that takes no calls now.
    private var doorIsClosed: String? {
        if isDraining { return "Shutting Down" }
        if isLogFull { return "Recording Unavailable" }
        if calls.count >= settings.calls { return "Too Many Calls" }
        return nil
    }

    private func isBareAddress(_ request: Message) -> Bool {
        guard let uri = URI(parsing: request.requestURI) else { return false }
        return uri.isTel || settings.isBareAddress(Octets(uri.host))
    }

    /// 407 without state; the bytes are kept for a while, for the retry to record.
    private func challenge(_ request: Message, _ path: Path, _ headers: [Octets]) {
        var writer = MessageWriter.response(
            to: request, status: 407, phrase: "Proxy Authentication Required",
            toTag: statelessTag(request), received: path.source)
        for header in headers { writer.header("Proxy-Authenticate", header) }
        writer.header("Server", settings.product)
        let response = writer.ended()
        strangers.remember(
            Strangers.Challenge(
                request: request, response: response, seen: stamp.wall, path: path))
        openWindow()
        outbox.send(
            response, from: path.local,
            to: request.topVia.responseEndpoint(source: path.source), as: .stateless)
    }

    private func refuseStranger(_ request: Message, _ path: Path, _ refusal: Refusal) {
        guard strangers.mayRecordRefusal(of: path.source.address, at: now) else {
            return refuseStateless(request, path, refusal.status, refusal.phrase)
        }
        let (call, transaction) = offer(request, path)
        refuse(call, transaction, refusal)
    }

    private func admit(_ request: Message, _ path: Path, _ proof: CallAuthorised) {
        let (call, transaction) = offer(request, path)
        record(.callAuthorised(proof), of: call)
        proceed(call, transaction)
    }

    /// Takes an authorised call to its first destination.
    func proceed(_ call: Call, _ transaction: ServerTransaction) {
        let request = transaction.request
        respond(transaction, call, Reply(status: 100, phrase: "Trying"))
        if let refusal = objection(to: request) {
            return refuse(call, transaction, refusal)
        }
        guard !routesLeft(for: call).isEmpty else {
            return refuse(
                call, transaction, Refusal(reason: .noRoute, status: 404, phrase: "No Route"))
        }
        if let refusal = openMedia(call, request) {
            return refuse(call, transaction, refusal)
        }
        hunt(call)
    }

    /// Records the INVITE as a call, with the challenges that led to it.
    private func offer(_ request: Message, _ path: Path) -> (Call, ServerTransaction) {
        let (id, seed) = replay?.identity ?? mintIdentity()
        let stream = StreamKey(id)
        record(.callOffered(facts(of: request, path, seed: seed)), stream)
        guard let call = calls[id] else { preconditionFailure("an offered call is in the table") }
        for challenge in strangers.challenges(before: request) {
            let step = Self.step(challenge.request, leg: .caller, attempt: 0, challenge.path)
                .with { $0.seen = challenge.seen }
            record(.requestReceived(step), stream)
            let response = step.with {
                $0.message = challenge.response
                $0.status = 407
                $0.secrets = []
            }
            record(.responseSent(response), stream)
        }
        let transaction = ServerTransaction(
            request, local: path.local, source: path.source, call: id, leg: .caller, attempt: 0)
        servers[transaction.key] = transaction
        call.volatile.inviteKey = transaction.key
        record(.requestReceived(Self.step(request, leg: .caller, attempt: 0, path)), stream)
        return (call, transaction)
    }

    /// Calls count up: each batch of the log names its calls, and most bytes of their names are the same.
    private func mintIdentity() -> (CallID, seed: UInt64) {
        latestCallID = latestCallID.next
        return (latestCallID, generator.next())
    }

    private func facts(of request: Message, _ path: Path, seed: UInt64) -> CallOffered {
        var (names, digits) = (SplitMix(seed: seed), SplitMix(seed: seed))
        let session = SessionID(in: request)
        return CallOffered(
            seed: seed, sipCallID: Octets(request.callID),
            remoteTag: Octets(request.from.tag ?? []), localTag: Token.make(using: &names),
            cseq: request.cseq, source: path.source, local: path.local,
            requestURI: Octets(request.requestURI), from: request.from.party,
            to: request.to.party, callerNumber: Self.number(in: request.from.uri),
            calledNumber: Self.number(in: request.requestURI),
            remoteTarget: Octets(request.contact?.uri ?? []),
            routeSet: request.values(.recordRoute).prefix(Limits.routeValues).map { Octets($0) },
            remoteSession: session?.local ?? [],
            localSession: session?.local ?? SessionID.make(using: &digits))
    }

    /// The number of a SIP or tel URI: its user part without escapes and parameters.
    private static func number(in uri: some Collection<UInt8>) -> Octets {
        guard let uri = URI(parsing: uri) else { return [] }
        let user = URI.unescaped(uri.user ?? [])
        return Octets(user.prefix { $0 != UInt8(ascii: ";") })
    }

    /// What makes an authorised INVITE impossible to relay.
    private func objection(to request: Message) -> Refusal? {
        if request.maxForwards == 0 {
            return Refusal(reason: .loop, status: 483, phrase: "Too Many Hops")
        }
        let required = request.values(.require) + request.values(.proxyRequire)
        if !required.isEmpty {
            let names = required.map { String(decoding: $0, as: UTF8.self) }
            return Refusal(
                reason: .badRequest, status: 420, phrase: "Bad Extension",
                header: ("Unsupported", names.joined(separator: ", ")))
        }
        if request.bytes.count > Limits.relayedMessageBytes {
            return Refusal(reason: .badRequest, status: 513, phrase: "Message Too Large")
        }
        return nil
    }

    /// Turns an INVITE down before any destination was tried; ends the call.
    func refuse(_ call: Call, _ transaction: ServerTransaction, _ refusal: Refusal) {
        let trunk =
            refusal.trunk ?? call.authorised.map { ($0.trunk, $0.trunkVersion, $0.customer) }
        record(
            .callRefused(
                CallRefused(
                    reason: refusal.reason, status: refusal.status, phrase: refusal.phrase,
                    cdrNumber: nextCDRNumber, trunk: trunk?.id, trunkVersion: trunk?.version ?? 0,
                    customer: trunk?.customer,
                    username: refusal.username.isEmpty
                        ? call.authorised?.username ?? [] : refusal.username)),
            of: call)
        var reply = Reply(status: refusal.status, phrase: refusal.phrase)
        if let header = refusal.header { reply.headers.append((header.0, Octets(header.1.utf8))) }
        if refusal.status == 503 { reply.headers.append(("Retry-After", Octets("10".utf8))) }
        respond(transaction, call, reply)
    }
}
