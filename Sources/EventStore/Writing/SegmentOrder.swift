// Each segment must continue the one before it: a missing one, one of another log, and one of another
// writer's history are told apart from damage.

import Domain

enum SegmentOrder {
    /// Checks headers, and that each segment ends where the next one says.
    static func check(
        _ directory: String, _ names: [String], on disk: any Disk
    ) throws(LogError) {
        var previous: Segment?
        for name in names {
            let segment = try Segment.open(directory + "/" + name, on: disk)
            if let previous {
                if let reason = fault(of: segment.header, after: previous.header) {
                    throw LogError(
                        .inconsistent, reason, advice: LogError.restore, segment: segment.name)
                }
                if previous.header.isSealed {
                    try checkSeal(of: previous, before: segment)
                } else {
                    try checkEnd(of: previous, before: segment)
                }
            }
            previous = segment
        }
    }

    /// Opens a segment to be read. One that is not of the same log as the next is not read at all: what
    /// it says would only be known for another log's at its end.
    static func open(
        _ name: String, in directory: String, on disk: any Disk
    ) throws(LogError) -> Segment {
        let segment = try Segment.open(directory + "/" + name, on: disk)
        let next = try Segment.names(in: directory, on: disk).first { $0 > name }
        guard let next, let following = try? Segment.header(directory + "/" + next, on: disk),
            let reason = fault(of: following, after: segment.header)
        else { return segment }
        throw LogError(.inconsistent, reason, advice: LogError.restore, segment: next)
    }

    /// What two headers that should follow each other say against it; nil when nothing does.
    static func fault(of header: SegmentHeader, after before: SegmentHeader) -> String? {
        if header.logID != before.logID { return "the segment belongs to another log" }
        if header.number <= before.number { return "the segment is an older one of its name" }
        if header.epoch < before.epoch {
            return "the segment is of an earlier writer than the one before it"
        }
        return nil
    }

    /// A sealed segment says what is in it.
    private static func checkSeal(
        of segment: Segment, before next: Segment
    ) throws(LogError) {
        guard let bytes = try? segment.file.read(at: SegmentHeader.frontBytes, count: Seal.bytes),
            let seal = Seal(bytes[...])
        else {
            throw .damaged(
                "the seal is damaged", segment: segment.name, offset: SegmentHeader.frontBytes,
                event: segment.header.firstEvent)
        }
        let end = segment.header.firstEvent + seal.eventCount
        guard end == next.header.firstEvent else { throw missing(from: end, next) }
        guard seal.chain == next.header.previousChain else {
            throw LogError(
                .inconsistent, "the segment does not continue the one before it",
                advice: LogError.restore, segment: next.name, event: end)
        }
    }

    private static func missing(from first: EventNumber, _ next: Segment) -> LogError {
        LogError(
            .inconsistent,
            "events before the segment are missing: a segment is not there, or is an older one",
            advice: LogError.restore, segment: next.name, event: first)
    }

    /// A live segment that was closed ends with the batch that its successor names.
    private static func checkEnd(
        of segment: Segment, before next: Segment
    ) throws(LogError) {
        guard next.header.number == segment.header.number + 1 else {
            throw missing(from: next.header.firstEvent, next)
        }
        let end = Int(clamping: next.header.previousLength)
        func damaged(_ offset: Int) -> LogError {
            .damaged(
                "the last batch before segment \(next.name) is not what that segment continues",
                segment: segment.name, offset: offset, event: next.header.firstEvent - 1)
        }
        guard end >= segment.header.dataOffset + BatchHeader.trailerBytes,
            let trailer = try? segment.file.read(at: end - BatchHeader.trailerBytes, count: 8),
            trailer.count == 8
        else { throw damaged(end) }
        var fields = FieldCursor(trailer[...])
        let start = end - Int(clamping: fields.take(UInt64.self))
        guard start >= segment.header.dataOffset, start < end,
            let bytes = try? segment.file.read(at: start, count: end - start),
            let header = try? Batch.header(bytes[...], salt: segment.header.salt),
            header.chain == next.header.previousChain
        else { throw damaged(end) }
        guard header.lastEvent + 1 == next.header.firstEvent else {
            throw missing(from: header.lastEvent + 1, next)
        }
        let place = Batch.Place(
            nextEvent: header.firstEvent, chain: header.previousChain, epoch: 0,
            salt: segment.header.salt)
        guard
            (try? Batch(bytes[...], after: place, dictionary: segment.dictionary, check: .framed))
                != nil
        else { throw damaged(start) }
    }
}
