// The clocks and the randomness of a simulated machine, which a test moves and seeds.

package import Domain
package import Synchronization

/// The clocks of a simulated machine.
package final class SimulatedClock: Sendable {
    package let monotonic = Atomic<Int64>(1)
    package let wall: Atomic<Int64>

    /// A machine that has just booted.
    package init(at start: WallTime) { wall = Atomic(start.nanoseconds) }

    /// Lets time pass on both clocks.
    package func advance(_ duration: Duration) {
        monotonic.add(duration.nanoseconds, ordering: .relaxed)
        wall.add(duration.nanoseconds, ordering: .relaxed)
    }
}

/// The randomness of a simulated machine.
package final class SimulatedSalts: Sendable {
    private let random: Mutex<SplitMix>

    package init(seed: UInt64) { random = Mutex(SplitMix(seed: seed)) }

    /// The next draw, from any thread.
    package func next() -> UInt64 { random.withLock { $0.next() } }
}
