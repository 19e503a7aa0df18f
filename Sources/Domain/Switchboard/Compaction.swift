// The second fold: follows the log beside the live core and keeps the records that a snapshot wants.
// What it holds grows with what is alive, not with what has happened.

/// A fold that remembers what it was made from. Confined to whoever folds.
package struct Compaction {
    package let state: SwitchboardState
    /// The last event of each trunk, carrier and route that the state still knows.
    private var provisioned: [StreamKey: Record] = [:]
    private var calls: [CallID: [Record]] = [:]
    private var lookups: [String: Record] = [:]
    private var authorised: [Record] = []
    private var start: Record?
    private var wallBeforeStart = WallTime(nanoseconds: 0)

    /// Begins with an empty log.
    package init(baseDomain: String) { state = SwitchboardState(baseDomain: baseDomain) }

    /// Begins where a snapshot stands.
    package init(baseDomain: String, _ snapshot: Snapshot) {
        state = SwitchboardState(baseDomain: baseDomain, snapshot)
        wallBeforeStart = snapshot.wallBeforeStart
        for record in snapshot.records { keep(record) }
    }

    /// Folds the next event of the log.
    package mutating func fold(_ record: Record) {
        if case .gatewayStarted = record.event { wallBeforeStart = state.lastWall }
        state.fold(record)
        keep(record)
    }

    private mutating func keep(_ record: Record) {
        switch record.event {
        case .gatewayStarted: start = record
        case .hostResolved(let event): lookups[event.host] = record
        case .trunkCreated(let trunk), .trunkUpdated(let trunk), .trunkCredentialRotated(let trunk),
            .trunkDeleted(let trunk):
            provisioned[StreamKey(trunk.id)] = record
        case .carrierCreated(let carrier), .carrierUpdated(let carrier):
            provisioned[StreamKey(carrier.id)] = record
        case .carrierDeleted(let carrier): provisioned[StreamKey(carrier.id)] = nil
        case .routeCreated(let route), .routeUpdated(let route):
            provisioned[StreamKey(route.id)] = record
        case .routeDeleted(let route): provisioned[StreamKey(route.id)] = nil
        default: keepOfCall(record)
        }
    }

    private mutating func keepOfCall(_ record: Record) {
        if case .callAuthorised(let event) = record.event, !event.nonce.isEmpty {
            authorised.append(record)
        }
        calls[record.stream.call, default: []].append(record)
        if state.calls[record.stream.call] == nil { thin(record.stream.call) }
    }

    /// Of a call that is over only what may have to be said again is kept.
    private mutating func thin(_ call: CallID) {
        calls[call]?.removeAll { !state.answers.needs($0) }
        if calls[call]?.isEmpty == true { calls[call] = nil }
    }

    /// What stands for the log up to the last event folded. The same events give the same snapshot.
    package mutating func snapshot() -> Snapshot {
        forget()
        var kept = [start].compactMap { $0 } + lookups.values + provisioned.values
        kept += calls.values.joined()
        // Those of calls in progress are among their records.
        kept += authorised.filter { state.calls[$0.stream.call] == nil }
        return Snapshot(
            number: state.lastNumber, wall: state.lastWall, wallBeforeStart: wallBeforeStart,
            lastCDRNumber: state.lastCDRNumber, records: kept.sorted { $0.number < $1.number })
    }

    /// Drops what the state has forgotten by age or number.
    private mutating func forget() {
        let oldest = state.nonces.uses.first?.number ?? .max
        authorised.removeAll { $0.number < oldest }
        for call in calls.keys where state.calls[call] == nil { thin(call) }
        provisioned = provisioned.filter { _, record in
            guard case .trunkDeleted(let trunk) = record.event else { return true }
            return state.directory.remembersDeletion(of: trunk)
        }
    }
}
