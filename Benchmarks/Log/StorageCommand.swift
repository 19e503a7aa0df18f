// What an event takes on disk, in the steady state: the second half of the calls' arrivals is stored.
// Batches follow from the traffic: what arrives within one group commit is one batch, so that a quiet
// gateway, whose batches are small, is measured as it would run.

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
        let store = try PacedStore(directory + "/" + name)
        var last: EventNumber = 0
        var authenticated = 0
        let traffic = try Traffic(seed: seed, callsPerSecond: rate)
        try traffic.run(calls: calls) { group in
            var records = group.filter { isChosen($0.event) }
            guard traffic.isSteady else { return }
            for index in records.indices {
                last += 1
                records[index].number = last
                if case .callAuthorised = records[index].event { authenticated += 1 }
            }
            try store.append(records)
        }
        var figures = Figures()
        figures.add("authenticated_calls", authenticated)
        figures.add("appended_events", Int(last))
        figures.add("live", Self.figures(store.live))
        figures.add("sealed", Self.figures(try store.seal()))
        return figures
    }

    private static func figures(_ sizes: PacedStore.Sizes) -> Figures {
        var figures = Figures()
        figures.add("events", sizes.events)
        figures.add("batches", sizes.batches)
        figures.add("raw_bytes", sizes.raw)
        figures.add("stored_bytes", sizes.stored)
        return figures
    }
}

extension Event {
    /// Whether it carries a SIP message.
    fileprivate var isSignalling: Bool {
        switch self {
        case .requestReceived, .requestSent, .responseReceived, .responseSent: true
        default: false
        }
    }
}
