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
    private var dialogs: [DialogName: DialogSide] = [:]

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

    /// Tells that what is folded now is what was before a start at that time.
    func prepare(forStartAt wall: WallTime) { answers.prepare(forStartAt: wall) }

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
            index(call, sipCallID: offered.sipCallID, localTag: offered.localTag, .caller, 0)
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
            if let number = record.event.cdrNumber { lastCDRNumber = max(lastCDRNumber, number) }
            if case .callAuthorised(let event) = record.event { remember(event, record) }
            guard let call = calls[record.stream.call] else {
                return directory.evolve(record.event)
            }
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
            index(
                call, sipCallID: routed.sipCallID, localTag: routed.localTag, .destination,
                routed.attempt)
        case .callProgressed(let event): indexCaller(event.callerTag, of: call)
        case .callAnswered(let event): indexCaller(event.callerTag, of: call)
        default: break
        }
        if call.isFinished { forget(call) }
    }

    private func indexCaller(_ tag: Octets, of call: Call) {
        // The first tag is known from the offer on.
        if tag == call.offered.localTag { return }
        index(call, sipCallID: call.offered.sipCallID, localTag: tag, .caller, 0)
    }

    private func index(
        _ call: Call, sipCallID: Octets, localTag: Octets, _ leg: Leg, _ attempt: UInt8
    ) {
        let name = DialogName(sipCallID: sipCallID, localTag: localTag)
        let side = DialogSide(call: call.id, leg: leg, attempt: attempt)
        if dialogs.updateValue(side, forKey: name) == nil { call.dialogNames.append(name) }
    }

    private func forget(_ call: Call) {
        calls[call.id] = nil
        for name in call.dialogNames { dialogs[name] = nil }
    }

    /// The side of a living call that a request within a dialog is for.
    func side(sipCallID: some Sequence<UInt8>, localTag: some Sequence<UInt8>) -> DialogSide? {
        let sipCallID = Octets(sipCallID)
        let name = DialogName(sipCallID: sipCallID, localTag: Octets(localTag))
        guard let side = dialogs[name], let call = calls[side.call],
            call.dialog(side.leg, attempt: side.attempt)?.sipCallID == sipCallID
        else { return nil }
        return side
    }
}

/// A dialog as requests name it, in 64 bits (FNV-1a). Its tag is ours and random, so nobody can find another
/// name with the same bits. It stands for the bytes because these are far away in memory by the end of a
/// call, when they would be needed once more to forget it.
struct DialogName: Hashable {
    private var digest: UInt64 = 0xcbf2_9ce4_8422_2325

    init(sipCallID: Octets, localTag: Octets) {
        add(localTag)
        add(sipCallID)
    }

    /// With the length, so that no byte can move from one to the other.
    private mutating func add(_ bytes: Octets) {
        for byte in bytes { add(UInt64(byte)) }
        add(UInt64(bytes.count))
    }

    private mutating func add(_ value: UInt64) {
        digest = (digest ^ value) &* 0x100_0000_01b3
    }
}

/// Which side of which call a dialog is.
struct DialogSide {
    let call: CallID
    let leg: Leg
    let attempt: UInt8
}
