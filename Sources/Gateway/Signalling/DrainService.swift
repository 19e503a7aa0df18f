// The end of a process. SIGTERM: no new calls, some time for those in progress, and the rest resumes at
// the next start. SIGHUP: another process is to go on at once, so nobody is turned away.

import ServiceLifecycle
import Synchronization
import UnixSignals

/// Holds the end of the process up while calls in progress may still end.
final class DrainService: Service {
    private let signalling: SignallingService
    private let timeout: Duration
    private let isReplaced = Mutex(false)

    init(signalling: SignallingService, timeout: Duration) {
        self.signalling = signalling
        self.timeout = timeout
    }

    func run() async throws {
        try await gracefulShutdown()
        var left = isReplaced.withLock { $0 } ? .zero : timeout
        while left > .zero, try await signalling.drain() > 0 {
            try await Task.sleep(for: .milliseconds(100))
            left -= .milliseconds(100)
        }
    }

    /// Returns on SIGHUP, to end the process without waiting.
    func waitForReplacement() async {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            isReplaced.withLock { $0 = true }
            return
        }
    }
}

/// Ends the process when another is to go on.
struct ReplacementService: Service {
    let drain: DrainService

    func run() async { await drain.waitForReplacement() }
}
