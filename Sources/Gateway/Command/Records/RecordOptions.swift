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

    func reader() throws -> LogReader { try LogReader(DataDirectory.log(in: data), codec: codec) }

    /// What verification says of each segment; shows how far it is on a terminal.
    func verdicts() throws -> [SegmentVerdict] {
        let progress = ProgressLine(isShown: !json)
        defer { progress.end() }
        return try LogVerifier.run(DataDirectory.log(in: data)) { _, done, count in
            progress.show("verified \(done) of \(count) segments")
        }
    }

    /// The tables; brought up to date first when no gateway does that.
    func readings() throws -> Readings {
        let path = DataDirectory.projections(in: data)
        if !EventLog.isBeingWritten(DataDirectory.log(in: data)) {
            try Projector.catchUp(path: path, reader: try reader())
        }
        return try Readings(path: path)
    }

    /// All records of one call, which is named by its id or by a SIP Call-ID of either leg.
    func records(of name: String) throws -> [Record] {
        var reader = try reader()
        var streams: [StreamKey: [Record]] = [:]
        var found = CallID(name.lowercased()).map { StreamKey($0) }
        while let record = try reader.next() {
            if let found {
                if record.stream == found { streams[found, default: []].append(record) }
                continue
            }
            streams[record.stream, default: []].append(record)
            if Self.isNamed(name, record.event) { found = record.stream }
            if case .mediaReported(let event) = record.event, event.isFinal {
                streams[record.stream] = nil
            }
        }
        guard let found, let records = streams[found], !records.isEmpty else {
            throw CommandError(
                "there is no call \(name) in the log; `trunkline cdr list` shows them")
        }
        return records
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
