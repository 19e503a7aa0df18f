// Everything about one call, trunk, carrier or route, without reading the whole log: sealed segments
// have an index that says where it is.

package import Domain

/// Reads one stream.
package enum StreamReader {
    /// All events of a stream, in order.
    package static func records(
        of stream: StreamKey, in directory: String, codec: EventCodec, host: LogHost = .machine,
        durable: (@Sendable () -> EventNumber)? = nil
    ) throws(LogError) -> [Record] {
        var found: [Record] = []
        var reader = try LogReader(directory, codec: codec, host: host, durable: durable)
        var passed: EventNumber = 0
        for name in try Segment.names(in: directory, on: host.disk) {
            let segment: Segment
            do throws(LogError) {
                segment = try SegmentOrder.open(name, in: directory, on: host.disk)
            } catch {
                // Dropped meanwhile: its events are no more.
                if !host.disk.exists(directory + "/" + name) { continue }
                throw error
            }
            guard let index = SegmentIndex.load(directory, segment.header, on: host.disk) else {
                break
            }
            for entry in index.groups(of: stream) {
                found += try records(of: stream, in: segment, at: entry, codec)
            }
            passed = index.lastEvent
        }
        try reader.seek(to: passed)
        reader.stream = stream
        while let record = try reader.next() { found.append(record) }
        return found
    }

    private static func records(
        of stream: StreamKey, in segment: Segment, at entry: SegmentIndex.Entry, _ codec: EventCodec
    ) throws(LogError) -> [Record] {
        var cursor = SegmentCursor(segment, check: .stored)
        cursor.jump(
            to: Int(clamping: entry.offset), after: entry.firstEvent - 1, chain: entry.chain)
        do throws(Batch.Fault) {
            return try cursor.records(of: stream).compactMap { try? $0.decoded(codec) }
        } catch {
            throw .damaged(
                error.reason, segment: segment.name, offset: cursor.offset,
                event: entry.firstEvent)
        }
    }
}
