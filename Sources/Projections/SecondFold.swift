// The fold that writes snapshots. It reads what is on disk, apart from the live core, so that what the two
// of them hold can be compared.

import Domain
import EventStore

/// A compaction that follows the log. Used by one thread at a time.
final class SecondFold: LogSubscriber {
    private let store: SnapshotStore
    private let baseDomain: String
    private let observer: SnapshotObserver
    private let ended: (CanonicalText) -> Void
    private var reader: LogReader
    private var compaction: Compaction
    /// The last snapshot, or attempt at one.
    private var written: EventNumber
    private var writtenAt = ContinuousClock.now
    /// When a snapshot's state was last compared with the fold's. Not at once: a start is busy enough.
    private var comparedAt: ContinuousClock.Instant? = .now

    /// Begins at the newest good snapshot. `ended` is given what the fold holds in the end.
    init(
        store: SnapshotStore, reader: LogReader, baseDomain: String, observer: SnapshotObserver,
        ended: @escaping (CanonicalText) -> Void
    ) {
        let beginning = store.beginning(reader)
        // They would be taken for the newest ones again.
        for (name, _) in beginning.refused { store.remove(name) }
        self.store = store
        self.baseDomain = baseDomain
        self.observer = observer
        self.ended = ended
        self.reader = beginning.reader
        compaction =
            beginning.snapshot.map { Compaction(baseDomain: baseDomain, $0) }
            ?? Compaction(baseDomain: baseDomain)
        written = compaction.state.lastNumber
    }

    func step() throws -> Bool {
        var count = 0
        while count < Limits.projectionBatch, let record = try reader.next() {
            compaction.fold(record)
            count += 1
        }
        compaction.state.passOver(to: reader.position)
        if isDue { write() }
        return count > 0
    }

    /// Takes the log's last events in, writes the last snapshot, and says what the fold holds.
    func finish() {
        do {
            // One that is far behind is not waited for: the next start reads more of the log instead.
            for _ in 0..<(Limits.snapshotEvents / Limits.projectionBatch) {
                guard try step() else { break }
            }
        } catch { return observer.failed("\(error)") }
        comparedAt = nil
        if compaction.state.lastNumber > written { write() }
        ended(CanonicalText(compaction.state))
    }

    private var isDue: Bool {
        let events = compaction.state.lastNumber - written
        return events >= UInt64(Limits.snapshotEvents)
            || events > 0 && ContinuousClock.now - writtenAt >= Limits.snapshotInterval
    }

    private func write() {
        let start = ContinuousClock.now
        written = compaction.state.lastNumber
        writtenAt = start
        do throws(LogError) {
            let snapshot = compaction.snapshot()
            let file = try store.write(snapshot, chain: reader.chain)
            if let fault = fault(of: file.snapshot, written: snapshot) {
                store.remove(file.name)
                return observer.failed("the snapshot \(file.name) was removed: \(fault)")
            }
            observer.written(file.name, file.bytes, ContinuousClock.now - start)
        } catch { observer.failed("no snapshot was written: \(error)") }
    }

    /// What is wrong with a snapshot as it was read back. That it gives the state that it was made of is
    /// looked at less often: with many calls it costs more than the folding.
    private func fault(of read: Snapshot?, written snapshot: Snapshot) -> String? {
        guard let read else { return "it cannot be read back" }
        let now = ContinuousClock.now
        let isFresh = comparedAt.map { now - $0 < Limits.snapshotInterval } ?? false
        if read == snapshot, isFresh { return nil }
        comparedAt = now
        return CanonicalText(SwitchboardState(baseDomain: baseDomain, read))
            .difference(from: CanonicalText(compaction.state))
    }
}

/// Told of snapshots, on the second fold's thread.
package struct SnapshotObserver: Sendable {
    /// The file's name and size, and how long it took.
    package var written: @Sendable (_ name: String, _ bytes: Int, _ took: Duration) -> Void
    package var failed: @Sendable (String) -> Void

    package init(
        written: @escaping @Sendable (_ name: String, _ bytes: Int, _ took: Duration) -> Void,
        failed: @escaping @Sendable (String) -> Void
    ) {
        self.written = written
        self.failed = failed
    }
}
