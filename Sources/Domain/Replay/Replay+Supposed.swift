// A replay under a supposition: the same core on the same inputs, with other trunks, routes or limits. A
// call is followed as long as what is decided about it comes to what was decided then.

extension Replay {
    /// The record of a decision; nil when the call leaves its course with it, or has left it.
    func supposed(_ event: Event, _ stream: StreamKey, _ supposed: Supposed) -> Record? {
        guard let core else { return nil }
        if supposed.departed.contains(stream) {
            supposed.decided(event, stream)
            return nil
        }
        while position < moment.count, isFact(moment[position]) { fold(moment[position]) }
        // What becomes due before the input, at a time of its own, was not recorded then.
        let isOfInput = (moment.first?.stamp ?? ending)?.instant == core.stamp.instant
        let next = moment[position...].firstIndex { $0.stream == stream && !isFact($0) }
        guard isOfInput, let next, moment[next].event.type == event.type else {
            // The process may have ended before what it decided last was recorded.
            if !isOfInput || position < moment.count || !isLastOfLife {
                leave(stream, Departure.Outcome(event), or: event.type, supposed, core)
            }
            return nil
        }
        while position < next {
            if isFact(moment[position]) {
                fold(moment[position])
            } else {
                missing(moment[position])
            }
        }
        if let outcome = Departure.Outcome(event, instead: moment[next].event) {
            leave(stream, outcome, or: event.type, supposed, core)
            return nil
        }
        position += 1
        var record = moment[next]
        // Which route it was decides which are left.
        if case .callRouted = event { record.event = event }
        return record
    }

    private func leave(
        _ stream: StreamKey, _ outcome: Departure.Outcome?, or type: EventType,
        _ supposed: Supposed, _ core: Switchboard
    ) {
        let number = position < moment.count ? moment[position].number : core.lastNumber
        supposed.depart(stream, number, core.stamp.wall, outcome, or: .otherwise(type))
    }
}

extension Supposed {
    /// The record has what is not decided any more.
    func missing(_ record: Record, _ core: Switchboard) {
        depart(
            record.stream, record.number, record.stamp.wall, waiting(record.stream.call, core),
            or: record.event.timer.map { .goneOn(timer: $0) } ?? .otherwise(record.event.type))
    }

    /// A destination whose name was not looked up then.
    private func waiting(_ id: CallID, _ core: Switchboard) -> Departure.Outcome? {
        guard let call = core.calls[id], call.volatile.awaitedHost != nil,
            let route = core.routesLeft(for: call).first
        else { return nil }
        return switch route.destination {
        case .carrier(let id): .sent(to: core.directory.carrier(id: id)?.name ?? "\(id)", at: nil)
        case .uri(let text): .sent(to: text, at: nil)
        case .echo: nil
        }
    }

    // MARK: The door

    /// What the door says to a call; nil when it does not become one.
    func admission(
        instead recorded: Admission, of request: Message, _ path: Path, isBareAddress: Bool,
        _ record: Record, _ core: Switchboard
    ) -> Admission? {
        if case .authorised = recorded, let most = supposition.limits.calls,
            count(of: core.calls) >= most
        {
            turnAway(record, .refused(.tooManyCalls, status: 503))
            return nil
        }
        guard !supposition.changes.isEmpty, let directory else { return recorded }
        let verdicts = [self.recorded, directory].map { directory in
            verdict(
                recalling: recorded, on: request, path, isBareAddress: isBareAddress, directory,
                core)
        }
        if verdicts[0].isLike(verdicts[1]) { return recorded }
        guard case .challenge(let trunk, _, _) = verdicts[1] else { return Admission(verdicts[1]) }
        turnAway(record, Self.outcome(ofChallengeBy: trunk, request, directory))
        return nil
    }

    private func turnAway(_ record: Record, _ outcome: Departure.Outcome) {
        depart(record.stream, record.number, record.stamp.wall, outcome, or: outcome)
    }

    /// A trunk without passwords, or one that is not there, challenges as if it had them; no answer is
    /// right.
    private static func outcome(
        ofChallengeBy trunk: Trunk?, _ request: Message, _ directory: Directory
    ) -> Departure.Outcome {
        guard let trunk else {
            let host = URI(parsing: request.requestURI)?.host
            let label = host.flatMap { directory.domain.label(of: $0) }
            let isDeleted = label.flatMap(directory.deletedTrunk(named:)) != nil
            return .refused(isDeleted ? .deletedTrunk : .unknownDomain, status: 407)
        }
        return trunk.authTypes.contains(.basic)
            ? .challenged : .refused(.unknownSource, status: 407)
    }

    private func verdict(
        recalling admission: Admission, on request: Message, _ path: Path, isBareAddress: Bool,
        _ directory: Directory, _ core: Switchboard
    ) -> Verdict {
        var authenticator = Authenticator(
            recalling: admission.recollection, hashes: hashes,
            baseDomain: core.settings.baseDomain)
        var generator = SplitMix(seed: 0)
        return authenticator.authenticate(
            request, from: path.source, isBareAddress: isBareAddress, directory: directory,
            now: core.moment, using: &generator)
    }
}

extension Admission {
    /// A verdict on credentials is given after the nonce was found good.
    fileprivate var recollection: Authenticator.Recollection {
        switch self {
        case .authorised(let proof):
            Authenticator.Recollection(
                isNonceGood: proof.method.contains(.basic), isLocked: false)
        case .refused(let refusal):
            Authenticator.Recollection(
                isNonceGood: !refusal.username.isEmpty, isLocked: refusal.reason == .lockedOut)
        case .challenged: Authenticator.Recollection(isNonceGood: false, isLocked: false)
        }
    }
}

extension Verdict {
    /// Whether another verdict has the same effect on the call.
    fileprivate func isLike(_ other: Verdict) -> Bool {
        switch (self, other) {
        case (.authorised(let one, _, _, _, _, _), .authorised(let two, _, _, _, _, _)):
            one.id == two.id
        case (.refuse(let one, _, _, _, _), .refuse(let two, _, _, _, _)): one == two
        case (.challenge, .challenge): true
        default: false
        }
    }
}

extension Event {
    fileprivate var timer: String? {
        if case .timerFired(let event) = self { event.timer } else { nil }
    }
}
