// Durable appends as callers feel them: each has one event on its way at a time, and waits until it is on
// disk.

import ArgumentParser
import Domain
import Glibc

struct AppendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "append", abstract: "Appends events for callers that wait for the disk.")

    enum Waiting: String, ExpressibleByArgument, CaseIterable {
        /// All callers on one thread, as calls are in the gateway.
        case loop
        case threads
    }

    @Option(help: "Directory of the log; made if missing.") var directory: String
    @Option(help: "Callers.") var callers = 1
    @Option(help: "Where the callers wait.") var waiting = Waiting.loop
    @Option(help: "Bytes of an event's body.") var bytes = 100
    @Option(help: "How long.") var seconds = 3.0

    func run() throws {
        let desk = try AppendDesk(directory, bodyBytes: bytes)
        let watch = Stopwatch()
        let end = Stopwatch.now + Int64(seconds * 1e9)
        let waits =
            switch waiting {
            case .loop: CallerLoop(desk: desk, callers: callers).run(until: end)
            case .threads: CallerThreads(desk: desk, callers: callers).run(until: end)
            }
        var figures = Figures()
        figures.add("events", waits.count)
        figures.add(watch)
        desk.close()
        let sorted = waits.sorted()
        guard !sorted.isEmpty else { throw Damage(text: "no event was written") }
        figures.add("p50_nanoseconds", sorted[sorted.count / 2])
        figures.add("p99_nanoseconds", sorted[sorted.count * 99 / 100])
        figures.add("syncs", desk.syncs)
        figures.print()
    }
}
