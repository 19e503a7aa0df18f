// The search for a destination that answers: one attempt after another, in the order of the routes.

extension Switchboard {
    /// Starts the next attempt, or gives up when no route is left.
    func hunt(_ call: Call) {
        for route in routesLeft(for: call) where call.attempts.count < Limits.attempts {
            switch route.destination {
            case .echo:
                return answerEcho(call, route)
            case .carrier(let id):
                guard let carrier = directory.carrier(id: id) else { continue }
                let host = carrier.host.contains(":") ? "[\(carrier.host)]" : carrier.host
                let number = call.offered.calledNumber
                let uri = Octets("sip:".utf8) + number + "@\(host):\(carrier.port)".utf8
                let target = Target(
                    name: carrier.name, uri: uri, host: carrier.host, port: carrier.port,
                    carrier: carrier)
                if attempt(call, route, target) { return }
            case .uri(let text):
                guard let uri = URI(parsing: text.utf8) else { continue }
                let target = Target(
                    name: text, uri: Octets(text.utf8),
                    host: String(decoding: uri.host, as: UTF8.self), port: uri.port ?? 5060,
                    carrier: nil)
                if attempt(call, route, target) { return }
            }
        }
        giveUp(call)
    }

    /// The routes that were not tried yet, in order. The draw among them is the call's own, so that it
    /// comes out the same each time, after a restart too.
    func routesLeft(for call: Call) -> [Route] {
        var draw = SplitMix(seed: ~call.offered.seed)
        let tried = Set(call.attempts.map(\.routed.route))
        return directory.hunt(call.offered.calledNumber, using: &draw).filter {
            !tried.contains($0.id)
        }
    }

    /// A destination in terms of the network.
    struct Target {
        let name: String
        let uri: Octets
        let host: String
        let port: UInt16
        let carrier: Carrier?
    }

    /// False when the next route is to be tried at once.
    private func attempt(_ call: Call, _ route: Route, _ target: Target) -> Bool {
        guard let addresses = addresses(of: target.host) else {
            call.volatile.awaitedHost = target.host
            if !outbox.lookups.contains(target.host) { outbox.lookups.append(target.host) }
            schedule(call)
            return true
        }
        let usable = addresses.first { settings.listener(towards: $0) != nil }
        let endpoint = usable.map { Endpoint($0, target.port) }
        let listener = usable.flatMap { settings.listener(towards: $0) }
        let routed = facts(of: call, route, target, endpoint, listener)
        record(.callRouted(routed), of: call)
        guard let attempt = call.attempts.last else { return false }
        guard endpoint != nil else {
            let cause: EndCause = addresses.isEmpty ? .hostUnresolved : .transportFailure
            record(
                .attemptFailed(
                    AttemptFailed(
                        attempt: attempt.number, status: 0, phrase: [], reasons: [], cause: cause)),
                of: call)
            return false
        }
        invite(call, attempt)
        return true
    }

    /// The addresses of a host; nil while they have to be looked up.
    private func addresses(of host: String) -> [IPAddress]? {
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        if let address = IPAddress(bare) { return [address] }
        guard let known = state.hosts[host],
            instant(of: known.at) + .seconds(Int64(known.event.lifetimeSeconds)) >= now
        else { return nil }
        return known.event.addresses
    }

    private func facts(
        of call: Call, _ route: Route, _ target: Target?, _ endpoint: Endpoint?,
        _ listener: Listener?
    ) -> CallRouted {
        let callID = Token.callID(using: &call.volatile.generator)
        return CallRouted(
            attempt: UInt8(call.attempts.count + 1), route: route.id, routeVersion: route.version,
            carrier: target?.carrier?.id, carrierVersion: target?.carrier?.version ?? 0,
            destination: target?.name ?? CallRouted.echoDestination,
            requestURI: target?.uri ?? call.offered.requestURI, target: endpoint,
            local: listener?.local,
            sipCallID: callID, localTag: Token.tag(ofCallID: callID),
            callerNumber: call.offered.callerNumber, calledNumber: call.offered.calledNumber)
    }

    /// Sends the caller's INVITE on, in a dialog of our own.
    func invite(_ call: Call, _ attempt: Attempt) {
        let asked = call.volatile.inviteKey.flatMap { servers[$0]?.request }
        guard let source = asked ?? (try? Message(parsing: call.invite)) else { return }
        resetDestination(call, attempt)
        var order = Order(.invite, cseq: 1)
        order.maxForwards = max(source.maxForwards ?? 70, 1) - 1
        order.relayed = source
        order.payload = relayedBody(of: source, from: .caller, call)
        send(order, of: call, attempt: attempt)
        schedule(call)
    }

    /// An attempt came to nothing without a response.
    func attemptFailed(_ call: Call, _ attempt: Attempt, cause: EndCause) {
        record(
            .attemptFailed(
                AttemptFailed(
                    attempt: attempt.number, status: 0, phrase: [], reasons: [], cause: cause)),
            of: call)
        cancel(call, attempt: attempt.number)
        huntOn(call)
    }

    /// A destination refused.
    func attemptRefused(_ call: Call, _ attempt: Attempt, _ response: Message) {
        let reasons = response.headers(.reason).map { Octets($0) }
        record(
            .attemptFailed(
                AttemptFailed(
                    attempt: attempt.number, status: response.status,
                    phrase: Octets(response.phrase), reasons: reasons, cause: nil)),
            of: call)
        huntOn(call)
    }

    /// After an attempt that came to nothing: the next carrier is tried when this one failed rather
    /// than the callee, and the caller has heard nothing of it yet.
    func huntOn(_ call: Call) {
        guard let attempt = call.attempts.last, let failure = attempt.failure else {
            return hunt(call)
        }
        let isCarriersFault =
            failure.status == 0 || failure.status == 408 || 500..<600 ~= failure.status
        if isCarriersFault, !attempt.hasRung {
            hunt(call)
        } else {
            giveUp(call, cause: failure.cause ?? .noReply)
        }
    }

    /// Ends an unanswered call with the last real response of a destination, or our own reason.
    func giveUp(_ call: Call, cause local: EndCause = .noReply) {
        guard let failure = call.lastFailure else {
            let unreachable = call.attempts.allSatisfy { $0.routed.target == nil }
            return conclude(
                call, by: .gateway, cause: unreachable ? .hostUnresolved : local)
        }
        let cause: EndCause =
            failure.status == 401 || failure.status == 407 ? .carrierAuth : .rejected
        conclude(call, by: .destination, cause: cause)
    }
}
