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
    private var isLastOfLife = false
    /// What the door said to the INVITE that is being fed.
    var admission: Admission?

    /// `settings` reads the settings that a start recorded; nil when they are not understood.
    package init(settings: @escaping (GatewayStarted) -> SwitchboardSettings?) {
        self.settings = settings
    }

    /// Moves the state without a replay, up to the start where it begins.
    package func skip(_ record: Record) { state.fold(record) }

    /// Takes the next record of the log.
    package func take(_ record: Record) {
        if let last = moment.last, record.event.isStart || last.stamp != record.stamp {
            isLastOfLife = record.event.isStart
            runMoment()
        }
        moment.append(record)
    }

    /// The log ends here.
    package func finish() {
        isLastOfLife = true
        runMoment()
        core = nil
    }

    private func runMoment() {
        while position < moment.count {
            let record = moment[position]
            // What is lost may have decided anything; the next start knows no more than the log.
            if case .gapRecorded = record.event { core = nil }
            if core == nil && !record.event.isStart || isFact(record) {
                fold(record)
                continue
            }
            let before = position
            feed(record)
            core?.outbox = Outbox()
            if position == before { missing(record) }
        }
        moment = []
        position = 0
        isLastOfLife = false
    }

    /// Whether a record is no decision of the core, or not to be compared.
    private func isFact(_ record: Record) -> Bool {
        record.event.isObservation || lost.contains(record.stream)
    }

    /// The process ended before anything was decided about a call.
    func forget(_ stream: StreamKey) {
        lost.insert(stream)
        fold(moment[position])
    }

    func fold(_ record: Record) {
        state.fold(record)
        position += 1
    }

    /// A start: a new core takes up what the log says.
    func start(_ event: GatewayStarted, at stamp: Stamp) {
        lost = []
        core = nil
        guard let settings = settings(event) else { return }
        let core = Switchboard(replaying: self, settings: settings, epoch: event.epoch, at: stamp)
        self.core = core
        var torn: TornTailCut?
        if position + 1 < moment.count, case .tornTailCut(let event) = moment[position + 1].event {
            torn = event
        }
        core.readyPorts = portsToDraw
        core.started(event, torn: torn, at: Moment(stamp))
        core.resume(lostPorts: lostPorts)
    }

    // MARK: What the core asks

    /// The core decided something: the record of it, or nil when it is not to be remembered.
    func recorded(_ event: Event, _ stream: StreamKey) -> Record? {
        if event.isObservation || lost.contains(stream) { return nil }
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
    private func missing(_ record: Record) {
        if core != nil {
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
        case .repeatsAbsorbed, .unauthenticatedCounted, .gapRecorded, .trunkCreated, .trunkUpdated,
            .trunkCredentialRotated, .trunkDeleted, .carrierCreated, .carrierUpdated,
            .carrierDeleted, .routeCreated, .routeUpdated, .routeDeleted:
            true
        default: false
        }
    }
}

extension Moment {
    init(_ stamp: Stamp) { self.init(wall: stamp.wall, instant: stamp.instant) }
}
