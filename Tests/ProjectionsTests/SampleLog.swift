import Domain
import EventStore
import Foundation
import Testing

/// A log of made-up events, for what is read from it.
enum SampleLog {
    /// Appends events, each at its time, to the log in `directory`/log, which is made if there is none.
    static func append(
        _ events: some Sequence<(at: WallTime, stream: StreamKey, event: Event)>,
        in directory: String, codec: EventCodec
    ) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let log = try EventLog.open(
            directory + "/log", options: LogOptions(segmentBytes: 65_536), codec: codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
        var number = log.lastNumber
        for (at, stream, event) in events {
            number += 1
            try log.append([
                Record(
                    number: number,
                    stamp: Stamp(wall: at, instant: Instant(nanoseconds: 0), boot: 1),
                    stream: stream, eventID: EventID(epoch: log.epoch, ordinal: number),
                    event: event)
            ])
        }
        log.close()
    }
}
