// Writes snapshots beside a running gateway, so that its next start need not read the whole log.

package import Domain
package import EventStore
import Synchronization

/// The second fold on a thread of its own.
package final class Snapshotter: Sendable {
    private let store: SnapshotStore
    private let baseDomain: String
    private let makeReader: @Sendable () throws -> LogReader
    private let observer: SnapshotObserver
    private let follower: LogFollower
    private let final = Mutex<CanonicalText?>(nil)

    package init(
        store: SnapshotStore, baseDomain: String,
        reader: @escaping @Sendable () throws -> LogReader, observer: SnapshotObserver
    ) {
        self.store = store
        self.baseDomain = baseDomain
        makeReader = reader
        self.observer = observer
        follower = LogFollower(
            "snapshotter", interval: Limits.snapshotFollowing, failed: observer.failed)
    }

    package func start() {
        follower.start { [self] in
            SecondFold(
                store: store, reader: try makeReader(), baseDomain: baseDomain, observer: observer,
                ended: { [self] text in final.withLock { $0 = text } })
        }
    }

    /// Takes in what is on disk, writes the last snapshot, and returns what the fold holds; nil when it
    /// could not read the log.
    package func stop() async -> CanonicalText? {
        follower.stop()
        await follower.waitForEnd()
        return final.withLock { $0 }
    }
}
