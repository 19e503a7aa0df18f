// Keeps the tables up to date, and lets readers wait for them. When it is slow or its disk is full, calls
// go on and it catches up. It looks at the log a few times a second: what a call writes in between costs one
// row, and a call that comes and goes in between costs none among those in progress.

package import Domain
package import EventStore
import Synchronization

/// Folds events into SQLite on a thread of its own.
package final class Projector: Sendable {
    private struct Progress {
        /// Nil until the tables are there.
        var reached: EventNumber?
        var isStopped = false
        var waiting: [(number: EventNumber, continuation: CheckedContinuation<Void, Never>)] = []
    }

    private let path: String
    private let makeReader: @Sendable () throws -> LogReader
    private let follower: LogFollower
    private let progress = Mutex(Progress())

    /// `failed` is told when a batch could not be committed; it is tried again.
    package init(
        path: String, reader: @escaping @Sendable () throws -> LogReader,
        failed: @escaping @Sendable (String) -> Void
    ) {
        self.path = path
        makeReader = reader
        follower = LogFollower("projector", interval: Limits.projectionDelay, failed: failed)
    }

    package func start() {
        follower.start { [self] in
            let tables = try Tables(path: path, reader: try makeReader())
            report(tables.position)
            return Projection(tables) { self.report($0) }
        }
    }

    /// Returns when the tables show the event, which is on disk.
    package func reached(_ number: EventNumber) async {
        await withCheckedContinuation { continuation in
            let isThere = progress.withLock { progress in
                if progress.isStopped || progress.reached.map({ $0 >= number }) == true {
                    return true
                }
                progress.waiting.append((number, continuation))
                return false
            }
            if isThere { continuation.resume() } else { follower.notify() }
        }
    }

    package func stop() {
        let waiting = progress.withLock { progress in
            progress.isStopped = true
            defer { progress.waiting = [] }
            return progress.waiting
        }
        for waiter in waiting { waiter.continuation.resume() }
        follower.stop()
    }

    /// Brings the tables up to the end of a log that nobody writes. `each` is told how far it is.
    package static func catchUp(
        path: String, reader: LogReader, each: (EventNumber) -> Void = { _ in }
    ) throws {
        let tables = try Tables(path: path, reader: reader)
        while try tables.step() > 0 { each(tables.position) }
    }

    private func report(_ number: EventNumber) {
        let done = progress.withLock { progress in
            progress.reached = number
            let done = progress.waiting.filter { $0.number <= number }
            progress.waiting.removeAll { $0.number <= number }
            return done
        }
        for waiter in done { waiter.continuation.resume() }
    }
}

/// The tables as the follower's thread sees them.
private final class Projection: LogSubscriber {
    private let tables: Tables
    private let report: (EventNumber) -> Void

    init(_ tables: Tables, report: @escaping (EventNumber) -> Void) {
        self.tables = tables
        self.report = report
    }

    func step() throws -> Bool {
        guard try tables.step() > 0 else { return false }
        report(tables.position)
        return true
    }

    func finish() {}
}
