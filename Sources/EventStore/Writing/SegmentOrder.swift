// Each segment must continue the one before it: a missing one, one of another log, and one of another
// writer's history are told apart from damage.

import Domain

enum SegmentOrder {
    /// Checks headers, and that the segment before the last reaches as far as the last one says.
    static func check(
        _ directory: String, _ names: [String], on disk: any Disk
    ) throws(LogError) {
        var previous: Segment?
        for name in names {
            let segment = try Segment.open(directory + "/" + name, on: disk)
            if let previous { try check(segment, continues: previous) }
            if let previous, name == names.last { try checkEnd(of: previous, before: segment) }
            previous = segment
        }
    }

    private static func check(
        _ segment: Segment, continues previous: Segment
    ) throws(LogError) {
        let (header, before) = (segment.header, previous.header)
        let reason: String
        if header.logID != before.logID {
            reason = "the segment belongs to another log"
        } else if header.number != before.number + 1 {
            reason =
                "between segment \(before.number) and segment \(header.number) some are missing"
        } else if header.epoch < before.epoch {
            reason = "the segment is of an earlier writer than the one before it"
        } else if header.firstEvent < before.firstEvent {
            reason = "the segment begins before the one before it"
        } else {
            return
        }
        throw LogError(
            .inconsistent, reason, advice: LogError.restore, segment: segment.name)
    }

    /// A live segment that was closed ends with the batch that its successor names.
    private static func checkEnd(
        of segment: Segment, before next: Segment
    ) throws(LogError) {
        guard !segment.header.isSealed else { return }
        let end = Int(clamping: next.header.previousLength)
        if end == segment.header.dataOffset { return }
        func damaged(_ offset: Int) -> LogError {
            .damaged(
                "the last batch before segment \(next.name) is not what that segment continues",
                segment: segment.name, offset: offset, event: next.header.firstEvent - 1)
        }
        guard let trailer = try? segment.file.read(at: end - BatchHeader.trailerBytes, count: 8),
            trailer.count == 8
        else { throw damaged(end) }
        var fields = FieldCursor(trailer[...])
        let start = end - Int(clamping: fields.take(UInt64.self))
        guard start >= segment.header.dataOffset, start < end,
            let bytes = try? segment.file.read(at: start, count: end - start),
            let header = try? Batch.header(bytes[...], salt: segment.header.salt),
            header.chain == next.header.previousChain,
            header.lastEvent + 1 == next.header.firstEvent
        else { throw damaged(end) }
        let place = Batch.Place(
            nextEvent: header.firstEvent, chain: header.previousChain, epoch: 0,
            salt: segment.header.salt)
        guard
            (try? Batch(bytes[...], after: place, dictionary: segment.dictionary, check: .stored))
                != nil
        else { throw damaged(start) }
    }
}
