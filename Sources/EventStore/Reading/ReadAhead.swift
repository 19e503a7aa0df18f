// Making events of a log's bytes takes as long as making state of the events: at a start, which waits for
// both, they go on at once.

import Dispatch
package import Domain
import Glibc
import Synchronization

/// Reads a log on a thread of its own, a few bursts ahead of whoever uses the events.
package final class ReadAhead: Sendable {
    /// How far a reader came.
    package struct End: Sendable {
        package var position: EventNumber
        /// Events of types that this version does not know.
        package var skipped: Int
    }

    /// Gives all events up to the durable end, in their order.
    package static func run(
        _ reader: LogReader, each: ([Record]) throws -> Void
    ) throws -> End {
        let ahead = ReadAhead()
        let thread = try LogThread.start(Loop(reader, ahead), named: "log-reader")
        defer {
            ahead.stop()
            pthread_join(thread, nil)
        }
        while let burst = try ahead.take() {
            try each(burst)
            ahead.state.withLock { $0.spent.append(burst) }
        }
        return ahead.state.withLock { End(position: $0.position, skipped: $0.skipped) }
    }

    private struct State {
        var bursts: [[Record]] = []
        /// Used up. The thread that made them frees them: the other one has more to do.
        var spent: [[Record]] = []
        var failure: LogError?
        var position: EventNumber = 0
        var skipped = 0
        var isStopped = false
    }

    private let state = Mutex(State())
    private let filled = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: Limits.readAheadBursts)

    /// The next burst; nil at the end.
    private func take() throws(LogError) -> [Record]? {
        filled.wait()
        let (burst, failure) = state.withLock { state in
            (state.bursts.isEmpty ? nil : state.bursts.removeFirst(), state.failure)
        }
        room.signal()
        if let burst { return burst }
        if let failure { throw failure }
        return nil
    }

    private func stop() {
        state.withLock { $0.isStopped = true }
        room.signal()
    }

    private final class Loop: ThreadLoop {
        private var reader: LogReader
        private let ahead: ReadAhead

        init(_ reader: LogReader, _ ahead: ReadAhead) {
            self.reader = reader
            self.ahead = ahead
        }

        func run() {
            var isMore = true
            while isMore {
                ahead.room.wait()
                if ahead.state.withLock({ $0.isStopped }) { return }
                isMore = step()
                ahead.filled.signal()
            }
        }

        private func freeSpent() {
            // Freed when the lock is not held any more.
            _ = ahead.state.withLock { state in
                let spent = state.spent
                state.spent = []
                return spent
            }
        }

        /// Reads one burst; false when it was the last.
        private func step() -> Bool {
            freeSpent()
            // What was read before a failure is used first; nothing after it is.
            if ahead.state.withLock({ $0.failure != nil }) { return false }
            var burst: [Record] = []
            burst.reserveCapacity(Limits.readAheadEvents)
            var failure: LogError?
            do throws(LogError) {
                while burst.count < Limits.readAheadEvents, let record = try reader.next() {
                    burst.append(record)
                }
            } catch { failure = error }
            let (position, skipped) = (reader.position, reader.skipped)
            ahead.state.withLock { [burst, failure] state in
                if !burst.isEmpty { state.bursts.append(burst) }
                state.failure = failure
                state.position = position
                state.skipped = skipped
            }
            return !burst.isEmpty
        }
    }
}
