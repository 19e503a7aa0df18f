// Between the loop that decides events and the thread that writes them: a double buffer and a condition.

import Domain
import Glibc
import Synchronization

/// Hands whole bursts of encoded events to the writer. The condition variable lives at an address of
/// its own from init to deinit and is only touched through pthread calls, which are safe from every
/// thread; all else is in atomics or under the mutex. Hence the unchecked conformance.
final class WriterQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Guarded by `mutex`.
    private var buffer = FillBuffer()
    private var isClosed = false
    private var hasFailed = false
    private let codec: EventCodec
    private let durableNumber: Atomic<UInt64>
    private let pending = Atomic<Int>(0)

    init(codec: EventCodec, durable: EventNumber) {
        self.codec = codec
        durableNumber = Atomic(durable)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    var durable: EventNumber { durableNumber.load(ordering: .acquiring) }
    var pendingBytes: Int { pending.load(ordering: .relaxed) }

    /// Never waits for the disk.
    func append(_ records: [Record]) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if hasFailed { return }
        for record in records { buffer.append(record, codec: codec) }
        pending.store(buffer.raw.count, ordering: .relaxed)
        pthread_cond_signal(condition)
    }

    /// Waits for events, or at most 100 ms when marks or space are to be looked after. False when the
    /// queue is closed and empty.
    func wait(forMarks: Bool) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if forMarks {
            if buffer.isEmpty, !isClosed {
                var until = timespec()
                clock_gettime(CLOCK_REALTIME, &until)
                until.tv_nsec += 100_000_000
                if until.tv_nsec >= 1_000_000_000 {
                    until.tv_nsec -= 1_000_000_000
                    until.tv_sec += 1
                }
                pthread_cond_timedwait(condition, mutex, &until)
            }
        } else {
            while buffer.isEmpty, !isClosed { pthread_cond_wait(condition, mutex) }
        }
        return !(isClosed && buffer.isEmpty)
    }

    /// Exchanges the filled buffer for an empty one.
    func take(_ empty: inout FillBuffer) {
        pthread_mutex_lock(mutex)
        swap(&buffer, &empty)
        pthread_mutex_unlock(mutex)
    }

    func reached(_ number: EventNumber) {
        durableNumber.store(number, ordering: .releasing)
        pthread_mutex_lock(mutex)
        pending.store(buffer.raw.count, ordering: .relaxed)
        pthread_mutex_unlock(mutex)
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Takes nothing more: what is in memory will never be on disk.
    func fail() {
        pthread_mutex_lock(mutex)
        hasFailed = true
        buffer.removeAll()
        pthread_mutex_unlock(mutex)
    }
}
