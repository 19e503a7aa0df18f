// How a follower waits. A semaphore with a time limit waits, on Linux, for a time of the wall clock: set
// back by an hour meanwhile, it would wait an hour longer. What `poll` is given is a length of time.

import Domain
import Glibc

/// A wait that another thread can end.
final class WakeUp: Sendable {
    private let reading: Int32
    private let writing: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "the process has no descriptors left")
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (reading, writing) = (ends[0], ends[1])
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Ends the wait that goes on, or the next one. A full pipe will do that, too.
    func signal() {
        var byte: UInt8 = 1
        _ = write(writing, &byte, 1)
    }

    func wait(for duration: Duration) {
        var readiness = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
        let milliseconds = (duration.nanoseconds + 999_999) / 1_000_000
        guard poll(&readiness, 1, Int32(clamping: max(0, milliseconds))) > 0 else { return }
        var signals = [UInt8](repeating: 0, count: 64)
        while read(reading, &signals, signals.count) > 0 {}
    }
}
