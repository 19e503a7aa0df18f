// A snapshot stands for the whole log before it: at every event of random days, folding it gives what
// folding everything gives, there and ever after.

import Domain
import Testing

@Suite struct SnapshotTests {
    private static let domain = "test"

    /// The records of a day, whose digest calls have nonces of their own.
    private func records(_ seed: UInt64) -> [Record] {
        let records = Workday(seed: seed, steps: 50).stage.records
        return records.map { record in
            guard case .callAuthorised(var event) = record.event else { return record }
            var record = record
            event.method = .basic
            event.nonce = Octets("\(record.number / 40)".utf8)
            event.nonceCount = UInt32(record.number)
            record.event = .callAuthorised(event)
            return record
        }
    }

    @Test(arguments: 1...2) func everyPrefixAndEveryTail(seed: UInt64) throws {
        let records = records(seed)
        try #require(records.count > 200)
        let whole = SwitchboardState(baseDomain: Self.domain)
        var compaction = Compaction(baseDomain: Self.domain)
        var restored: [SwitchboardState] = []
        for record in records {
            whole.fold(record)
            compaction.fold(record)
            for state in restored { state.fold(record) }
            let snapshot = compaction.snapshot()
            #expect(snapshot == compaction.snapshot())
            let fresh = SwitchboardState(baseDomain: Self.domain, snapshot)
            let expected = CanonicalText(whole)
            for state in [fresh] + restored {
                let difference = CanonicalText(state).difference(from: expected)
                try #require(difference == nil, "at event \(record.number): \(difference ?? "")")
            }
            if record.number % 83 == 0 {
                restored.append(fresh)
                // A compaction that begins at a snapshot makes the same ones from there on.
                compaction = Compaction(baseDomain: Self.domain, snapshot)
                try #require(compaction.snapshot() == snapshot)
            }
        }
    }

    /// The live core takes decisions, and draws, and sends; still it holds nothing that the log does not.
    @Test(arguments: 21...24) func liveCoreHoldsWhatTheLogSays(seed: UInt64) {
        let stage = Workday(seed: seed, steps: 60).stage
        let state = SwitchboardState(baseDomain: Self.domain)
        for record in stage.records { state.fold(record) }
        let live = CanonicalText(stage.core.state)
        #expect(live.number == EventNumber(stage.records.count))
        #expect(live.difference(from: CanonicalText(state)) == nil)
    }

    /// A start remembers less while it reads what is long over, and yet holds the same afterwards.
    @Test(arguments: [0, 5, 40, 70, 86_400]) func startHoldsWhatTheLogSays(outage: Int64) {
        for seed in UInt64(31)...34 {
            let history = Workday(seed: seed, steps: 60).stage.records
            let stage = Stage(seed: 9, folding: history, outage: .seconds(outage))
            let state = SwitchboardState(baseDomain: Self.domain)
            for record in stage.records { state.fold(record) }
            let started = CanonicalText(stage.core.state)
            #expect(started.difference(from: CanonicalText(state)) == nil)
        }
    }

    @Test func whatIsOverLeavesNothing() throws {
        let day = Workday(seed: 5, steps: 200)
        day.stage.wait(.seconds(5 * 3_600))
        var compaction = Compaction(baseDomain: Self.domain)
        for record in day.stage.records { compaction.fold(record) }
        #expect(compaction.state.calls.isEmpty)
        let left = Set(compaction.snapshot().records.map(\.event.type))
        #expect(left.isDisjoint(with: [.callOffered, .requestReceived, .callEnded, .routeDeleted]))
        #expect(day.stage.records.count > 900)
        #expect(compaction.snapshot().records.count < 60)
    }

    @Test func recentNoncesAreKept() throws {
        let records = records(3)
        var compaction = Compaction(baseDomain: Self.domain)
        for record in records { compaction.fold(record) }
        let used = records.compactMap { record -> EventNumber? in
            if case .callAuthorised = record.event { record.number } else { nil }
        }
        let last = try #require(used.last)
        #expect(compaction.snapshot().records.contains { $0.number == last })
    }

    /// The check must be able to fail: one changed event shows, and is named.
    @Test func differenceIsFoundAndNamed() throws {
        let records = records(2)
        let (one, other) = (
            SwitchboardState(baseDomain: Self.domain), SwitchboardState(baseDomain: Self.domain)
        )
        for var record in records {
            one.fold(record)
            if record.number == 2, case .trunkCreated(var trunk) = record.event {
                trunk.name = "Another"
                record.event = .trunkCreated(trunk)
            }
            other.fold(record)
        }
        let difference = try #require(CanonicalText(one).difference(from: CanonicalText(other)))
        #expect(difference.contains("trunksByID"))
        #expect(difference.contains("Another"))
    }
}
