// A log of any length, as a gateway under traffic would have left it: for `trunkline` to read, and for
// the other commands here.

import ArgumentParser
import Domain
import Glibc

struct GenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate", abstract: "Writes the log of simulated traffic.")

    @Option(help: "Directory of the log; must not have one yet.") var directory: String
    @Option(help: "Calls.") var calls = 1_000
    @Option(help: "Calls that arrive each second.") var rate = 500.0
    @Option(help: "The same seed gives the same events.") var seed: UInt64 = 1

    func run() throws {
        let store = try Store(directory)
        guard store.lastNumber == 0 else { throw Damage(text: "\(directory) has events already") }
        let watch = Stopwatch()
        let traffic = try Traffic(seed: seed, callsPerSecond: rate)
        try traffic.run(calls: calls) { records in
            while store.pendingBytes > Limits.pendingBytes / 2 { usleep(500) }
            store.append(records)
        }
        store.close()
        var figures = Figures()
        figures.add("calls", calls)
        figures.add("events", traffic.core.lastNumber)
        figures.add(watch)
        figures.print()
    }
}
