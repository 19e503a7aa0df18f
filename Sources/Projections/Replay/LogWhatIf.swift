// A what-if over a log, all of it or a part: which calls would have gone otherwise, in words and in
// numbers.

package import Domain
package import EventStore

/// A supposition tried on a log, and what it would have changed in the part that was asked for.
package struct LogWhatIf {
    package let differences: [WhatIf.Difference]
    /// Calls that it was tried on, and those that nothing can be said about.
    package let calls: Int
    package let unclearCalls: Int
    /// Refusals that the log has no calls of, only their number.
    package let countedRefusals: UInt64
    /// What was supposed of trunks, carriers and routes, in words.
    package let changes: [String]

    /// A change of the supposition that cannot be made.
    package struct Mistake: Error {
        package let place: String
        package let error: ProvisioningError
    }

    /// Begins with the last start before the part. With a time the supposition holds from then on, else
    /// from the beginning.
    package init(
        _ supposition: Supposition, _ part: LogReplay.Part, hashes: Hashes,
        settings: @escaping (GatewayStarted) -> SwitchboardSettings?,
        reader open: () throws(LogError) -> LogReader, progress: (EventNumber) -> Void
    ) throws {
        var from = WallTime.distantPast
        if case .time(let time, _) = part { from = time }
        let whatIf = WhatIf(supposition, from: from, hashes: hashes, settings: settings)
        var counted: UInt64 = 0
        try LogReplay.read(part, reader: open, progress: progress) { record, isBefore in
            if isBefore { whatIf.skip(record) } else { whatIf.take(record) }
            if case .unauthenticatedCounted(let window) = record.event, window.from >= from {
                counted += window.refusals
            }
            return record.number % 4_096 != 0 || whatIf.mistake == nil
        }
        whatIf.finish()
        if let (place, error) = whatIf.mistake ?? whatIf.impossible {
            throw Mistake(place: place, error: error)
        }
        differences = whatIf.differences.filter {
            part.contains(StreamKey($0.departure.call), at: $0.departure.at)
        }
        if case .call(let stream, _) = part {
            (calls, unclearCalls) = whatIf.isUnclear(stream) ? (0, 1) : (1, 0)
            countedRefusals = 0
        } else {
            (calls, unclearCalls) = (whatIf.calls, whatIf.unclearCalls)
            countedRefusals = counted
        }
        changes = whatIf.changes
    }

    /// How many calls would have gone otherwise in which way, for every way.
    package var counts: [(kind: WhatIf.Difference.Kind, count: Int)] {
        WhatIf.Difference.Kind.allCases.map { kind in
            (kind, differences.count { $0.kind == kind })
        }
    }
}
