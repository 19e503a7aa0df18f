// Threads begin to report before everybody who listens is there. What comes early is kept.

import Synchronization

/// Passes values on to a receiver that is connected later.
final class Handover<Value: Sendable>: Sendable {
    private struct State {
        var receiver: (@Sendable (Value) -> Void)?
        var early: [Value] = []
    }

    private let state = Mutex(State())

    func give(_ value: Value) {
        let receiver = state.withLock { state in
            if state.receiver == nil { state.early.append(value) }
            return state.receiver
        }
        receiver?(value)
    }

    func connect(_ receiver: @escaping @Sendable (Value) -> Void) {
        let early = state.withLock { state in
            state.receiver = receiver
            defer { state.early = [] }
            return state.early
        }
        for value in early { receiver(value) }
    }
}
