// Whether the fold is pure: the log folded twice must give the same state, and so must each snapshot with
// the events after it. Tables in memory have another order in each fold, so order that matters shows.

package import Domain
package import EventStore

/// A comparison of folds of one log, all made in one reading of it.
package struct FoldComparison {
    /// One fold that was compared with that of the whole log.
    package struct Verdict: Sendable {
        /// A snapshot's file name; nil for the whole log once more.
        package var snapshot: String?
        /// The first difference, in words; nil when there is none.
        package var difference: String?
        /// Why a snapshot was left out, as a start would.
        package var doubt: String?
    }

    /// The last event that was folded.
    package private(set) var number: EventNumber = 0
    package private(set) var verdicts: [Verdict] = []

    /// Reads a log from its start to its present end.
    package init(
        _ reader: LogReader, snapshots store: SnapshotStore, progress: (EventNumber) -> Void
    ) throws(LogError) {
        var waiting = read(store, reader)
        var reader = reader
        let whole = Self.empty
        let again = Self.empty
        var restored: [(name: String, state: SwitchboardState)] = []
        func restore(before number: EventNumber) {
            for (name, snapshot) in waiting where snapshot.number < number {
                restored.append((name, SwitchboardState(baseDomain: "", snapshot)))
            }
            waiting.removeAll { $0.snapshot.number < number }
        }
        while let record = try reader.next() {
            restore(before: record.number)
            for state in [whole, again] + restored.map(\.state) { state.fold(record) }
            if record.number % 4_096 == 0 { progress(record.number) }
        }
        restore(before: reader.position + 1)
        for state in [whole, again] + restored.map(\.state) {
            state.passOver(to: reader.position)
        }
        number = reader.position
        let expected = CanonicalText(whole)
        func compare(_ name: String?, _ state: SwitchboardState) {
            let difference = CanonicalText(state).difference(from: expected)
            verdicts.append(Verdict(snapshot: name, difference: difference))
        }
        compare(nil, again)
        for (name, state) in restored { compare(name, state) }
    }

    private static var empty: SwitchboardState { SwitchboardState(baseDomain: "") }

    /// The snapshots that a start would use; the others become verdicts at once.
    private mutating func read(
        _ store: SnapshotStore, _ reader: LogReader
    ) -> [(name: String, snapshot: Snapshot)] {
        var found: [(name: String, snapshot: Snapshot)] = []
        for name in store.names {
            do throws(SnapshotDoubt) {
                found.append((name, try store.open(name, in: reader).snapshot))
            } catch {
                verdicts.append(Verdict(snapshot: name, doubt: "\(error)"))
            }
        }
        return found
    }
}
