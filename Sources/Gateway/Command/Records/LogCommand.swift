// `trunkline log …`

import ArgumentParser
import Domain
import EventStore
import Foundation

struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Look at the event log, and repair it.",
        subcommands: [Stat.self, Dump.self, Follow.self, Verify.self, Repair.self])

    struct Stat: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Count events and bytes, and what they compress to.")
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let verdicts = try options.verdicts()
                func sum(_ count: (SegmentVerdict) -> Int) -> Int {
                    verdicts.reduce(0) { $0 + count($1) }
                }
                let (raw, used) = (sum { $0.rawBytes }, sum { $0.usedBytes })
                let object: [String: Any] = [
                    "segments": verdicts.count,
                    "sealed_segments": verdicts.count { $0.isSealed },
                    "first_event": verdicts.first?.firstEvent ?? 0,
                    "last_event": verdicts.last?.lastEvent ?? 0,
                    "lost_events": verdicts.reduce(0) { $0 + $1.lostEvents },
                    "unknown_events": verdicts.reduce(0) { $0 + $1.unknownEvents },
                    "batches": sum { $0.batches }, "raw_bytes": raw, "stored_bytes": used,
                    "file_bytes": sum { $0.fileBytes },
                    "damaged_segments": verdicts.count { $0.fault != nil },
                ]
                try Printer.object(object, asJSON: options.json)
            } catch { throw Exit.failure(error) }
        }
    }

    struct Dump: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print events, one JSON object on each line; secrets are masked.")
        @Option(help: "The first event.") var from: UInt64 = 1
        @Option(help: "The last event.") var to: UInt64 = .max
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                var reader = try options.reader()
                if from > 1 { try reader.seek(to: from - 1) }
                while let record = try reader.next(), record.number <= to {
                    print(EventText.json(record).text)
                }
            } catch { throw Exit.failure(error) }
        }
    }

    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check every checksum and the hash chain; changes nothing.",
            discussion: "Exit status 3 when something is damaged.")
        @OptionGroup var options: RecordOptions

        func run() throws {
            do {
                let verdicts = try options.verdicts()
                try Printer.table(
                    verdicts.map(Self.row),
                    columns: [
                        "segment", "state", "verdict", "first_event", "last_event", "batches",
                        "bytes",
                    ],
                    asJSON: options.json)
                if let doubt = LogVerifier.doubt(of: verdicts, try options.log()) {
                    Exit.standardError("trunkline: warning: \(doubt)")
                }
                if verdicts.contains(where: { $0.fault != nil }) {
                    Exit.standardError(
                        "trunkline: the log is damaged; put the segments named above back from a "
                            + "copy, or run `trunkline log repair`"
                    )
                    throw Exit.damagedLog
                }
            } catch { throw Exit.failure(error) }
        }

        private static func row(_ verdict: SegmentVerdict) -> Any {
            let place = verdict.faultOffset.map { " at offset \($0)" } ?? ""
            let row: [String: Any] = [
                "segment": verdict.segment, "state": verdict.isSealed ? "sealed" : "live",
                "verdict": verdict.fault.map { $0 + place } ?? "ok",
                "has_torn_tail": verdict.isTorn,
                "first_event": verdict.firstEvent, "last_event": verdict.lastEvent,
                "batches": verdict.batches, "bytes": verdict.usedBytes,
            ]
            return row
        }
    }
}
