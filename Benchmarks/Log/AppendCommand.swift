// Durable appends as the gateway's callers feel them: each thread appends one event and waits until it
// is on disk.

import ArgumentParser
import Domain
import Glibc
import Synchronization

struct AppendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Appends events from threads that wait for the disk.")

    @Option(help: "Directory of the log; made if missing.") var directory: String
    @Option(help: "Threads.") var callers = 1
    @Option(help: "Bytes of an event's body.") var bytes = 100
    @Option(help: "How long.") var seconds = 3.0

    func run() throws {
        let gate = DurableGate()
        let store = try Store(directory, durable: { gate.publish($0) })
        let desk = AppendDesk(store: store, gate: gate, bodyBytes: bytes)
        let watch = Stopwatch()
        let waits = Self.race(callers, desk, until: Stopwatch.now + Int64(seconds * 1e9))
        var figures = Figures()
        figures.add("events", waits.count)
        figures.add(watch)
        store.close()
        let sorted = waits.sorted()
        guard !sorted.isEmpty else { throw Damage(text: "no event was written") }
        figures.add("p50_nanoseconds", sorted[sorted.count / 2])
        figures.add("p99_nanoseconds", sorted[sorted.count * 99 / 100])
        // The first was the desk's, of where the log stood.
        figures.add("syncs", gate.publications - 1)
        figures.print()
    }

    /// Waits of all callers, in nanoseconds.
    private static func race(_ callers: Int, _ desk: AppendDesk, until end: Int64) -> [Int64] {
        let all = Mutex<[Int64]>([])
        let threads = (0..<callers).compactMap { _ in
            Thread.start {
                var waits: [Int64] = []
                var now = Stopwatch.now
                while now < end {
                    desk.append()
                    let done = Stopwatch.now
                    waits.append(done - now)
                    now = done
                }
                all.withLock { $0 += waits }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return all.withLock { $0 }
    }
}

/// Where callers hand in events: the log takes them from one thread at a time, numbered.
final class AppendDesk: Sendable {
    private let store: Store
    private let gate: DurableGate
    /// Written in turn, so that batches do not shrink to nothing.
    private let events: [Event]
    private let last: Mutex<EventNumber>

    init(store: Store, gate: DurableGate, bodyBytes: Int) {
        self.store = store
        self.gate = gate
        gate.publish(store.lastNumber)
        last = Mutex(store.lastNumber)
        var random = SplitMix(seed: 1)
        events = (0..<64).map { _ in Self.event(bodyBytes: bodyBytes, using: &random) }
    }

    func append() {
        let number = last.withLock { last in
            last += 1
            let now = Stopwatch.now
            store.append([
                Record(
                    number: last,
                    stamp: Stamp(
                        wall: WallTime(nanoseconds: now), instant: Instant(nanoseconds: now),
                        boot: 1),
                    stream: StreamKey(high: last, low: 1),
                    eventID: EventID(epoch: 1, ordinal: last), event: events[Int(last % 64)])
            ])
            return last
        }
        gate.wait(for: number)
    }

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

/// A plain thread, which may block.
enum Thread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) -> pthread_t? {
        var thread = pthread_t()
        let body = Unmanaged.passRetained(Body(run))
        let result = pthread_create(
            &thread, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard result == 0 else {
            body.release()
            return nil
        }
        return thread
    }
}
