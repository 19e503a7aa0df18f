// Follows the durable log and keeps the tables. It is never between a packet and its answer: when it is
// slow or its disk is full, calls go on and it catches up.

package import Domain
package import EventStore
import Foundation
import GRDB
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
    private let failed: @Sendable (String) -> Void
    private let progress = Mutex(Progress())
    private let wake = DispatchSemaphore(value: 0)

    /// `failed` is told when a batch could not be committed; it is tried again.
    package init(
        path: String, reader: @escaping @Sendable () throws -> LogReader,
        failed: @escaping @Sendable (String) -> Void
    ) {
        self.path = path
        makeReader = reader
        self.failed = failed
    }

    package func start() {
        let thread = Thread { [self] in run() }
        thread.name = "projector"
        thread.start()
    }

    /// There is more to read.
    package func notify() {
        wake.signal()
    }

    /// Returns when the tables show the event.
    package func reached(_ number: EventNumber) async {
        await withCheckedContinuation { continuation in
            let isThere = progress.withLock { progress in
                if progress.isStopped || progress.reached.map({ $0 >= number }) == true {
                    return true
                }
                progress.waiting.append((number, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    package func stop() {
        let waiting = progress.withLock { progress in
            progress.isStopped = true
            defer { progress.waiting = [] }
            return progress.waiting
        }
        for waiter in waiting { waiter.continuation.resume() }
        wake.signal()
    }

    /// Brings the tables up to the end of a log that nobody writes. `each` is told how far it is.
    package static func catchUp(
        path: String, reader: LogReader, each: (EventNumber) -> Void = { _ in }
    ) throws {
        let tables = try Tables(path: path, reader: reader)
        while try tables.step() > 0 { each(tables.position) }
    }

    // MARK: The thread

    private func run() {
        while !progress.withLock({ $0.isStopped }) {
            do {
                let tables = try Tables(path: path, reader: try makeReader())
                report(tables.position)
                try follow(tables)
            } catch {
                failed("\(error)")
                // SQLite's disk may be full: there is no hurry.
                _ = wake.wait(timeout: .now() + .seconds(2))
            }
        }
    }

    private func follow(_ tables: Tables) throws {
        while !progress.withLock({ $0.isStopped }) {
            if try tables.step() > 0 {
                report(tables.position)
            } else {
                wake.wait()
            }
        }
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
