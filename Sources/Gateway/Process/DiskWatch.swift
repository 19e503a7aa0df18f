// Somebody has to notice a disk that is slow or hangs, and it cannot be the thread that waits for it.

import Domain
import EventStore
import Logging
import ServiceLifecycle

/// Looks ten times a second at how long the log's disk takes.
struct DiskWatch: Service {
    let log: EventLog
    let signalling: SignallingService
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = DiskPace.Verdict.good
            while !Task.isCancelled {
                let verdict = log.diskVerdict
                if verdict != last { changed(from: last, to: verdict) }
                last = verdict
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    private func changed(from last: DiskPace.Verdict, to verdict: DiskPace.Verdict) {
        let times: Logger.Metadata = [
            "p50_us": "\(log.syncTime(0.5).nanoseconds / 1_000)",
            "p99_us": "\(log.syncTime(0.99).nanoseconds / 1_000)",
        ]
        switch verdict {
        case .good: logger.notice("the disk of the log is no longer slow", metadata: times)
        case .slow:
            logger.warning(
                "the disk of the log is slow: every message waits for it", metadata: times)
        case .shedding:
            logger.critical(
                "a sync of the log takes over half a second: new calls get 503", metadata: times)
        case .failed: log.abandon()
        }
        if (last == .shedding) != (verdict == .shedding) {
            signalling.diskPaceChanged(isShedding: verdict == .shedding)
        }
    }
}
