// How much the fault tests do, and from which random numbers: a sample on every run, everything when it
// is asked for, and one case again when it failed.

import Foundation

enum FaultSettings {
    private static let environment = ProcessInfo.processInfo.environment

    /// `TRUNKLINE_FAULTS=all`: every case, not a sample.
    static let isFull = environment["TRUNKLINE_FAULTS"] == "all"
    /// `TRUNKLINE_UPDATE=1`: writes the table of verdicts anew.
    static let isUpdating = environment["TRUNKLINE_UPDATE"] == "1"
    /// `TRUNKLINE_SEED=n`: only that one.
    private static let onlySeed = environment["TRUNKLINE_SEED"].flatMap { UInt64($0) }

    /// The seeds of a test: so many in a sample, so many in full.
    static func seeds(sample: UInt64, full: UInt64) -> [UInt64] {
        if let onlySeed { return [onlySeed] }
        return Array(1...(isFull ? full : sample))
    }

    /// Every `sampled`-th case, or all.
    static func step(sampled: Int) -> Int { isFull ? 1 : sampled }
}
