// Reads a whole log and says of each segment whether it is what was written. Changes nothing.

package import Domain

/// What verification found about one segment.
package struct SegmentVerdict: Sendable {
    package var segment: String
    package var firstEvent: EventNumber
    package var lastEvent: EventNumber
    package var batches: Int
    /// Before compression, and as stored.
    package var rawBytes: Int
    package var usedBytes: Int
    package var fileBytes: Int
    package var created: WallTime
    /// Nil when everything is right.
    package var fault: String?
    package var faultOffset: Int?
}

/// Verifies segments one after the other.
package enum LogVerifier {
    /// Checks every checksum and the hash chain from one segment to the next. `each` is told as it goes.
    package static func run(
        _ directory: String, each: (SegmentVerdict, _ index: Int, _ count: Int) -> Void
    ) throws(LogError) -> [SegmentVerdict] {
        let names = try Segment.names(in: directory)
        let durable = (try? CommitMarks(directory, forWriting: false).mark.durable) ?? 0
        var verdicts: [SegmentVerdict] = []
        var chain: Octets?
        for (index, name) in names.enumerated() {
            let isLast = index == names.count - 1
            let (verdict, end) = try verify(
                directory + "/" + name, continuing: chain, isLast: isLast, durable: durable)
            chain = end
            verdicts.append(verdict)
            each(verdict, index, names.count)
        }
        return verdicts
    }

    private static func verify(
        _ path: String, continuing chain: Octets?, isLast: Bool, durable: EventNumber
    ) throws(LogError) -> (SegmentVerdict, Octets) {
        let segment = try Segment.open(path, forWriting: false)
        var scan = try Scan(segment)
        try scan.run()
        var verdict = SegmentVerdict(
            segment: segment.name, firstEvent: segment.header.firstEvent,
            lastEvent: scan.lastEvent, batches: scan.batches, rawBytes: scan.rawBytes,
            usedBytes: scan.offset, fileBytes: scan.bytes.count, created: segment.header.created,
            fault: nil, faultOffset: nil)
        if let chain, segment.header.previousChain != chain {
            verdict.fault = "it does not continue the segment before it"
            verdict.faultOffset = 0
        } else if isLast, scan.lastEvent < durable {
            verdict.fault = "events up to \(durable) were acknowledged, but it ends early"
            verdict.faultOffset = scan.offset
        } else if !scan.restIsZero, !isLast || scan.lastEvent < durable || scan.laterBatch() != nil
        {
            verdict.fault = scan.fault?.reason
            verdict.faultOffset = scan.offset
        }
        return (verdict, scan.chain)
    }
}
