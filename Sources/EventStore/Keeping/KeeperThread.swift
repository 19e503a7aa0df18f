// The thread of the keeper. It is the one that may wait: its priority is the lowest, so that sealing and
// scrubbing take what calls leave.

import Domain
import Glibc
import Synchronization

/// Runs a keeper until it is stopped.
final class KeeperThread: ThreadLoop, Sendable {
    private let keeper: Mutex<LogKeeper>
    private let observer: LogObserver
    private let isStopped = Atomic(false)

    init(_ keeper: sending LogKeeper, observer: LogObserver) {
        self.keeper = Mutex(keeper)
        self.observer = observer
    }

    func stop() { isStopped.store(true, ordering: .relaxed) }

    func run() {
        // For this thread alone (Linux). Without permission for it, it works as it is.
        _ = nice(19)
        var wasShort = false
        while !isStopped.load(ordering: .relaxed) {
            let shortage: String?
            let outcome: LogKeeper.Outcome
            do throws(SystemCallFailure) {
                (outcome, shortage) = try keeper.withLock { keeper throws(SystemCallFailure) in
                    (try keeper.step(), keeper.shortage)
                }
            } catch {
                observer.fatal(.failedDisk(error, segment: nil, event: 0))
                return
            }
            if (shortage != nil) != wasShort {
                wasShort = shortage != nil
                observer.space(wasShort, shortage ?? "")
            }
            switch outcome {
            case .done: continue
            case .damaged(let error): observer.damaged(error)
            case .idle: rest()
            }
        }
    }

    /// A fifth of a second at a time, so that a stop is not waited for.
    private func rest() {
        usleep(200_000)
    }
}
