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
    var codec: EventCodec {
        EventCodec(sealer: try? Sealer.load(path: DataDirectory.sealKey(in: data)))
    }

    /// The directory of the log. A mistaken path is told from a log that cannot be read.
    func log() throws -> String {
        let log = DataDirectory.log(in: data)
        guard FileManager.default.fileExists(atPath: log) else {
            throw CommandError(
                "there is no log in \(data); name the data directory of a gateway with --data DIR")
        }
        return log
    }

    func reader() throws -> LogReader { try LogReader(try log(), codec: codec) }

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

    /// All records of one call, which is named by its id or by a SIP Call-ID of either leg.
    func records(of name: String) throws -> [Record] {
        guard let stream = try CallID(name.lowercased()).map({ StreamKey($0) }) ?? stream(of: name)
        else { throw Self.unknownCall(name) }
        let records = try StreamReader.records(
            of: stream, in: try log(), codec: codec)
        if records.isEmpty { throw Self.unknownCall(name) }
        return records
    }

    private static func unknownCall(_ name: String) -> CommandError {
        CommandError("there is no call \(name) in the log; `trunkline cdr list` shows them")
    }

    /// The call that a SIP Call-ID belongs to.
    private func stream(of sipCallID: String) throws -> StreamKey? {
        var reader = try reader()
        reader.wanted = { $0 == .callOffered || $0 == .callRouted }
        while let record = try reader.next() {
            if Self.isNamed(sipCallID, record.event) { return record.stream }
        }
        return nil
    }

    private static func isNamed(_ name: String, _ event: Event) -> Bool {
        switch event {
        case .callOffered(let event): event.sipCallID.elementsEqual(name.utf8)
        case .callRouted(let event): event.sipCallID.elementsEqual(name.utf8)
        default: false
        }
    }
}

/// JSON texts as objects, to print columns of.
func parsed(_ documents: [String]) throws -> [Any] {
    try documents.map { try JSONSerialization.jsonObject(with: Data($0.utf8)) }
}
