// What each stage of a call costs by itself, on one thread and without a network or a disk: where the time
// of a call goes, and whether a change made it shorter.

import ArgumentParser
import Domain
import EventStore

struct StagesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stages", abstract: "Times parsing, the core, encoding and decoding.")

    @Option(help: "Calls.") var calls = 5_000
    @Option(help: "The same seed gives the same calls.") var seed: UInt64 = 1
    @Option(help: "Times that each stage is run.") var rounds = 3

    func run() throws {
        let recorded = try Recording(seed: seed, calls: calls)
        var figures = Figures()
        figures.add("calls", calls)
        figures.add("inputs", recorded.inputs.count)
        figures.add("datagrams", recorded.datagrams.count)
        figures.add("events", recorded.records.count)
        try time("parse", &figures) { recorded.parse() }
        try time("core", &figures) { try recorded.decide(seed: seed) }
        try time("encode", &figures) { recorded.encode() }
        figures.print()
    }

    /// The quickest of the rounds: what disturbs only adds.
    private func time(
        _ stage: String, _ figures: inout Figures, _ body: () throws -> Void
    ) throws {
        var best = Int64.max
        for _ in 0..<rounds {
            let watch = Stopwatch()
            try body()
            best = min(best, watch.cpuNanoseconds)
        }
        figures.add(stage + "_nanoseconds_per_call", best / Int64(calls))
    }
}

/// Everything that a core was fed, and what it made of it.
private struct Recording {
    var inputs: [(errand: Traffic.Errand?, now: Moment)] = []
    var records: [Record] = []

    init(seed: UInt64, calls: Int) throws {
        let traffic = try Traffic(seed: seed, callsPerSecond: 500)
        var inputs: [(errand: Traffic.Errand?, now: Moment)] = []
        traffic.onInput = { inputs.append(($0, $1)) }
        var records: [Record] = []
        try traffic.run(calls: calls) { records += $0 }
        (self.inputs, self.records) = (inputs, records)
    }

    var datagrams: [Octets] {
        inputs.compactMap { if case .datagram(let bytes, _) = $0.errand { bytes } else { nil } }
    }

    func parse() {
        for bytes in datagrams {
            guard (try? Message(parsing: bytes)) != nil else {
                preconditionFailure("what a peer sent was malformed")
            }
        }
    }

    /// The same inputs into a core with the same seed: the same decisions.
    func decide(seed: UInt64) throws {
        let core = try Traffic(seed: seed, callsPerSecond: 500).core
        for (errand, now) in inputs {
            switch errand {
            case .datagram(let bytes, let source):
                core.received(bytes, from: source, on: Traffic.local, at: now)
            case .report(let report): core.reported(report, at: now)
            case .placeCall: break
            case nil: core.timeReached(now)
            }
            core.outbox = Outbox()
        }
        precondition(core.lastNumber == records.last?.number, "the core decided something else")
    }

    func encode() {
        var buffer = FillBuffer()
        for record in records {
            buffer.append(record, codec: Store.codec)
            if buffer.rawBytes > Limits.batchBytes { buffer.removeAll() }
        }
    }
}
