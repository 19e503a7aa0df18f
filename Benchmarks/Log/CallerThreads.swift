// Callers that are threads, and pay for being woken one by one.

import Glibc
import Synchronization

/// As many threads as callers.
struct CallerThreads {
    let desk: AppendDesk
    let callers: Int

    /// Waits of all callers, in nanoseconds.
    func run(until end: Int64) -> [Int64] {
        let all = Mutex<[Int64]>([])
        let desk = desk
        let threads = (0..<callers).compactMap { _ in
            Thread.start {
                var waits: [Int64] = []
                var now = Stopwatch.now
                while now < end {
                    desk.gate.wait(for: desk.append(1))
                    let done = Stopwatch.now
                    waits.append(done - now)
                    now = done
                }
                all.withLock { $0 += waits }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return all.withLock { $0 }
    }
}

/// A plain thread, which may block.
private enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            body.release()
            return nil
        }
        return thread
    }
}
