// The three ways of reading: to prove it whole, to look for something, and to make state of it.

import ArgumentParser
import Domain
import EventStore

struct ReadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "read", abstract: "Verifies, scans, decodes and folds a log.")

    @Option(help: "Directory of the log.") var directory: String

    func run() throws {
        var figures = Figures()
        let (sizes, verify) = try timed { try Store.verify(directory) }
        figures.add("events", sizes.events)
        figures.add("raw_bytes", sizes.raw)
        figures.add("stored_bytes", sizes.stored)
        figures.add("verify", verify)
        figures.add("scan", try timed { try scan(sizes.events) }.figures)
        figures.add("decode", try timed { try each(sizes.events) { _ in } }.figures)
        let core = Traffic.emptyCore(at: Traffic.aftermath)
        let (_, fold) = try timed { try each(sizes.events) { core.fold($0) } }
        guard core.lastNumber == sizes.events else {
            throw Damage(text: "\(core.lastNumber) events of \(sizes.events) were folded")
        }
        figures.add("fold", fold)
        figures.print()
    }

    private func timed<Value>(
        _ work: () throws -> Value
    ) throws -> (value: Value, figures: Figures) {
        let watch = Stopwatch()
        let value = try work()
        var figures = Figures()
        figures.add(watch)
        return (value, figures)
    }

    /// Passes over every record without decoding it.
    private func scan(_ last: EventNumber) throws {
        var reader = try Store.reader(directory, through: last)
        reader.wanted = { _ in false }
        while try reader.next() != nil {}
    }

    private func each(_ last: EventNumber, _ body: (Record) -> Void) throws {
        var reader = try Store.reader(directory, through: last)
        while let record = try reader.next() { body(record) }
    }
}
