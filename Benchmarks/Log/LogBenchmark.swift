// What the log costs and how small it is, one figure at a time. Each command prints one line of JSON;
// `Benchmarks/run` sets them against the baselines.

import ArgumentParser

@main
struct LogBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Measures the event log.",
        subcommands: [
            GenerateCommand.self, AppendCommand.self, OpenCommand.self, ReadCommand.self,
            StagesCommand.self, StorageCommand.self,
        ])
}
