// The log run again: this build's core gets every recorded input at its recorded time, and what it
// decides is held against what was decided then. What comes from outside of a call (the verdict on who
// is calling, ports, addresses of hosts, operators' changes) is taken from the record.

/// A replay of a log, record by record. Confined to whoever feeds it.
package final class Replay {
    /// What was different, in the order of the log: the first difference of each call, and those after it
    /// as long as the call can be followed.
    package private(set) var differences: [ReplayDifference] = []
    /// Decisions that were compared, and the inputs that led to them.
    package private(set) var decisions = 0
    package internal(set) var inputs = 0

    private let settings: (GatewayStarted) -> SwitchboardSettings?
    let state = SwitchboardState(baseDomain: "")
    /// Nil before the first start, in a life whose settings are not understood, and after a gap.
    var core: Switchboard?
    /// The records of one moment, which hold at least one input and all that it led to.
    var moment: [Record] = []
    /// The next of them.
    var position = 0
    /// Calls that cannot be followed any more, up to the next start: their records only move the state.
    private var lost: Set<StreamKey> = []
    /// The process ended after this moment: what it decided last may not have been recorded.
    private(set) var isLastOfLife = false
    /// The last event of a life whose deadlines are run to its end.
    private(set) var ending: Stamp?
    /// What the door said to the INVITE that is being fed.
    var admission: Admission?
    /// What is supposed instead of the recorded, and what comes of it; nil in a replay of what was.
    let supposed: Supposed?

    /// `settings` reads the settings that a start recorded; nil when they are not understood.
    package init(settings: @escaping (GatewayStarted) -> SwitchboardSettings?) {
        self.settings = settings
        supposed = nil
    }

    /// A replay with something else than the recorded.
    init(
        settings: @escaping (GatewayStarted) -> SwitchboardSettings?, supposing supposed: Supposed
    ) {
        self.settings = settings
        self.supposed = supposed
    }

    /// Moves the state without a replay, up to the start where it begins.
    package func skip(_ record: Record) {
        state.fold(record)
        supposed?.follow(record)
    }

    /// Takes the next record of the log.
    package func take(_ record: Record) {
        if let last = moment.last, record.event.isStart || last.stamp != record.stamp {
            isLastOfLife = record.event.isStart
            runMoment()
            if record.event.isStart { runDeadlines(until: last.stamp) }
        }
        moment.append(record)
    }

    /// The log ends here.
    package func finish() {
        isLastOfLife = true
        let last = moment.last
        runMoment()
        if let last { runDeadlines(until: last.stamp) }
        core = nil
    }

    /// What is supposed may end calls when nothing happened, up to the last event of a life.
    private func runDeadlines(until stamp: Stamp) {
        guard let supposed, supposed.holds else { return }
        ending = stamp
        isLastOfLife = true
        core?.timeReached(Moment(stamp))
        supposed.settle()
        isLastOfLife = false
        ending = nil
    }

    private func runMoment() {
        while position < moment.count {
            let record = moment[position]
            // What is lost may have decided anything; the next start knows no more than the log.
            if case .gapRecorded = record.event { core = nil }
            if core == nil && !record.event.isStart || isFact(record) {
                if core == nil { supposed?.leftOut(record) }
                fold(record)
                continue
            }
            let before = position
            suppose(at: record.stamp)
            feed(record)
            core?.outbox = Outbox()
            if position == before { missing(record) }
            supposed?.settle()
        }
        moment = []
        position = 0
        isLastOfLife = false
    }

    /// Has the core go on under what is supposed, from its time on and after each recorded change.
    private func suppose(at stamp: Stamp) {
        guard let supposed, let directory = supposed.renewedDirectory(at: Moment(stamp)) else {
            return
        }
        state.suppose(directory)
        guard let core else { return }
        supposed.limit(&core.settings)
        for call in core.calls.values { core.schedule(call) }
    }

    /// Whether a record is no decision of the core, or not to be compared.
    func isFact(_ record: Record) -> Bool {
        record.event.isObservation || !follows(record.stream)
    }

    /// Whether what is decided about a call moves its state. Where it does not, what is due stays due.
    func follows(_ stream: StreamKey) -> Bool {
        !lost.contains(stream) && supposed?.departed.contains(stream) != true
    }

    /// The process ended before anything was decided about a call.
    func forget(_ stream: StreamKey) {
        lost.insert(stream)
        fold(moment[position])
    }

    func fold(_ record: Record) {
        state.fold(record)
        supposed?.follow(record)
        position += 1
    }

    /// A start: a new core takes up what the log says.
    func start(_ event: GatewayStarted, at stamp: Stamp) {
        lost = []
        core = nil
        guard var settings = settings(event) else { return }
        supposed?.limit(&settings)
        let core = Switchboard(replaying: self, settings: settings, epoch: event.epoch, at: stamp)
        self.core = core
        var torn: TornTailCut?
        if position + 1 < moment.count, case .tornTailCut(let event) = moment[position + 1].event {
            torn = event
        }
        supposed?.follow(moment[position])
        core.readyPorts = portsToDraw
        core.started(event, torn: torn, at: Moment(stamp))
        core.resume(lostPorts: lostPorts)
    }

    // MARK: What the core asks

    /// The core decided something: the record of it, or nil when it is not to be remembered.
    func recorded(_ event: Event, _ stream: StreamKey) -> Record? {
        if event.isObservation || lost.contains(stream) { return nil }
        if let supposed, supposed.holds { return self.supposed(event, stream, supposed) }
        while position < moment.count, isFact(moment[position]) { fold(moment[position]) }
        guard position < moment.count else {
            if !isLastOfLife { differ(event, stream, instead: nil) }
            return nil
        }
        let record = moment[position]
        guard record.stream == stream, record.event.type == event.type else {
            differ(event, stream, instead: record)
            return nil
        }
        decisions += 1
        position += 1
        if record.event != event {
            differences.append(
                ReplayDifference(
                    record, decided: event.type, place: .between(record.event, event)))
        }
        return record
    }

    private func differ(_ event: Event, _ stream: StreamKey, instead record: Record?) {
        guard let last = record ?? moment.last else { return }
        lost.insert(stream)
        var difference = ReplayDifference(last, decided: event.type, place: "")
        difference.stream = stream
        if record?.stream != stream { difference.recorded = nil }
        differences.append(difference)
    }

    /// The record has what the core did not decide.
    func missing(_ record: Record) {
        if let core, let supposed, supposed.holds {
            supposed.missing(record, core)
        } else if core != nil {
            differences.append(ReplayDifference(record, decided: nil, place: ""))
            lost.insert(record.stream)
        }
        fold(record)
    }
}

extension Event {
    var isStart: Bool { if case .gatewayStarted = self { true } else { false } }

    /// Whether the event says what others did, or what was counted: the core decides nothing in it.
    fileprivate var isObservation: Bool {
        switch self {
        case .repeatsAbsorbed, .unauthenticatedCounted, .gapRecorded: true
        default: isProvisioning
        }
    }

    /// Whether an operator changed what is provisioned.
    var isProvisioning: Bool {
        switch self {
        case .trunkCreated, .trunkUpdated, .trunkCredentialRotated, .trunkDeleted, .carrierCreated,
            .carrierUpdated, .carrierDeleted, .routeCreated, .routeUpdated, .routeDeleted:
            true
        default: false
        }
    }
}

extension Moment {
    init(_ stamp: Stamp) { self.init(wall: stamp.wall, instant: stamp.instant) }
}
