// Between the loop that decides events and the thread that writes them: a double buffer and a condition.

import Domain
import Glibc
import Synchronization

/// Hands whole bursts of encoded events to the writer. The conditions live at addresses of their own
/// from init to deinit and are only touched through pthread calls, which are safe from every thread;
/// all else is in atomics or under the mutex. Hence the unchecked conformance.
final class WriterQueue: @unchecked Sendable {
    /// What the writer should do after a wait.
    enum Work {
        case write
        /// Nothing to write for now, but marks to look after.
        case tend
        case end
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let filled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let synced = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // Guarded by `mutex`.
    private var buffer = FillBuffer()
    private var isClosed = false
    private var hasFailed = false
    private var waiters = 0
    /// How many events wake the writer; .max while it is not waiting.
    private var wakeCount = Int.max
    /// Whether it waits without an end, so that an event that promises nothing wakes it, too.
    private var isIdle = false
    private let codec: EventCodec
    private let durableNumber: Atomic<UInt64>
    private let pending = Atomic<Int>(0)

    init(codec: EventCodec, durable: EventNumber) {
        self.codec = codec
        durableNumber = Atomic(durable)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(filled, &attributes)
        pthread_cond_init(synced, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(filled)
        pthread_cond_destroy(synced)
        pthread_mutex_destroy(mutex)
        filled.deallocate()
        synced.deallocate()
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
        if isIdle || buffer.urgentCount > 0, buffer.count >= wakeCount {
            pthread_cond_signal(filled)
        }
    }

    // MARK: The writer's side

    /// Lets events gather until a time of the monotonic clock, or until that many are there, of which one is
    /// urgent. Nobody wakes the writer for less.
    func rest(until due: Int64, orUntil crowd: Int) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        wakeCount = crowd
        defer { wakeCount = .max }
        while !isClosed, buffer.count < crowd || buffer.urgentCount == 0, waitFilled(until: due) {}
    }

    /// Waits until there is an urgent event, or for others until a time of the monotonic clock. Says what
    /// there is to do.
    func wait(until due: Int64?) -> Work {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        wakeCount = 1
        defer { wakeCount = .max }
        while !isClosed, buffer.urgentCount == 0 {
            guard let due else {
                // Whoever asks comes again with a time.
                if !buffer.isEmpty { return .tend }
                isIdle = true
                pthread_cond_wait(filled, mutex)
                isIdle = false
                continue
            }
            if !waitFilled(until: due) { break }
        }
        if !buffer.isEmpty { return .write }
        return isClosed ? .end : .tend
    }

    /// False when that time has come. The mutex is held.
    private func waitFilled(until due: Int64) -> Bool {
        var time = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
        return pthread_cond_timedwait(filled, mutex, &time) != ETIMEDOUT
    }

    var isEmpty: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return buffer.isEmpty
    }

    var isClosing: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return isClosed
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
        if waiters > 0 { pthread_cond_broadcast(synced) }
        pthread_mutex_unlock(mutex)
    }

    /// Takes nothing more: what is in memory will never be on disk.
    func fail() {
        pthread_mutex_lock(mutex)
        hasFailed = true
        buffer.removeAll()
        pthread_cond_broadcast(synced)
        pthread_mutex_unlock(mutex)
    }

    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(filled)
        pthread_mutex_unlock(mutex)
    }

    /// Waits until an event is on disk; false when it is not known whether it ever will be.
    func waitDurable(_ number: EventNumber) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        waiters += 1
        defer { waiters -= 1 }
        while durable < number, !hasFailed { pthread_cond_wait(synced, mutex) }
        return durable >= number
    }
}
