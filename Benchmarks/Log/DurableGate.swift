// Many threads wait for one number to grow. They sleep on a single word, and the log's writer wakes
// them all with one system call: a semaphore for each would cost the writer more than its sync.

import CFutex
import Domain
import Glibc
import Synchronization

/// Publishes how far the log is. The word has an address of its own from init to deinit and is touched
/// only by atomic operations; hence the unchecked conformance.
final class DurableGate: @unchecked Sendable {
    /// The low half of the last durable number: no caller waits for two thousand million events.
    private let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)

    private let count = Atomic(0)

    /// How often the log said that it got further: its syncs.
    var publications: Int { count.load(ordering: .relaxed) }

    init() { word.initialize(to: 0) }

    deinit { word.deallocate() }

    func publish(_ number: EventNumber) {
        count.wrappingAdd(1, ordering: .relaxed)
        cfutex_publish(word, UInt32(truncatingIfNeeded: number))
    }

    /// Returns when the event is on disk.
    func wait(for number: EventNumber) {
        let wanted = UInt32(truncatingIfNeeded: number)
        while true {
            let seen = cfutex_load(word)
            if Int32(bitPattern: seen &- wanted) >= 0 { return }
            cfutex_wait(word, seen)
        }
    }
}
