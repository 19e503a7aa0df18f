// The invariants over all calls: who is watched, and what has changed of it since it was last written.

import Domain

/// The watches of all calls that something is waited for. What it holds grows with the calls that are
/// there, and with those that broke a rule and are not over.
struct Watches {
    private var calls: [CallID: CallWatch] = [:]
    private var changed: Set<CallID> = []
    /// Trunks that are not deleted.
    var trunks: Set<TrunkID> = []
    /// Those of the last start.
    var times = CallTimes()

    /// Takes in the next event.
    mutating func apply(_ record: Record) {
        let id = record.stream.call
        switch record.event {
        case .gatewayStarted(let event):
            times = CallTimes(event)
            for id in calls.keys { calls[id]?.restarted(at: record.stamp.wall) }
            changed.formUnion(calls.keys)
        case .gapRecorded:
            // What was waited for may be among what is lost.
            changed.formUnion(calls.keys)
            calls = [:]
        case .trunkCreated(let trunk): trunks.insert(trunk.id)
        case .trunkDeleted(let trunk): trunks.remove(trunk.id)
        case .callOffered:
            calls[id] = CallWatch(beginning: record)
            changed.insert(id)
        default:
            guard calls[id] != nil else { return }
            let trunks = trunks
            calls[id]?.apply(record) { trunks.contains($0) }
            changed.insert(id)
        }
    }

    /// Takes in an event again that the tables have, of a call of theirs or of all. Whose trunk was there
    /// then is not known any more; it was written if it was not.
    mutating func recall(_ record: Record) {
        let id = record.stream.call
        switch record.event {
        case .gatewayStarted, .gapRecorded: apply(record)
        case .callOffered: calls[id] = CallWatch(beginning: record)
        default: calls[id]?.apply(record) { _ in true }
        }
    }

    /// All that the tables have was taken in again.
    mutating func recalled() {
        for (id, call) in calls { calls[id]?.written = Set(call.expectations(times)) }
        // What a gap makes us forget may have been written before there was a gap.
        changed = changed.filter { calls[$0] == nil }
    }

    /// A call of which something else is waited for than is written.
    struct Change {
        var call: CallID
        var firstEvent: EventNumber
        var expectations: Set<Expectation>
    }

    /// The changes since the last time. Settled calls are forgotten.
    mutating func takeChanges() -> [Change] {
        defer { changed = [] }
        return changed.compactMap { id in
            guard var call = calls[id] else {
                return Change(call: id, firstEvent: 0, expectations: [])
            }
            let expectations = Set(call.expectations(times))
            let before = call.written
            call.written = expectations
            calls[id] = call.isSettled(times) ? nil : call
            return expectations == before
                ? nil
                : Change(call: id, firstEvent: call.firstEvent, expectations: expectations)
        }
    }
}
