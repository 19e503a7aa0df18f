// The thread of the keeper. It is the one that may wait: its priority is the lowest, so that sealing and
// scrubbing take what calls leave.

import Dispatch
import Domain
import Glibc
import Synchronization

/// Runs a keeper until it is stopped.
final class KeeperThread: ThreadLoop, Sendable {
    private let keeper: Mutex<LogKeeper>
    private let observer: LogObserver
    private let isStopped = Atomic(false)
    private let alarm = DispatchSemaphore(value: 0)
    /// Whether the observer was last told that space is short.
    private let isShort = Mutex(false)

    init(_ keeper: sending LogKeeper, observer: LogObserver) {
        self.keeper = Mutex(keeper)
        self.observer = observer
    }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        wake()
    }

    private func wake() { alarm.signal() }

    /// The writer went on in the next file, on its thread. This one may be far behind, with work of its
    /// own or without a processor: that the ballast is in use is said at once.
    func rolled(hasBallast: Bool) {
        if !hasBallast { tell("the reserve segment is in use, and there is no other yet") }
        wake()
    }

    private func tell(_ shortage: String?) {
        isShort.withLock { isShort in
            guard (shortage != nil) != isShort else { return }
            isShort = shortage != nil
            observer.space(isShort, shortage ?? "")
        }
    }

    func run() {
        // For this thread alone (Linux). Without permission for it, it works as it is.
        _ = nice(19)
        while !isStopped.load(ordering: .relaxed) {
            let (shortage, hasBallast): (String?, Bool)
            let outcome: LogKeeper.Outcome
            do throws(SystemCallFailure) {
                (outcome, shortage, hasBallast) = try keeper.withLock {
                    keeper throws(SystemCallFailure) in
                    (try keeper.step(), keeper.shortage, keeper.hasBallast)
                }
            } catch {
                observer.fatal(.failedDisk(error, segment: nil, event: 0))
                return
            }
            if shortage != nil || hasBallast { tell(shortage) }
            switch outcome {
            case .done: continue
            case .damaged(let error): observer.damaged(error)
            case .idle: rest()
            }
        }
    }

    private func rest() { _ = alarm.wait(timeout: .now() + .milliseconds(200)) }
}
