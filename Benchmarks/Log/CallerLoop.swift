// Callers that are states and no threads: one loop has all of them, as the gateway has its calls.

import Domain

/// Callers on one thread. Those whose event is on disk append their next one, all at once.
struct CallerLoop {
    let desk: AppendDesk
    let callers: Int

    /// Waits of all callers, in nanoseconds.
    func run(until end: Int64) -> [Int64] {
        var waits: [Int64] = []
        // When the events that are on their way were handed in, each in the place of its number.
        var began = [Int64](repeating: 0, count: callers)
        func place(_ number: EventNumber) -> Int { Int(number % EventNumber(callers)) }
        var durable = desk.durable
        var idle = callers
        while Stopwatch.now < end {
            let start = Stopwatch.now
            let last = desk.append(idle)
            for number in (last - EventNumber(idle) + 1)...last { began[place(number)] = start }
            desk.gate.wait(for: durable + 1)
            let (reached, now) = (desk.durable, Stopwatch.now)
            for number in (durable + 1)...reached { waits.append(now - began[place(number)]) }
            idle = Int(reached - durable)
            durable = reached
        }
        return waits
    }
}
