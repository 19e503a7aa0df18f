// An index is made by walking the sealed segment that it is of: after sealing, and again whenever it is
// missing or in doubt.

import Domain

extension SegmentIndex {
    /// Walks a sealed segment.
    init(of segment: Segment) throws(Batch.Fault) {
        var cursor = SegmentCursor(segment, check: .stored)
        var entries: [Entry] = []
        var postings: Set<Posting> = []
        while true {
            let isBetweenGroups = !cursor.isInGroup
            let entry = Entry(
                firstEvent: cursor.lastEvent + 1, offset: UInt64(cursor.offset),
                chain: cursor.chain)
            guard let batch = try cursor.next() else { break }
            if isBetweenGroups { entries.append(entry) }
            for record in 0..<batch.recordCount {
                guard let header = RecordHeader(batch.bytes(of: record)) else { continue }
                postings.insert(
                    Posting(stream: header.stream, group: UInt32(entries.count - 1)))
            }
        }
        self.init(
            salt: segment.header.salt, chain: cursor.chain, lastEvent: cursor.lastEvent,
            entries: entries, postings: postings.sorted())
    }
}
