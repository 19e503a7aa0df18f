// Where callers hand in events: the log takes them from one thread at a time, numbered.

import Domain
import Synchronization

/// A log and the gate behind which its callers wait. From any thread.
final class AppendDesk: Sendable {
    let gate = DurableGate()
    private let store: Store
    /// Written in turn, so that batches do not shrink to nothing.
    private let events: [Event]
    private let last: Mutex<EventNumber>

    /// Opens the log in a directory, or makes one.
    init(_ directory: String, bodyBytes: Int) throws {
        store = try Store(directory, durable: { [gate] in gate.publish($0) })
        gate.publish(store.lastNumber)
        last = Mutex(store.lastNumber)
        var random = SplitMix(seed: 1)
        events = (0..<64).map { _ in Self.event(bodyBytes: bodyBytes, using: &random) }
    }

    /// The first publication was the desk's own, of where the log stood.
    var syncs: Int { gate.publications - 1 }

    /// The last event that is on disk.
    var durable: EventNumber { store.durableNumber }

    /// Hands in so many events; returns the number of the last.
    func append(_ count: Int) -> EventNumber {
        last.withLock { last in
            let now = Stopwatch.now
            let stamp = Stamp(
                wall: WallTime(nanoseconds: now), instant: Instant(nanoseconds: now), boot: 1)
            store.append(
                (last + 1...last + EventNumber(count)).map { number in
                    Record(
                        number: number, stamp: stamp, stream: StreamKey(high: number, low: 1),
                        eventID: EventID(epoch: store.epoch, ordinal: number),
                        event: events[Int(number % 64)])
                })
            last += EventNumber(count)
            return last
        }
    }

    func close() { store.close() }

    /// A body of exactly that many bytes: what the text does not fill are fields of fixed size.
    private static func event(bodyBytes: Int, using random: inout SplitMix) -> Event {
        func failure(_ text: String) -> Event {
            .transportFailed(
                TransportFailed(
                    leg: .caller, attempt: 1, remote: Endpoint(.v4(0x0a00_0001), 5_060),
                    reason: text))
        }
        var empty: Octets = []
        Store.encode(failure(" "), into: &empty)
        return failure(
            NameForm.letters(prefix: "", count: max(1, bodyBytes - empty.count + 1))
                .draw(using: &random))
    }
}
