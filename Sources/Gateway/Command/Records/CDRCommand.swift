// `trunkline cdr …`

import ArgumentParser
import Domain
import Foundation
import Projections

struct CDRCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cdr", abstract: "Read call detail records.",
        subcommands: [List.self, Show.self, Explain.self, Export.self])

    struct Selection: ParsableArguments {
        @Option(help: "Calls that ended at or after this time, like 2026-11-23T10:00:00Z.")
        var from: WallTime?
        @Option(help: "Calls that ended before this time.")
        var to: WallTime?
        @Option(help: "Calls of one trunk: its id or domain name.")
        var trunk: String?

        var filter: Readings.Filter { Readings.Filter(from: from, to: to, trunk: trunk) }
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List records by number.")
        @OptionGroup var selection: Selection
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let records = try options.readings().records(
                    selection.filter, after: 0, count: .max)
                try Printer.table(
                    try parsed(records.map(\.document)),
                    columns: [
                        "cdr_number", "call_id", "domain_name", "caller_number", "called_number",
                        "result", "sip_status", "ended_by", "talk_ms", "ended_at",
                    ], asJSON: options.json)
            } catch { throw Exit.failure(error) }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show one record.")
        @Argument(help: "CDR number, call id, or SIP Call-ID of either leg.") var record: String
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                guard let document = try options.readings().record(record) else {
                    throw CommandError(
                        "there is no record \(record); `trunkline cdr list` shows what there is")
                }
                try Printer.object(try parsed([document])[0], asJSON: options.json)
            } catch { throw Exit.failure(error) }
        }
    }

    struct Export: ParsableCommand {
        enum Format: String, ExpressibleByArgument, CaseIterable { case csv, jsonl }

        static let configuration = CommandConfiguration(
            abstract: "Write records for other programs.",
            discussion: "The same records give the same bytes every time.")
        @Option(help: "csv or jsonl.") var format: Format
        @OptionGroup var selection: Selection
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let readings = try options.readings()
                let filter = selection.filter
                if format == .csv { write(CSV.header(CallRecord.columnNames)) }
                var last: Int64 = 0
                while true {
                    let page = try readings.records(filter, after: last, count: 1_000)
                    guard let end = page.last else { return }
                    last = end.number
                    let lines = try page.map { try line($0.document) }
                    write(lines.joined())
                }
            } catch { throw Exit.failure(error) }
        }

        private func line(_ document: String) throws -> String {
            if format == .jsonl { return document + "\n" }
            let object = try JSONSerialization.jsonObject(with: Data(document.utf8))
            let members = object as? [String: Any] ?? [:]
            return CSV.row(CallRecord.columnNames.map { JSON(member: members[$0.name]) })
        }

        private func write(_ text: String) {
            FileHandle.standardOutput.write(Data(text.utf8))
        }
    }
}

extension JSON {
    /// A member as Foundation read it.
    fileprivate init(member: Any?) {
        switch member {
        case let text as String: self = .string(text)
        case let number as NSNumber:
            self =
                String(cString: number.objCType) == "c"
                ? .bool(number.boolValue) : .integer(number.int64Value)
        default: self = .null
        }
    }
}
