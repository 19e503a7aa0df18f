// Commands that show what is can show what was: the log has every change with its time.

import ArgumentParser
import Domain
import EventStore
import Projections

/// `--at TIME`.
struct PastOption: ParsableArguments {
    @Option(help: "As it stood at this time, like 2026-11-23T10:00:00Z; read from the log alone.")
    var at: WallTime?

    /// Living objects of a kind at that time; nil without it.
    func objects(_ kind: Readings.Kind, in data: String) throws -> [Any]? {
        try read(data) { try Past.objects(in: $0, at: $1, each: $2).documents(kind) }
    }

    /// Calls in progress at that time; nil without it.
    func calls(in data: String) throws -> [Any]? {
        try read(data) { try Past.calls(in: $0, at: $1, each: $2).callDocuments }
    }

    private func read(
        _ data: String, _ body: (LogReader, WallTime, (EventNumber) -> Void) throws -> [JSON]
    ) throws -> [Any]? {
        guard let at else { return nil }
        let progress = ProgressLine("reading events")
        defer { progress.clear() }
        let documents = try body(try RecordOptions.reader(in: data), at) {
            progress.show($0, of: nil)
        }
        return try parsed(documents.map(\.text))
    }
}

extension WallTime: ExpressibleByArgument {
    /// A date, or a date and time in UTC.
    package init?(argument: String) { self.init(argument) }
}
