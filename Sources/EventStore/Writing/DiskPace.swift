// How long the disk takes. It is measured where the writer waits for it, and judged by somebody else: a
// thread that hangs in a sync cannot say so.

import Domain
import Synchronization

/// Times of the latest syncs of a log.
package final class DiskPace: Sendable {
    /// What is to be done about the disk.
    package enum Verdict: Hashable, Sendable {
        case good
        /// Slower than a log should be: worth a warning.
        case slow
        /// So slow that callers repeat their requests: nothing new may begin.
        case shedding
        /// It hangs; what was not acknowledged never will be.
        case failed
    }

    private struct State {
        var began: Int64?
        /// Nanoseconds of the latest syncs, in a ring.
        var times: [Int64] = []
        var next = 0
        var last: (took: Int64, ended: Int64) = (0, 0)
        var count: UInt64 = 0
    }

    private let state = Mutex(State())
    private static let ringSize = 1_000
    /// After a slow sync nothing new begins for this long.
    private static let cautionNanoseconds: Int64 = 1_000_000_000

    package init() {}

    /// A write and sync begins, at a time of the monotonic clock.
    func began(at now: Int64) { state.withLock { $0.began = now } }

    func ended(at now: Int64) {
        state.withLock { state in
            guard let began = state.began else { return }
            state.began = nil
            state.count += 1
            state.last = (now - began, now)
            if state.times.count < Self.ringSize {
                state.times.append(now - began)
            } else {
                state.times[state.next % Self.ringSize] = now - began
            }
            state.next += 1
        }
    }

    /// Syncs since the start.
    package var count: UInt64 { state.withLock { $0.count } }

    /// The time that this share of the latest syncs took at most; zero before the first.
    package func percentile(_ share: Double) -> Duration {
        let times = state.withLock { $0.times }.sorted()
        guard let last = times.indices.last else { return .zero }
        return .nanoseconds(times[min(last, Int(Double(times.count) * share))])
    }

    /// How long the sync that goes on now has taken; zero when there is none.
    package func current(at now: Int64) -> Duration {
        state.withLock { .nanoseconds($0.began.map { max(0, now - $0) } ?? 0) }
    }

    /// What to do, at a time of the monotonic clock.
    package func verdict(at now: Int64) -> Verdict {
        let current = current(at: now)
        if current > Limits.syncFailure { return .failed }
        let last = state.withLock { $0.last }
        let isRecent = now - last.ended < Self.cautionNanoseconds
        if current > Limits.syncShedding
            || isRecent && .nanoseconds(last.took) > Limits.syncShedding
        {
            return .shedding
        }
        return percentile(0.99) > Limits.syncWarning ? .slow : .good
    }
}
