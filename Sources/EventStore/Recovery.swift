// Where a log ends. What was acknowledged is never cut: a tail goes only when it is certain that
// nothing in it was promised to anybody, and everything else is damage, reported and left alone.

import Domain
import Glibc

/// What was found at the end of a log.
struct Recovery {
    var segment: Segment
    var lastEvent: EventNumber
    var chain: Octets
    var torn: TornTailCut?

    /// Reads the last segment of a log and finds its end; cuts a torn tail.
    static func run(_ directory: String, marks: CommitMarks) throws(LogError) -> Recovery? {
        let names = try Segment.names(in: directory)
        guard let last = names.last else {
            guard marks.mark.durable == 0 else {
                throw LogError(
                    .inconsistent,
                    "the mark file says that \(marks.mark.durable) events were "
                        + "written, but there is no segment",
                    advice: "restore the segments from a copy; nothing was changed")
            }
            return nil
        }
        try checkOrder(directory, names)
        let segment = try Segment.open(directory + "/" + last, forWriting: true)
        var scan = try Scan(segment)
        try scan.run()
        var recovery = Recovery(
            segment: segment, lastEvent: scan.lastEvent, chain: scan.chain, torn: nil)
        segment.end = scan.offset
        if scan.lastEvent < marks.mark.durable {
            throw .damaged(
                "events up to \(marks.mark.durable) were acknowledged (mark file), but "
                    + (scan.fault?.reason ?? "the log ends early"),
                segment: segment.name, offset: scan.offset, event: scan.lastEvent + 1)
        }
        guard let fault = scan.fault, fault != .empty || !scan.restIsZero else { return recovery }
        if let later = scan.laterBatch() {
            throw .damaged(
                "\(fault.reason), and a whole batch follows at offset \(later)",
                segment: segment.name, offset: scan.offset, event: scan.lastEvent + 1)
        }
        do throws(SystemCallFailure) {
            recovery.torn = try cut(scan, of: segment, in: directory)
        } catch { throw .unavailable(error) }
        return recovery
    }

    /// Each segment must continue the one before it.
    private static func checkOrder(_ directory: String, _ names: [String]) throws(LogError) {
        var previous: SegmentHeader?
        for name in names {
            let header = try Segment.open(directory + "/" + name, forWriting: false).header
            let isNamed = name == SegmentHeader.fileName(firstEvent: header.firstEvent)
            if let previous {
                guard isNamed, header.logID == previous.logID,
                    header.number == previous.number + 1, header.epoch >= previous.epoch
                else {
                    throw LogError(
                        .inconsistent,
                        "the segment does not continue the one before it: one is missing, or it "
                            + "belongs to another log",
                        advice: "put the right files back; nothing was changed", segment: name)
                }
            }
            previous = header
        }
    }

    /// Keeps a copy of the tail under `torn/`, and puts zeros in its place.
    private static func cut(
        _ scan: Scan, of segment: Segment, in directory: String
    ) throws(SystemCallFailure) -> TornTailCut {
        let tail = Octets(scan.bytes[scan.offset..<scan.tailEnd])
        let folder = directory + "/torn"
        try LogFile.makeDirectory(folder)
        let copy = try LogFile(
            "\(folder)/\(segment.name).\(scan.offset)", O_RDWR | O_CREAT | O_TRUNC)
        try copy.write(tail, at: 0)
        try copy.sync()
        try LogFile.syncDirectory(folder)
        try segment.file.write(Octets(repeating: 0, count: tail.count), at: scan.offset)
        try segment.file.sync()
        return TornTailCut(
            segment: segment.name, offset: UInt64(scan.offset), length: UInt64(tail.count),
            digest: Chain.digest(tail))
    }
}

/// A walk over the batches of one segment's bytes.
struct Scan {
    let bytes: Octets
    let header: SegmentHeader
    private(set) var offset = SegmentHeader.dataOffset
    private(set) var lastEvent: EventNumber
    private(set) var chain: Octets
    private(set) var batches = 0
    private(set) var rawBytes = 0
    /// Why the walk ended.
    private(set) var fault: Batch.Fault?

    init(_ segment: Segment) throws(LogError) {
        do throws(SystemCallFailure) {
            bytes = try segment.file.read(at: 0, count: segment.file.bytes)
        } catch { throw .unavailable(error) }
        header = segment.header
        lastEvent = header.firstEvent - 1
        chain = header.previousChain
    }

    /// Goes on until something is no whole batch.
    mutating func run(_ each: (Batch) throws(LogError) -> Void = { _ in }) throws(LogError) {
        while true {
            let batch: Batch
            do throws(Batch.Fault) {
                batch = try Batch(
                    at: offset, in: bytes[...], salt: header.salt, firstEvent: lastEvent + 1,
                    previousChain: chain)
            } catch {
                fault = error
                return
            }
            try each(batch)
            offset += batch.header.totalBytes
            lastEvent = batch.header.lastEvent
            chain = batch.header.chain
            batches += 1
            rawBytes += Int(batch.header.rawBytes)
        }
    }

    var restIsZero: Bool { tailEnd == offset }

    /// The end of the last byte that is not zero.
    var tailEnd: Int {
        var end = bytes.count
        while end > offset, bytes[end - 1] == 0 { end -= 1 }
        return end
    }

    /// Where after the fault there is a batch header that is certainly ours.
    func laterBatch() -> Int? {
        // Batches are 8-byte aligned, because all their parts are.
        stride(from: offset + 8, to: tailEnd, by: 8).first {
            (try? Batch.header(at: $0, in: bytes[...], salt: header.salt)) != nil
        }
    }
}
