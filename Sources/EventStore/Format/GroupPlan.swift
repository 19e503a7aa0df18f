// Everything about a group but the bodies of its records: the headers of its batches and records in the
// order of the log, and which stream each record is of, from which follows where its body stands.

import Domain

/// The plan of a group.
struct GroupPlan {
    let batches: [BatchHeader]
    /// Each with something in the group, in the order of their first records.
    let streams: [StreamKey]
    /// For each record its place in `streams`.
    let runs: [Int]
    /// Headers of the records without their streams, side by side.
    let rows: Octets
    /// Where the body of each record begins among all bodies, and where the last one ends.
    let bodyStarts: [Int]
    let bodyBytes: Int

    static let streamBytes = 16
    /// Where the stream stands in a record header.
    private static let streamOffset = 32
    static let rowBytes = RecordHeader.bytes - streamBytes
    /// Where a row has the instant and the ordinal. Both rise from record to record, so what is stored is by
    /// how much.
    static let risingOffsets = [16, 40]

    var recordCount: Int { runs.count }

    /// The order takes one to three bytes for each record.
    static func possibleBytes(of header: GroupHeader) -> ClosedRange<Int> {
        let fixed =
            Int(header.batchCount) * (BatchTable.rowBytes + BatchTable.chainBytes)
            + Int(header.recordCount) * rowBytes + Int(header.streamCount) * streamBytes
        return fixed + Int(header.recordCount)...fixed + 3 * Int(header.recordCount)
    }

    /// Where the body of a record stands among all bodies, sorted by stream.
    func body(of record: Int) -> Range<Int> {
        bodyStarts[record]..<bodyStarts[record] + length(record) - RecordHeader.bytes
    }

    /// Writes the header of a record to the front of the buffer, and moves that behind it.
    func writeHeader(of record: Int, to out: inout UnsafeMutableRawBufferPointer) {
        let stream = streams[runs[record]]
        rows.withUnsafeBytes { rows in
            let row = rows[record * Self.rowBytes..<(record + 1) * Self.rowBytes]
            out.write(row.prefix(Self.streamOffset))
            withUnsafeBytes(of: stream.high.littleEndian) { out.write($0[...]) }
            withUnsafeBytes(of: stream.low.littleEndian) { out.write($0[...]) }
            out.write(row.dropFirst(Self.streamOffset))
        }
    }

    private func length(_ record: Int) -> Int { Self.length(rows, record) }

    static func length(_ rows: Octets, _ record: Int) -> Int {
        rows.withUnsafeBytes {
            Int(
                UInt32(
                    littleEndian: $0.loadUnaligned(
                        fromByteOffset: record * rowBytes, as: UInt32.self)))
        }
    }

    /// Lays the bodies of each stream side by side.
    static func layOut(
        _ rows: Octets, _ runs: [Int], streams: Int
    ) -> (starts: [Int], end: Int) {
        var next = [Int](repeating: 0, count: streams)
        for record in runs.indices {
            next[runs[record]] += length(rows, record) - RecordHeader.bytes
        }
        var end = 0
        for run in next.indices { (next[run], end) = (end, end + next[run]) }
        let starts = runs.indices.map { record in
            defer { next[runs[record]] += length(rows, record) - RecordHeader.bytes }
            return next[runs[record]]
        }
        return (starts, end)
    }

    init(batches: [BatchHeader], streams: [StreamKey], runs: [Int], rows: Octets) {
        (self.batches, self.streams) = (batches, streams)
        (self.runs, self.rows) = (runs, rows)
        (bodyStarts, bodyBytes) = Self.layOut(rows, runs, streams: streams.count)
    }

    // MARK: Writing

    /// The plan for batches that follow each other.
    init(_ batches: [Batch]) {
        var rows: Octets = []
        var runs: [Int] = []
        var streams: [StreamKey] = []
        var known: [StreamKey: Int] = [:]
        for batch in batches {
            for index in 0..<batch.recordCount {
                let header = batch.bytes(of: index).prefix(RecordHeader.bytes)
                rows += header.prefix(Self.streamOffset)
                rows += header.dropFirst(Self.streamOffset + Self.streamBytes)
                var fields = FieldCursor(header.dropFirst(Self.streamOffset))
                let stream = StreamKey(high: fields.take(), low: fields.take())
                if known[stream] == nil {
                    known[stream] = streams.count
                    streams.append(stream)
                }
                runs.append(known[stream, default: 0])
            }
        }
        self.init(batches: batches.map(\.header), streams: streams, runs: runs, rows: rows)
    }

    /// The plan before compression.
    var encoded: Octets {
        var out = BatchTable.encoded(batches)
        out += ByteColumns.columns(of: risingRows, width: Self.rowBytes)
        for stream in streams {
            out.append(littleEndian: stream.high)
            out.append(littleEndian: stream.low)
        }
        var open = 0
        for run in runs {
            // Calls that began lately have the most events, so counting back from the newest is shorter.
            out.append(varint: UInt64(open - run))
            open = max(open, run + 1)
        }
        return out
    }

    /// The rows with the rise of what rises.
    private var risingRows: Octets {
        var rows = rows
        for offset in Self.risingOffsets {
            var last: UInt64 = 0
            Self.replace(&rows, offset) { value in
                defer { last = value }
                return value &- last
            }
        }
        return rows
    }

    /// Puts something else in place of a number in each row.
    static func replace(_ rows: inout Octets, _ offset: Int, _ change: (UInt64) -> UInt64) {
        rows.withUnsafeMutableBytes { rows in
            for start in stride(from: offset, to: rows.count, by: rowBytes) {
                let value = UInt64(
                    littleEndian: rows.loadUnaligned(fromByteOffset: start, as: UInt64.self))
                rows.storeBytes(
                    of: change(value).littleEndian, toByteOffset: start, as: UInt64.self)
            }
        }
    }
}
