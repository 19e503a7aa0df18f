// Time and chance of a simulation. Nothing in it waits, and nothing happens but what was put off to its
// time, so that a seed gives the same run on every machine.

import Domain

/// What is going to happen, in order.
final class World {
    /// Time since the simulation began.
    private(set) var now = Instant(nanoseconds: 0)
    var random: SplitMix
    private var due = DeadlineQueue<Int>()
    private var actions: [Int: () -> Void] = [:]
    private var count = 0

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    /// Puts something off.
    func after(_ delay: Duration, _ action: @escaping () -> Void) {
        count += 1
        actions[count] = action
        due.push(count, due: now + max(delay, .zero))
    }

    /// Lets things happen until a time, or until nothing is left.
    func run(until end: Instant) {
        while let next = due.next, next <= end, let index = due.pop(at: next) {
            now = max(now, next)
            actions.removeValue(forKey: index)?()
        }
        now = max(now, end)
    }

    // MARK: Chance

    func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// True so many times in a hundred.
    func chance(_ percent: Int) -> Bool { draw(1...100) <= percent }

    func milliseconds(_ range: ClosedRange<Int>) -> Duration { .milliseconds(draw(range)) }

    func pick<Element>(_ elements: [Element]) -> Element { elements[draw(0...elements.count - 1)] }
}
