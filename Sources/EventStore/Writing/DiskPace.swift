// How long the disk takes. It is measured where the writer waits for it, and judged by somebody else: a
// thread that hangs in a sync cannot say so.

import Domain
import Synchronization

/// Times of the latest syncs of a log. All times are nanoseconds of the monotonic clock.
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

    private struct Sync {
        var took: Int64 = 0
        var ended: Int64 = 0
    }

    private struct State {
        var began: Int64?
        /// The latest syncs, in a ring.
        var syncs: [Sync] = []
        var last = Sync()
        var count: UInt64 = 0
    }

    private let state = Mutex(State())
    private static let ringSize = 1_000
    /// After a slow sync nothing new begins for this long.
    private static let cautionNanoseconds: Int64 = 1_000_000_000

    package init() {}

    /// A write and sync begins.
    package func began(at now: Int64) { state.withLock { $0.began = now } }

    /// What began is on disk.
    package func ended(at now: Int64) {
        state.withLock { state in
            guard let began = state.began else { return }
            state.began = nil
            state.last = Sync(took: now - began, ended: now)
            if state.syncs.count < Self.ringSize {
                state.syncs.append(state.last)
            } else {
                state.syncs[Int(state.count % UInt64(Self.ringSize))] = state.last
            }
            state.count += 1
        }
    }

    /// What began waits for something else than the disk, and does not count.
    package func interrupted() { state.withLock { $0.began = nil } }

    /// Syncs since the start.
    package var count: UInt64 { state.withLock { $0.count } }

    /// The time that this share of the latest syncs took at most; zero when there was none for a while.
    /// A disk that was slow once is not slow for as many syncs as we happen to keep.
    package func percentile(_ share: Double, at now: Int64) -> Duration {
        let oldest = now - Limits.syncMemory.nanoseconds
        let times = state.withLock { $0.syncs }.filter { $0.ended >= oldest }.map(\.took).sorted()
        guard let last = times.indices.last else { return .zero }
        return .nanoseconds(times[min(last, Int(Double(times.count) * share))])
    }

    /// How long the sync that goes on now has taken; zero when there is none.
    package func current(at now: Int64) -> Duration {
        state.withLock { .nanoseconds($0.began.map { max(0, now - $0) } ?? 0) }
    }

    /// What to do.
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
        return percentile(0.99, at: now) > Limits.syncWarning ? .slow : .good
    }
}
