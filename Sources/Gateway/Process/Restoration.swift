// How the core comes to know what was: from the newest snapshot that the log bears out, and from the
// events after it. Nothing is sent meanwhile.

import Domain
import EventStore
import Logging

/// The reading of the log at a start.
struct Restoration {
    let log: EventLog
    let files: DataDirectory
    let codec: EventCodec
    let logger: Logger

    /// Brings the core to the log's last event.
    func restore(_ core: Switchboard) throws {
        let start = ContinuousClock.now
        let end = log.lastNumber
        let beginning = SnapshotStore(files.snapshots, codec: codec).beginning(
            try LogReader(files.log, codec: codec, durable: { end }))
        for (name, doubt) in beginning.refused {
            logger.warning(
                "snapshot not used: \(doubt); more of the log is read instead",
                metadata: ["snapshot": "\(name)"])
        }
        if let snapshot = beginning.snapshot { core.restore(snapshot) }
        let tail = end - core.lastNumber
        try fold(beginning.reader, from: core.lastNumber, into: core)
        logger.info(
            "log read",
            metadata: [
                "events": "\(end)", "snapshot": "\(beginning.name ?? "none")",
                "events_after_snapshot": "\(tail)",
                "milliseconds": "\((ContinuousClock.now - start).nanoseconds / 1_000_000)",
                "calls_in_progress": "\(core.calls.count)",
            ])
    }

    private func fold(
        _ reader: LogReader, from first: EventNumber, into core: Switchboard
    ) throws {
        let end = log.lastNumber
        let progress = ProgressLine("reading the log")
        var reader = reader
        while let record = try reader.next() {
            core.fold(record)
            if record.number % 4_096 == 0 { progress.show(record.number - first, of: end - first) }
        }
        progress.clear()
        guard reader.position == end else {
            throw LogError(
                .damaged,
                "the log ends with event \(end), but cannot be read past \(reader.position)",
                advice: "run `trunkline log verify`, and restore the segment from a copy",
                event: reader.position + 1)
        }
        core.passOver(to: end)
        if reader.skipped > 0 {
            logger.warning(
                "the log has events of a newer version, which change nothing here",
                metadata: ["events": "\(reader.skipped)"])
        }
    }
}
