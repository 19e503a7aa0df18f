// How many calls break a rule that no call may break. In a gateway that is well every figure is 0.

import Domain
import Metrics
import Projections

/// Gauges of the invariants.
struct InvariantMetrics {
    private let gauges = Invariant.allCases.map { rule in
        (
            rule,
            Gauge(
                label: "trunkline_invariant_violations", dimensions: [("rule", rule.rawValue)])
        )
    }

    /// Sets what is looked at only when somebody asks.
    func refresh(_ readings: Readings, at now: WallTime) throws {
        let counts = try readings.violationCounts(at: now)
        for (rule, gauge) in gauges { gauge.record(counts[rule] ?? 0) }
    }
}
