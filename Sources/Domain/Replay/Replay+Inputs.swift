// From a record back to the input that it came of: a message, a deadline, a lookup's answer, a report.

extension Replay {
    /// Feeds the core the input that led to a record. What is no input is left to be missed.
    func feed(_ record: Record) {
        if case .gatewayStarted(let event) = record.event { return start(event, at: record.stamp) }
        guard let core else { return }
        inputs += 1
        core.readyPorts = sparePorts + portsToDraw
        let (now, call) = (Moment(record.stamp), record.stream.call)
        switch record.event {
        case .callOffered: offer(record, to: core)
        case .requestReceived(let step), .responseReceived(let step): receive(step, core, now)
        case .timerFired: core.timeReached(now)
        case .transportFailed(let event):
            core.transportFailed(to: event.remote, reason: event.reason, at: now)
        case .hostResolved(let event):
            core.resolved(
                event.host, to: event.addresses, lifetime: .seconds(Int64(event.lifetimeSeconds)),
                at: now)
        case .mediaLatched(let event): core.reported(.latched(call, event), at: now)
        case .mediaStarted(let event): core.reported(.started(call, event), at: now)
        case .mediaReported(let event): core.reported(.figures(call, event), at: now)
        case .callEnded(let event) where event.cause == .mediaSilence:
            core.reported(.silent(call), at: now)
        case .callEnded(let event) where event.cause == .budget:
            if let step = firstRequest(of: record.stream) { receive(step, core, now) }
        default: inputs -= 1
        }
    }

    private func receive(_ step: SignallingStep, _ core: Switchboard, _ now: Moment) {
        core.received(step.message, from: step.remote, on: step.local, at: now)
    }

    /// The request from outside among the coming records of a stream; not the challenges before it.
    private func firstRequest(of stream: StreamKey) -> SignallingStep? {
        for record in moment[position...] where record.stream == stream {
            if case .requestReceived(let step) = record.event, step.seen == nil { return step }
        }
        return nil
    }

    // MARK: The door

    private func offer(_ record: Record, to core: Switchboard) {
        let own = moment[position...].filter { $0.stream == record.stream }
        admission = own.lazy.compactMap { Admission($0.event) }.first
        guard let invite = firstRequest(of: record.stream), admission != nil else {
            return forget(record.stream)
        }
        if supposed?.holds == true { supposed?.judged += 1 }
        let now = Moment(record.stamp)
        core.strangers = Strangers(at: now)
        var request: SignallingStep?
        for record in own {
            switch record.event {
            case .requestReceived(let step) where step.seen != nil: request = step
            case .responseSent(let step) where step.seen != nil:
                if let request { remember(request, challenge: step, core) }
            default: break
            }
        }
        receive(invite, core, now)
        admission = nil
    }

    /// What the door says to the INVITE that is being fed: what it said then, unless something else is
    /// supposed. Nil for one that did not become a call.
    func admission(of request: Message, _ path: Path, isBareAddress: Bool) -> Admission? {
        guard let admission, let core, let supposed, supposed.holds else { return admission }
        return supposed.admission(
            instead: admission, of: request, path, isBareAddress: isBareAddress, moment[position],
            core)
    }

    private func remember(_ step: SignallingStep, challenge: SignallingStep, _ core: Switchboard) {
        guard let request = try? Message(parsing: step.message), let seen = step.seen else {
            return
        }
        core.strangers.remember(
            Strangers.Challenge(
                request: request, response: challenge.message, seen: seen,
                path: Path(source: step.remote, local: step.local)))
    }

    /// The identifier and seed that the next call got.
    var identity: (id: CallID, seed: UInt64)? {
        guard position < moment.count, case .callOffered(let event) = moment[position].event else {
            return nil
        }
        return (moment[position].stream.call, event.seed)
    }

    // MARK: Ports

    /// For calls that got none then because they had come to nothing before that.
    private var sparePorts: [UInt16] {
        guard supposed?.holds == true, let core else { return [] }
        let first = core.settings.mediaPorts.lowerBound
        return (0..<UInt16(2 * Limits.relayedStreams)).map { first + 2 * $0 }
    }

    /// The ports that calls got in this moment, the first one last.
    var portsToDraw: [UInt16] {
        var known: [StreamKey: Set<UInt16>] = [:]
        var drawn: [UInt16] = []
        for record in moment[position...] {
            guard case .mediaChanged(let event) = record.event else { continue }
            var own = known[record.stream] ?? Set(state.calls[record.stream.call]?.ports ?? [])
            for stream in event.streams {
                for port in [stream.caller.port, stream.destination.port]
                where port != 0 && own.insert(port).inserted {
                    drawn.append(port)
                }
            }
            known[record.stream] = own
        }
        return drawn.reversed()
    }

    /// Whether there were ports for the INVITE that is being fed.
    var hadPorts: Bool {
        !moment[position...].contains { record in
            if case .callRefused(let event) = record.event {
                event.reason == .noMediaPort
            } else {
                false
            }
        }
    }

    /// Ports that could not be bound again at this start: all those of the calls that ended of it.
    var lostPorts: Set<UInt16> {
        var ports: Set<UInt16> = []
        for record in moment[position...] {
            if case .callEnded(let event) = record.event, event.cause == .portLost {
                ports.formUnion(state.calls[record.stream.call]?.ports ?? [])
            }
        }
        return ports
    }
}
