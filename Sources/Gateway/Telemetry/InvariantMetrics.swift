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

    /// Sets what is looked at only when somebody asks. They stay as they were while the tables cannot be
    /// read: who writes them says so, and the other figures are wanted then more than ever.
    func refresh(_ readings: Readings, at now: WallTime) {
        guard let counts = try? readings.violationCounts(at: now) else { return }
        for (rule, gauge) in gauges { gauge.record(counts[rule] ?? 0) }
    }
}
