// The core: takes an input and the time at which it arrived, decides, and leaves events and effects
// in its outbox. It reads no clock, opens nothing, and draws only from the generator it was given,
// so that a run can be repeated exactly.

/// All trunks and calls of one gateway. Confined to the loop that feeds it.
package final class Switchboard {
    package internal(set) var settings: SwitchboardSettings
    /// What the inputs so far want done. The shell empties it after each burst.
    package var outbox = Outbox()
    /// What the events say. All else here is of this process alone.
    package private(set) var state: SwitchboardState
    var servers: [ServerKey: ServerTransaction] = [:]
    var clients: [ClientKey: ClientTransaction] = [:]
    var deadlines = DeadlineQueue<Due>()
    /// Even ports of the relay that are bound and free.
    var readyPorts: [UInt16] = []
    var authenticator: Authenticator
    var strangers: Strangers
    var isWindowOpen = false
    var generator: SplitMix
    var latestCallID: CallID
    let hashes: Hashes
    let tagKey: Octets
    /// Set when the core runs again what it decided before.
    weak var replay: Replay?

    /// New calls are turned away while one of these holds.
    package var isDraining = false
    package var isLogFull = false

    private let epoch: UInt64
    private var ordinal: UInt64 = 0
    var stamp: Stamp
    /// Relates stamps of earlier boots to this one's clock.
    var start: Moment

    /// What a deadline in the queue is about.
    enum Due: Comparable, Sendable {
        case call(CallID)
        case client(ClientKey)
        case server(ServerKey)
        case window
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
        latestCallID = .beginning(using: &generator)
        state = SwitchboardState(baseDomain: settings.baseDomain)
        state.prepare(forStartAt: now.wall)
        authenticator = Authenticator(
            nonceKey: nonceKey, hashes: hashes, baseDomain: settings.baseDomain)
        strangers = Strangers(at: now)
    }

    /// A core that takes up the state of a replay.
    init(replaying replay: Replay, settings: SwitchboardSettings, epoch: UInt64, at stamp: Stamp) {
        self.settings = settings
        self.replay = replay
        self.epoch = epoch
        self.stamp = stamp
        hashes = .none
        tagKey = []
        start = Moment(stamp)
        generator = SplitMix(seed: 0)
        latestCallID = .beginning(using: &generator)
        state = replay.state
        authenticator = Authenticator(
            nonceKey: [], hashes: .none, baseDomain: settings.baseDomain)
        strangers = Strangers(at: start)
    }

    package var directory: Directory { state.directory }
    package var calls: [CallID: Call] { state.calls }
    package var lastNumber: EventNumber { state.lastNumber }

    package var readyPortCount: Int { readyPorts.count }
    package var transactionCount: Int { servers.count + clients.count }

    var now: Instant { stamp.instant }
    var moment: Moment { Moment(wall: stamp.wall, instant: stamp.instant) }

    /// The earliest time at which `timeReached` wants to be called.
    package var nextDeadline: Instant? { deadlines.next }

    /// Every input begins with its time. What is due by then comes before it, each at its own time: so the
    /// same inputs lead to the same decisions, however late a timer of the shell is.
    func begin(at now: Moment) {
        while let due = deadlines.next, let subject = deadlines.pop(at: now.instant) {
            advance(to: Moment(wall: now.wall + (due - now.instant), instant: due))
            deadlineReached(subject)
        }
        advance(to: now)
    }

    /// Wall time never goes back within a log, nor does monotonic time within a boot.
    private func advance(to now: Moment) {
        stamp.instant = max(stamp.instant, now.instant)
        stamp.wall = max(stamp.wall, now.wall, state.lastWall)
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
        if let replay {
            if let record = replay.recorded(event, stream) { fold(record) }
            return lastNumber
        }
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

    /// Takes the state of a snapshot for what was folded so far.
    package func restore(_ snapshot: Snapshot) {
        state = SwitchboardState(baseDomain: settings.baseDomain, snapshot)
        state.prepare(forStartAt: start.wall)
    }

    /// Moves the state by an event, just decided or read from the log.
    package func fold(_ record: Record) { state.fold(record) }

    /// Takes note that the log reaches further, with events that this version may skip.
    package func passOver(to number: EventNumber) { state.passOver(to: number) }

    /// The side of a living call that a request within a dialog is for.
    func side(sipCallID: some Sequence<UInt8>, localTag: some Sequence<UInt8>) -> DialogSide? {
        state.side(sipCallID: sipCallID, localTag: localTag)
    }

    var nextCDRNumber: UInt64 { state.lastCDRNumber + 1 }
}
