// The core: takes an input and the time at which it arrived, decides, and leaves events and effects
// in its outbox. It reads no clock, opens nothing, and draws only from the generator it was given,
// so that a run can be repeated exactly.

/// All trunks and calls of one gateway. Confined to the loop that feeds it.
package final class Switchboard {
    package let settings: SwitchboardSettings
    /// What the inputs so far want done. The shell empties it after each burst.
    package var outbox = Outbox()
    package private(set) var directory: Directory
    package private(set) var calls: [CallID: Call] = [:]
    /// The last event decided or folded.
    package private(set) var lastNumber: EventNumber = 0
    private(set) var lastCDRNumber: UInt64 = 0
    /// The start before this one, as the log has it; nil in a new log.
    package private(set) var lastStart: GatewayStarted?
    private(set) var lastBoot: UInt32 = 0
    private var lastWall = WallTime(nanoseconds: 0)

    /// Until the start is recorded the log is being read: INVITEs of the last minutes, whose nonces
    /// must not be used again.
    private var isReading = true
    private var recentInvites: [(at: WallTime, message: Octets)] = []

    /// Finds the call of a request within a dialog: by its Call-ID and the tag that is ours.
    private var dialogs: [DialogKey: DialogSide] = [:]
    var servers: [ServerKey: ServerTransaction] = [:]
    var clients: [ClientKey: ClientTransaction] = [:]
    var deadlines = DeadlineQueue<Due>()
    /// Even ports of the relay that are bound and free.
    var readyPorts: [UInt16] = []
    var hosts: [String: HostAddresses] = [:]
    var authenticator: Authenticator
    var strangers: Strangers
    var isWindowOpen = false
    var generator: SplitMix
    let hashes: Hashes
    let tagKey: Octets

    /// New calls are turned away while one of these holds.
    package var isDraining = false
    package var isLogFull = false

    private let epoch: UInt64
    private var ordinal: UInt64 = 0
    var stamp: Stamp
    /// Relates stamps of earlier boots to this one's clock.
    var start: Moment

    /// What a deadline in the queue is about.
    enum Due: Hashable, Sendable {
        case server(ServerKey)
        case client(ClientKey)
        case call(CallID)
        case window
    }

    struct DialogKey: Hashable {
        let sipCallID: Octets
        let localTag: Octets

        /// All bytes at once: an array would hash itself byte by byte.
        func hash(into hasher: inout Hasher) {
            sipCallID.withUnsafeBytes { hasher.combine(bytes: $0) }
            localTag.withUnsafeBytes { hasher.combine(bytes: $0) }
        }
    }

    struct DialogSide {
        let call: CallID
        let leg: Leg
        let attempt: UInt8
    }

    struct HostAddresses {
        var event: HostResolved
        var at: Stamp
    }

    /// `seed` must be unpredictable: tags and nonces come from it. `nonceKey` outlives restarts.
    package init(
        settings: SwitchboardSettings, hashes: Hashes, nonceKey: Octets, seed: UInt64,
        epoch: UInt64, at now: Moment
    ) {
        self.settings = settings
        self.hashes = hashes
        self.epoch = epoch
        tagKey = nonceKey
        start = now
        stamp = Stamp(wall: now.wall, instant: now.instant, boot: 0)
        generator = SplitMix(seed: seed)
        directory = Directory(baseDomain: settings.baseDomain)
        authenticator = Authenticator(
            nonceKey: nonceKey, hashes: hashes, baseDomain: settings.baseDomain)
        strangers = Strangers(at: now)
    }

    package var readyPortCount: Int { readyPorts.count }

    var now: Instant { stamp.instant }
    var moment: Moment { Moment(wall: stamp.wall, instant: stamp.instant) }

    /// The earliest time at which `timeReached` wants to be called.
    package var nextDeadline: Instant? { deadlines.next }

    /// Every input begins with its time; wall time never goes back within a log.
    func begin(at now: Moment) {
        stamp.instant = max(stamp.instant, now.instant)
        stamp.wall = max(stamp.wall, now.wall, lastWall)
    }

    /// A stamp's place on this boot's clock.
    func instant(of stamp: Stamp) -> Instant {
        if stamp.boot == self.stamp.boot { return stamp.instant }
        return start.instant + (stamp.wall - start.wall)
    }

    // MARK: Recording

    /// Decides an event: numbers it, leaves it in the outbox and moves the state.
    @discardableResult
    func record(_ event: Event, _ stream: StreamKey) -> EventNumber {
        ordinal += 1
        let record = Record(
            number: lastNumber + 1, stamp: stamp, stream: stream,
            eventID: EventID(epoch: epoch, ordinal: ordinal), event: event)
        outbox.records.append(record)
        fold(record)
        return record.number
    }

    @discardableResult
    func record(_ event: Event, of call: Call) -> EventNumber {
        record(event, StreamKey(call.id))
    }

    /// Moves the state by an event, just decided or read from the log.
    package func fold(_ record: Record) {
        precondition(record.number == lastNumber + 1, "the log's numbers have a gap")
        lastNumber = record.lastNumber
        defer { lastWall = record.stamp.wall }
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
            lastStart = event
            lastBoot = record.stamp.boot
        default:
            if isReading { remember(record) }
            // Of a call whose beginning is lost, too: a number is never drawn twice.
            lastCDRNumber = max(lastCDRNumber, record.event.cdrNumber ?? 0)
            directory.evolve(record.event)
            guard let call = calls[record.stream.call] else { return }
            call.evolve(record)
            index(record.event, of: call)
        }
    }

    private func remember(_ record: Record) {
        guard case .requestReceived(let step) = record.event, step.leg == .caller,
            step.method == Method.invite.octets, step.seen == nil
        else { return }
        if recentInvites.count >= Limits.rememberedNonces { recentInvites.removeFirst(1_024) }
        recentInvites.append((record.stamp.wall, step.message))
    }

    /// Ends the reading of the log.
    func endReading() {
        isReading = false
        for invite in recentInvites where stamp.wall - invite.at <= Limits.nonceLifetime {
            if let message = try? Message(parsing: invite.message) { authenticator.recall(message) }
        }
        recentInvites = []
    }

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

    var nextCDRNumber: UInt64 { lastCDRNumber + 1 }
}
