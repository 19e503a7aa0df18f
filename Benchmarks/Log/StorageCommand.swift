// What an event takes on disk, in the steady state: the second half of the calls' arrivals is stored. Batches follow from the traffic: what arrives within one group commit
// is one batch, so that a quiet gateway, whose batches are small, is measured as it would run.

import ArgumentParser
import Domain
import Glibc

struct StorageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage", abstract: "Stores simulated traffic and compares sizes.")

    @Option(help: "Directory for logs; must be empty.") var directory: String
    @Option(help: "Calls.") var calls = 1_000
    @Option(help: "Calls that arrive each second.") var rate = 500.0
    @Option(help: "The same seed gives the same events.") var seed: UInt64 = 1

    func run() throws {
        mkdir(directory, 0o700)
        var figures = Figures()
        figures.add("all", try store("all") { _ in true })
        figures.add("sip", try store("sip") { $0.isSignalling })
        figures.add("facts", try store("facts") { !$0.isSignalling })
        figures.print()
    }

    /// Stores the chosen events, renumbered, with the batches that they arrived in.
    private func store(_ name: String, _ isChosen: (Event) -> Bool) throws -> Figures {
        let path = directory + "/" + name
        let gate = DurableGate()
        let store = try Store(path, spacing: .zero, durable: { gate.publish($0) })
        var last: EventNumber = 0
        var textBytes = 0
        let traffic = try Traffic(seed: seed, callsPerSecond: rate)
        try traffic.run(calls: calls) { group in
            var records = group.filter { isChosen($0.event) }
            guard traffic.isSteady, !records.isEmpty else { return }
            for index in records.indices {
                last += 1
                records[index].number = last
                textBytes += records[index].event.messageBytes
            }
            store.append(records)
            gate.wait(for: last)
        }
        store.close()
        return figures(try Store.verify(path), textBytes: textBytes)
    }

    private func figures(_ sizes: Store.Sizes, textBytes: Int) -> Figures {
        var figures = Figures()
        figures.add("events", sizes.events)
        figures.add("batches", sizes.batches)
        figures.add("raw_bytes", sizes.raw)
        figures.add("stored_bytes", sizes.stored)
        figures.add("message_bytes", textBytes)
        return figures
    }
}

extension Event {
    private var step: SignallingStep? {
        switch self {
        case .requestReceived(let step), .requestSent(let step), .responseReceived(let step),
            .responseSent(let step):
            step
        default: nil
        }
    }

    /// Whether it carries a SIP message.
    fileprivate var isSignalling: Bool { step != nil }

    fileprivate var messageBytes: Int { step?.message.count ?? 0 }
}
