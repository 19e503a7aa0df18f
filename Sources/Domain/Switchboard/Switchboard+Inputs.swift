// Everything that can happen to the gateway from outside.

extension Switchboard {
    /// A datagram came in on one of the listeners.
    package func received(
        _ datagram: Octets, from source: Endpoint, on local: Endpoint, at now: Moment
    ) {
        begin(at: now)
        let path = Path(source: source, local: local)
        do throws(MessageError) {
            let message = try Message(parsing: datagram)
            if message.isRequest {
                requestReceived(message, path)
            } else {
                responseReceived(message, path)
            }
        } catch {
            malformedReceived(error, bytes: datagram.count, path)
        }
    }

    /// An operator's change. Returns the event's number, to wait for, and the password if one was made.
    package func provision(
        _ command: ProvisioningCommand, at now: Moment
    ) throws(ProvisioningError) -> (record: Record, password: String?) {
        begin(at: now)
        let decision = try directory.decide(
            command, at: moment, hashes: hashes, using: &generator)
        record(decision.event, decision.event.provisioningStream)
        return (outbox.records[outbox.records.count - 1], decision.password)
    }

    /// The answer to a lookup; empty when there was none.
    package func resolved(
        _ host: String, to addresses: [IPAddress], lifetime: Duration, at now: Moment
    ) {
        begin(at: now)
        let event = HostResolved(
            host: host, addresses: addresses,
            lifetimeSeconds: UInt32(clamping: lifetime.components.seconds))
        record(.hostResolved(event), .gateway)
        let waiting = calls.values.filter { $0.volatile.awaitedHost == host }
        for call in waiting.sorted(by: { $0.firstEvent < $1.firstEvent }) {
            call.volatile.awaitedHost = nil
            if !call.isOver { hunt(call) }
        }
    }

    /// What the relay saw.
    package func reported(_ report: RelayReport, at now: Moment) {
        begin(at: now)
        switch report {
        case .portsReady(let ports):
            readyPorts += ports
        case .latched(let id, let event):
            if let call = calls[id] { record(.mediaLatched(event), of: call) }
        case .started(let id, let event):
            if let call = calls[id] { record(.mediaStarted(event), of: call) }
        case .figures(let id, let event):
            if let call = calls[id] { record(.mediaReported(event), of: call) }
        case .silent(let id):
            if let call = calls[id], !call.isOver {
                conclude(call, by: .gateway, cause: .mediaSilence)
            }
        }
    }

    /// The network refused what was sent to an address (ICMP, or no route).
    package func transportFailed(to remote: Endpoint, reason: String, at now: Moment) {
        begin(at: now)
        let affected = clients.values.filter { $0.remote == remote }
        for client in affected.sorted(by: { $0.key < $1.key }) {
            guard let call = calls[client.call] else { continue }
            guard case .timedOut = client.transportFailed() else { continue }
            let failure = TransportFailed(
                leg: client.leg, attempt: client.attempt, remote: remote, reason: reason)
            let renegotiation = call.renegotiation
            record(.transportFailed(failure), of: call)
            timedOut(client, call, renegotiation, cause: .transportFailure)
        }
    }

    /// Time has passed; called no earlier than `nextDeadline`.
    package func timeReached(_ now: Moment) { begin(at: now) }
}

/// The way a message came.
struct Path {
    let source: Endpoint
    let local: Endpoint
}

extension Event {
    /// The stream that a provisioning event belongs to.
    fileprivate var provisioningStream: StreamKey {
        switch self {
        case .trunkCreated(let trunk), .trunkUpdated(let trunk), .trunkCredentialRotated(let trunk),
            .trunkDeleted(let trunk):
            StreamKey(trunk.id)
        case .carrierCreated(let carrier), .carrierUpdated(let carrier),
            .carrierDeleted(let carrier):
            StreamKey(carrier.id)
        case .routeCreated(let route), .routeUpdated(let route), .routeDeleted(let route):
            StreamKey(route.id)
        default: .gateway
        }
    }
}
