// What would have been different: the log run twice, as it was and under a supposition. A call that this
// build runs otherwise than recorded even as it was says nothing about the supposition.

/// A what-if over a log, fed record by record. Confined to whoever feeds it. It decides and changes
/// nothing.
package final class WhatIf {
    /// A call that would have gone otherwise, and its record as it is.
    package struct Difference: Sendable {
        package var departure: Departure
        package var record: CallRecord
    }

    private let supposed: Supposed
    private let asItWas: Replay
    private let underIt: Replay
    /// Calls in progress, and those that left their course.
    private var courses: [CallID: CallRecord] = [:]
    /// Complete ones whose last moment may not have been run yet.
    private var complete: [CallID] = []
    private var last: Stamp?

    /// Supposes it from a time on. `settings` is as for a replay; `hashes` check recorded credentials.
    package init(
        _ supposition: Supposition, from: WallTime, hashes: Hashes,
        settings: @escaping (GatewayStarted) -> SwitchboardSettings?
    ) {
        supposed = Supposed(supposition, from: from, hashes: hashes)
        asItWas = Replay(settings: settings)
        underIt = Replay(settings: settings, supposing: supposed)
    }

    /// Moves the state without a replay, up to the start where it begins.
    package func skip(_ record: Record) {
        asItWas.skip(record)
        underIt.skip(record)
        follow(record)
    }

    /// Takes the next record of the log.
    package func take(_ record: Record) {
        asItWas.take(record)
        underIt.take(record)
        follow(record)
    }

    /// The log, or the part of it, ends here.
    package func finish() {
        asItWas.finish()
        underIt.finish()
    }

    private func follow(_ record: Record) {
        if record.stamp != last {
            for id in complete where !supposed.departed.contains(StreamKey(id)) {
                courses[id] = nil
            }
            complete = []
            last = record.stamp
        }
        if case .gapRecorded = record.event {
            for id in courses.keys { courses[id]?.apply(record) }
        }
        let id = record.stream.call
        if let course = CallRecord(beginning: record) { courses[id] = course }
        guard courses[id]?.isComplete == false else { return }
        courses[id]?.apply(record)
        if courses[id]?.isComplete == true { complete.append(id) }
    }

    // MARK: What came of it

    /// In the order in which the calls leave their course.
    package var differences: [Difference] {
        let unclear = unclear
        return supposed.departures.compactMap { departure in
            guard !unclear.contains(StreamKey(departure.call)) else { return nil }
            return courses[departure.call].map { Difference(departure: departure, record: $0) }
        }
    }

    /// Calls that the supposition was tried on.
    package var calls: Int { supposed.judged }

    /// Calls that nothing can be said about: this build runs them otherwise anyway, or the log has a gap
    /// before them.
    package var unclearCalls: Int {
        let unclear = unclear
        return supposed.unjudged
            + supposed.departures.count { unclear.contains(StreamKey($0.call)) }
    }

    /// Whether nothing can be said about a call because this build runs it otherwise anyway.
    package func isUnclear(_ call: StreamKey) -> Bool { unclear.contains(call) }

    private var unclear: Set<StreamKey> {
        Set(asItWas.differences.lazy.filter { $0.recorded != $0.decided }.map(\.stream))
    }

    /// What was supposed of trunks, carriers and routes, in words.
    package var changes: [String] {
        supposed.supposition.changes.compactMap { supposed.made[$0.place] }
    }

    /// A change that is wrong whatever there is besides it, and why: there is no use in going on.
    package var mistake: (place: String, error: ProvisioningError)? {
        first { $0.status == 400 && $0.field != "carrier" }
    }

    /// A change that could not be made at any time.
    package var impossible: (place: String, error: ProvisioningError)? {
        first { _ in true }
    }

    private func first(
        _ isMeant: (ProvisioningError) -> Bool
    ) -> (place: String, error: ProvisioningError)? {
        for change in supposed.supposition.changes where supposed.made[change.place] == nil {
            if let error = supposed.failures[change.place], isMeant(error) {
                return (change.place, error)
            }
        }
        return nil
    }
}
