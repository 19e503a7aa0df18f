// A log of any length, as a gateway under traffic would have left it: for `trunkline` to read, and for
// the other commands here.

import ArgumentParser
import Domain
import Glibc

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Writes the log of simulated traffic.")

    @Option(help: "Directory of the log; must not have one yet.") var directory: String
    @Option(help: "Calls that are simulated.") var calls = 1_000
    @Option(help: "Calls that arrive each second.") var rate = 500.0
    @Option(help: "The same seed gives the same events.") var seed: UInt64 = 1
    @Option(help: "Events, at least: the calls are repeated under other names, up to now.")
    var events: Int?
    @Option(help: "Answered calls that are in progress after repeated traffic.") var live = 0

    func run() throws {
        let store = try Store(directory)
        guard store.lastNumber == 0 else { throw Damage(text: "\(directory) has events already") }
        let watch = Stopwatch()
        let last =
            if let events { try writeRepeated(events, to: store) } else { try write(to: store) }
        store.close()
        var figures = Figures()
        figures.add("calls", calls)
        figures.add("events", last)
        figures.add(watch)
        figures.print()
    }

    private func write(to store: Store) throws -> EventNumber {
        let traffic = try Traffic(seed: seed, callsPerSecond: rate)
        try traffic.run(calls: calls) { append($0, to: store) }
        return traffic.core.lastNumber
    }

    private func writeRepeated(_ events: Int, to store: Store) throws -> EventNumber {
        var last: EventNumber = 0
        var repetitions = try Repetitions(
            of: try Period(seed: seed, calls: calls, callsPerSecond: rate), events: events,
            inProgress: live, epoch: store.epoch, ending: WallTime(nanoseconds: Stopwatch.wall))
        try repetitions.run { records in
            append(records, to: store)
            last = records.last?.number ?? last
        }
        return last
    }

    private func append(_ records: [Record], to store: Store) {
        while store.pendingBytes > Limits.pendingBytes / 2 { usleep(500) }
        store.append(records)
    }
}
