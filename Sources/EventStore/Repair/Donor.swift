// A copy of a log may give back what is damaged, whoever made it and wherever it comes from: the hash
// chain says whether it is the same.

import Domain

enum Donor {
    /// Refuses what is no copy of any log: a mistaken path must not look like a copy that has nothing.
    static func check(_ directory: String, on disk: any Disk) throws(LogError) {
        if let names = try? Segment.names(in: directory, on: disk), !names.isEmpty { return }
        throw LogError(
            .unavailable, "there is no segment in \(directory)",
            advice: "give --from the directory that holds a copy's .evl files; nothing was changed")
    }

    /// The header that a copy has of a segment.
    static func header(
        of name: String, in directory: String, host: LogHost
    ) -> SegmentHeader? {
        try? Segment.header(directory + "/" + name, on: host.disk)
    }

    /// The batches of a copy that hold exactly those events and continue the chain before them; nil when
    /// it has others, or what follows them is not what follows here.
    static func batches(
        in directory: String, _ events: ClosedRange<EventNumber>, after chain: Octets,
        to following: Octets?, host: LogHost
    ) -> [Batch]? {
        var found: [Batch] = []
        var (last, reached) = (events.lowerBound - 1, chain)
        guard let names = try? Segment.names(in: directory, on: host.disk) else { return nil }
        let start = names.lastIndex { Segment.firstEvent($0) <= events.lowerBound } ?? 0
        for name in names.dropFirst(start) {
            guard let segment = try? Segment.open(directory + "/" + name, on: host.disk) else {
                return nil
            }
            var cursor = SegmentCursor(segment, check: .proven)
            while last < events.upperBound, let batch = try? cursor.next() {
                guard batch.header.lastEvent > last else { continue }
                guard batch.header.firstEvent == last + 1, batch.header.previousChain == reached,
                    batch.header.kind == .records
                else { return nil }
                found.append(batch)
                (last, reached) = (batch.header.lastEvent, batch.header.chain)
            }
            if last >= events.upperBound { break }
        }
        guard last == events.upperBound else { return nil }
        if let following, following != reached { return nil }
        return found
    }
}
