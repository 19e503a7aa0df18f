// Whole calls in a simulated world: some thousands of different ones in each run of the tests, as many as
// there is time for in a soak.

import Foundation
import Testing

@Suite struct SimulationTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// `TRUNKLINE_SEED=n`: only that run.
    private static let onlySeed = environment["TRUNKLINE_SEED"].flatMap { UInt64($0) }
    /// `TRUNKLINE_SOAK=n`: seeds that nobody has tried yet, for so many seconds.
    private static let soakSeconds = environment["TRUNKLINE_SOAK"].flatMap { Double($0) }
    private static let sample: UInt64 = 4_000
    /// Each has its share of the seeds, so that all processors have work.
    private static let parts: UInt64 = 8

    @Test(arguments: 0..<parts) func everyCallEndsAndIsToldTruly(part: UInt64) {
        if let seed = Self.onlySeed {
            if seed % Self.parts == part { run(seed) }
        } else if let seconds = Self.soakSeconds {
            let end = Date().addingTimeInterval(seconds)
            var seed = UInt64.random(in: 1...UInt64.max / 2) / Self.parts * Self.parts + part
            while Date() < end {
                run(seed)
                seed += Self.parts
            }
        } else {
            for seed in stride(from: part, to: Self.sample, by: Int(Self.parts)) { run(seed) }
        }
    }

    private func run(_ seed: UInt64) {
        for fault in Simulation(seed: seed).run() {
            Issue.record("TRUNKLINE_SEED=\(seed): \(fault)")
        }
    }

    /// A failure can be looked at again only if the same seed does the same.
    @Test func aSeedGivesTheSameRun() throws {
        var count = 0
        for seed: UInt64 in 7..<17 {
            let (one, other) = (Simulation(seed: seed), Simulation(seed: seed))
            #expect(one.run() == other.run())
            let records = try one.machine.records()
            #expect(try records == other.machine.records())
            count += records.count
        }
        #expect(count > 1_000)
    }
}
