// The end of a process: no new calls, some time for those in progress, and the rest resumes at the
// next start.

import ServiceLifecycle

struct DrainService: Service {
    let signalling: SignallingService
    let timeout: Duration

    func run() async throws {
        try await gracefulShutdown()
        var left = timeout
        while try await signalling.drain() > 0, left > .zero {
            try await Task.sleep(for: .milliseconds(100))
            left -= .milliseconds(100)
        }
    }
}
