// What the log says, as the core needs it: the one fold of all events. The live core, the start after a
// crash and the checks all use this, so that they cannot tell different stories.

/// Trunks, calls and numbers, folded from records. Confined to whoever folds.
package final class SwitchboardState {
    /// Raised whenever the same records give another state: snapshots of another version are not used.
    package static let foldVersion: UInt16 = 4

    package private(set) var directory: Directory
    package private(set) var calls: [CallID: Call] = [:]
    /// The last event decided or folded.
    package private(set) var lastNumber: EventNumber = 0
    package private(set) var lastCDRNumber: UInt64 = 0
    /// The last start that the log has; nil in a new log.
    package private(set) var lastStart: GatewayStarted?
    private(set) var lastBoot: UInt32 = 0
    private(set) var lastWall = WallTime(nanoseconds: 0)
    private(set) var hosts: [String: HostAddresses] = [:]
    private(set) var nonces = NonceWindow()
    private(set) var answers = AnswerWindow()
    /// Finds the call of a request within a dialog: by its Call-ID and the tag that is ours.
    private var dialogs: [DialogKey: DialogSide] = [:]

    struct HostAddresses {
        var event: HostResolved
        var at: Stamp
    }

    /// The state of an empty log.
    package init(baseDomain: String) { directory = Directory(baseDomain: baseDomain) }

    /// The state that a snapshot was made of.
    package init(baseDomain: String, _ snapshot: Snapshot) {
        directory = Directory(baseDomain: baseDomain)
        lastWall = snapshot.wallBeforeStart
        for record in snapshot.records { apply(record) }
        lastNumber = snapshot.number
        lastWall = snapshot.wall
        lastCDRNumber = snapshot.lastCDRNumber
    }

    /// Moves the state by the next event, just decided or read from the log. Numbers between them are
    /// those of events that this version does not know, and may skip.
    package func fold(_ record: Record) {
        precondition(record.number > lastNumber, "the log's numbers go back")
        lastNumber = record.lastNumber
        apply(record)
        lastWall = record.stamp.wall
    }

    /// Takes note that the log reaches further, with events that this version may skip.
    package func passOver(to number: EventNumber) { lastNumber = max(lastNumber, number) }

    /// Has calls go on with other trunks, carriers and routes than the recorded ones.
    func suppose(_ directory: Directory) { self.directory = directory }

    private func apply(_ record: Record) {
        answers.fold(record)
        switch record.event {
        case .callOffered(let offered):
            let call = Call(offered, record: record)
            calls[call.id] = call
            dialogs[DialogKey(sipCallID: offered.sipCallID, localTag: offered.localTag)] =
                DialogSide(call: call.id, leg: .caller, attempt: 0)
        case .hostResolved(let event):
            hosts[event.host] = HostAddresses(event: event, at: record.stamp)
        case .gatewayStarted(let event):
            let outage = Call.Outage(start: lastWall, end: record.stamp.wall)
            for call in calls.values { call.outage = outage }
            answers.started(with: calls)
            lastStart = event
            lastBoot = record.stamp.boot
        default:
            // Of a call whose beginning is lost, too, and of calls that are lost: a number is never drawn
            // twice.
            lastCDRNumber = max(lastCDRNumber, record.event.cdrNumber ?? 0)
            directory.evolve(record.event)
            if case .callAuthorised(let event) = record.event { remember(event, record) }
            guard let call = calls[record.stream.call] else { return }
            call.evolve(record)
            index(record.event, of: call)
        }
    }

    private func remember(_ event: CallAuthorised, _ record: Record) {
        guard !event.nonce.isEmpty else { return }
        nonces.append(
            NonceUse(
                number: record.number, at: record.stamp.wall, label: event.domainName,
                nonce: event.nonce, count: max(1, event.nonceCount)))
    }

    // MARK: Calls by dialog

    private func index(_ event: Event, of call: Call) {
        switch event {
        case .callRouted(let routed) where routed.target != nil:
            dialogs[DialogKey(sipCallID: routed.sipCallID, localTag: routed.localTag)] =
                DialogSide(call: call.id, leg: .destination, attempt: routed.attempt)
        case .callProgressed(let event): indexCaller(event.callerTag, of: call)
        case .callAnswered(let event): indexCaller(event.callerTag, of: call)
        default: break
        }
        if call.isFinished { forget(call) }
    }

    private func indexCaller(_ tag: Octets, of call: Call) {
        dialogs[DialogKey(sipCallID: call.offered.sipCallID, localTag: tag)] =
            DialogSide(call: call.id, leg: .caller, attempt: 0)
    }

    private func forget(_ call: Call) {
        calls[call.id] = nil
        let tags =
            [call.offered.localTag, call.caller.localTag]
            + call.attempts.flatMap { $0.forks.map(\.callerTag) }
        for tag in tags {
            dialogs[DialogKey(sipCallID: call.offered.sipCallID, localTag: tag)] = nil
        }
        for attempt in call.attempts {
            dialogs[
                DialogKey(sipCallID: attempt.routed.sipCallID, localTag: attempt.routed.localTag)
            ] = nil
        }
    }

    /// The side of a living call that a request within a dialog is for.
    func side(sipCallID: some Sequence<UInt8>, localTag: some Sequence<UInt8>) -> DialogSide? {
        dialogs[DialogKey(sipCallID: Octets(sipCallID), localTag: Octets(localTag))]
    }
}

/// A dialog as requests name it.
struct DialogKey: Hashable {
    let sipCallID: Octets
    let localTag: Octets

    /// All bytes at once: an array hashes each by itself, and every event of a call comes by here.
    func hash(into hasher: inout Hasher) {
        hasher.combine(sipCallID.count)
        sipCallID.withUnsafeBytes { hasher.combine(bytes: $0) }
        localTag.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

/// Which side of which call a dialog is.
struct DialogSide {
    let call: CallID
    let leg: Leg
    let attempt: UInt8
}
