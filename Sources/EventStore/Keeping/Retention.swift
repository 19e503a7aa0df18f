// What is old enough goes, a whole sealed segment at a time: the log then begins later.

package import Domain

/// Drops segments from the front of a log.
package enum Retention {
    /// Drops the oldest segment. It must be sealed, and so is never the one that is written; otherwise
    /// nothing happens. Returns the events that went.
    package static func dropOldestSealed(
        in directory: String, host: LogHost = .machine
    ) throws(LogError) -> ClosedRange<EventNumber>? {
        let names = try Segment.names(in: directory, on: host.disk)
        guard names.count > 1 else { return nil }
        let segment = try Segment.open(directory + "/" + names[0], on: host.disk)
        let header = segment.header
        let next = Segment.firstEvent(names[1])
        guard header.isSealed, next > header.firstEvent else { return nil }
        do throws(SystemCallFailure) {
            try host.disk.remove(SegmentIndex.path(directory, header))
            try host.disk.remove(directory + "/" + names[0])
            try host.disk.syncDirectory(directory)
        } catch { throw .unavailable(error) }
        return header.firstEvent...next - 1
    }
}
