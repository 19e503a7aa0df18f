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
            for entry in index.blocks(of: stream) {
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
        var found: [Record] = []
        repeat {
            do throws(Batch.Fault) {
                guard let batch = try cursor.next() else { break }
                for index in 0..<batch.recordCount
                where RecordHeader(batch.bytes(of: index))?.stream == stream {
                    if let record = try? batch.record(index, codec: codec) { found.append(record) }
                }
            } catch {
                throw .damaged(
                    error.reason, segment: segment.name, offset: cursor.offset,
                    event: cursor.lastEvent + 1)
            }
        } while cursor.isInBlock
        return found
    }
}
