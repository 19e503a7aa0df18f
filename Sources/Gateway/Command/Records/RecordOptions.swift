// Commands that read: from a data directory alone, with or without a gateway running on it.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Projections

struct RecordOptions: ParsableArguments {
    @Option(help: "Data directory.") var data = "./data"
    @Flag(help: "Print JSON.") var json = false

    /// The codec of the directory; without its key secrets stay masked.
    var codec: EventCodec { Self.codec(of: data) }

    /// The directory of the log. A mistaken path is told from a log that cannot be read.
    func log() throws -> String { try Self.log(in: data) }

    func reader() throws -> LogReader { try Self.reader(in: data) }

    static func reader(in data: String) throws -> LogReader {
        try LogReader(try log(in: data), codec: codec(of: data))
    }

    private static func codec(of data: String) -> EventCodec {
        EventCodec(sealer: try? Sealer.load(path: DataDirectory.sealKey(in: data)))
    }

    private static func log(in data: String) throws -> String {
        let log = DataDirectory.log(in: data)
        guard FileManager.default.fileExists(atPath: log) else {
            throw CommandError(
                "there is no log in \(data); name the data directory of a gateway with --data DIR")
        }
        return log
    }

    /// What verification says of each segment; shows how far it is on a terminal.
    func verdicts() throws -> [SegmentVerdict] {
        let progress = ProgressLine("verifying segments")
        defer { progress.clear() }
        return try LogVerifier.run(try log()) { _, done, count in
            progress.show(UInt64(done), of: UInt64(count))
        }
    }

    /// The tables; brought up to date first when no gateway does that.
    func readings() throws -> Readings {
        let path = DataDirectory.projections(in: data)
        if !EventLog.isBeingWritten(try log()) {
            try Projector.catchUp(path: path, reader: try reader())
        }
        return try Readings(path: path)
    }

    /// All records of one call, which is named by its id, its CDR number or a SIP Call-ID of either leg.
    func records(of name: String) throws -> [Record] {
        guard let records = try found(name) else {
            throw CommandError(
                "there is no call \(name) in the log; `trunkline cdr list` shows them")
        }
        return records
    }

    /// The same; nil when there is none.
    func found(_ name: String) throws -> [Record]? {
        for find in [named, inTables, inLog] {
            guard let stream = try find(name) else { continue }
            let records = try StreamReader.records(of: stream, in: try log(), codec: codec)
            if !records.isEmpty { return records }
        }
        return nil
    }

    private func named(_ name: String) throws -> StreamKey? {
        CallID(name.lowercased()).map { StreamKey($0) }
    }

    /// The tables know ended calls by all their names. They are asked as they are: a call that is not in
    /// them may still be in the log.
    private func inTables(_ name: String) throws -> StreamKey? {
        let readings = try? Readings(path: DataDirectory.projections(in: data))
        guard let record = try? readings?.record(name), let object = try parsed([record]).first,
            let id = (object as? [String: Any])?["call_id"] as? String
        else { return nil }
        return CallID(id).map { StreamKey($0) }
    }

    private func inLog(_ name: String) throws -> StreamKey? {
        var reader = try reader()
        reader.wanted = {
            [.callOffered, .callRouted, .callRefused, .callEnded].contains($0)
        }
        while let record = try reader.next() {
            if Self.isNamed(name, record.event) { return record.stream }
        }
        return nil
    }

    private static func isNamed(_ name: String, _ event: Event) -> Bool {
        switch event {
        case .callOffered(let event): event.sipCallID.elementsEqual(name.utf8)
        case .callRouted(let event): event.sipCallID.elementsEqual(name.utf8)
        default: event.cdrNumber.map { "\($0)" == name } ?? false
        }
    }
}

/// JSON texts as objects, to print columns of.
func parsed(_ documents: [String]) throws -> [Any] {
    try documents.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
}
