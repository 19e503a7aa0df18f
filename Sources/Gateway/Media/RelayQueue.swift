// How orders reach the relay's thread: a buffer that is filled under a short lock while the thread
// works off another, and a descriptor that wakes it.

import CLinux
import Domain
import Glibc
import Synchronization

/// The orders that wait. For each call at most one `set` and one `close` do, so calls bound it.
final class RelayQueue: Sendable {
    private struct Waiting: Sendable {
        var orders: [RelayOrder] = []
        var sets: [CallID: Int] = [:]
        var closes: Set<CallID> = []
        /// When the first of the orders came.
        var began = WallTime.distantPast
        var isStopping = false
    }

    private let waiting = Mutex(Waiting())
    /// Readable when something waits; owned.
    let wake: Int32

    init() throws(RelayError) {
        wake = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard wake >= 0 else { throw RelayError(call: "eventfd", number: errno) }
    }

    deinit { close(wake) }

    func submit(_ orders: [RelayOrder]) {
        guard !orders.isEmpty else { return }
        waiting.withLock { waiting in
            if waiting.orders.isEmpty { waiting.began = RelayClock.wall }
            for order in orders { Self.add(order, to: &waiting) }
        }
        signal()
    }

    func stop() {
        waiting.withLock { $0.isStopping = true }
        signal()
    }

    /// Hands over what waits in exchange for an empty buffer; whether to go on afterwards, and when the
    /// first of the orders came.
    func take(into orders: inout [RelayOrder]) -> (goesOn: Bool, began: WallTime) {
        var count: UInt64 = 0
        _ = read(wake, &count, 8)
        return waiting.withLock {
            swap(&orders, &$0.orders)
            $0.sets.removeAll(keepingCapacity: true)
            $0.closes.removeAll(keepingCapacity: true)
            return (!$0.isStopping, $0.began)
        }
    }

    private func signal() {
        var one: UInt64 = 1
        _ = write(wake, &one, 8)
    }

    /// A later layout replaces a waiting one but keeps what only the earlier one said.
    private static func add(_ order: RelayOrder, to waiting: inout Waiting) {
        switch order {
        case .set(var session):
            guard let index = waiting.sets[session.call],
                case .set(let earlier) = waiting.orders[index]
            else {
                waiting.sets[session.call] = waiting.orders.count
                waiting.orders.append(order)
                return
            }
            session.reopensLatch = session.reopensLatch || earlier.reopensLatch
            session.base = session.base ?? earlier.base
            if session.latches.isEmpty { session.latches = earlier.latches }
            waiting.orders[index] = .set(session)
        case .close(let call):
            guard waiting.closes.insert(call).inserted else { return }
            waiting.orders.append(order)
        }
    }
}

/// Why the relay cannot start: a system call and its `errno`.
package struct RelayError: Error, CustomStringConvertible {
    package let call: String
    package let number: Int32
    package var description: String { "\(call): \(String(cString: strerror(number)))" }
}
