// Segment files are made before they are needed: a spare for the next roll, and a ballast that is used
// only when the disk is full, so that calls in progress can end and be recorded.

import Domain

/// The files that wait to become segments.
struct SegmentSupply {
    let directory: String
    let segmentBytes: Int
    let disk: any Disk

    private var spare: String { directory + "/spare" }
    private var ballast: String { directory + "/ballast" }

    /// Whether both are there.
    var isComplete: Bool { disk.exists(spare) && hasBallast }
    /// Whether there is a file for what must still be recorded.
    var hasBallast: Bool { disk.exists(ballast) }

    /// Makes one file that is missing, the ballast first, because it was used last. The failure that
    /// prevented it is no failure of the log: without space it goes on as long as there is ballast.
    func replenish() throws(SystemCallFailure) {
        for path in [ballast, spare] where !disk.exists(path) { return try make(path) }
    }

    private func make(_ path: String) throws(SystemCallFailure) {
        let unfinished = path + ".new"
        do throws(SystemCallFailure) {
            let file = try disk.open(unfinished, .replace)
            try file.fill(segmentBytes)
            try disk.rename(unfinished, to: path)
            try disk.syncDirectory(directory)
        } catch {
            try? disk.remove(unfinished)
            throw error
        }
    }

    /// Turns the spare, or else the ballast, into a segment. Nil when there is neither.
    func take(
        _ header: SegmentHeader, _ dictionary: CompressionDictionary?
    ) throws(SystemCallFailure) -> Segment? {
        guard let source = [spare, ballast].first(where: { disk.exists($0) }) else { return nil }
        let file = try disk.open(source, .update)
        // Shorter than any was made: the disk did not keep what it had promised to.
        if file.bytes < LogOptions.smallestSegmentBytes { try file.fill(segmentBytes) }
        var header = header
        header.segmentBytes = UInt64(file.bytes)
        // A writer that died just here may have left a longer dictionary, which would stand after the
        // last batch like the remains of a write.
        var front = header.front(dictionary: dictionary?.bytes ?? [])
        let longest = SegmentHeader.frontBytes + CompressionDictionary.largestBytes
        front += Octets(repeating: 0, count: max(0, min(longest, file.bytes) - front.count))
        try file.write(front, at: 0)
        try file.sync()
        let name = SegmentHeader.fileName(firstEvent: header.firstEvent)
        try disk.rename(source, to: directory + "/" + name)
        try disk.syncDirectory(directory)
        return Segment(file: file, header: header, dictionary: dictionary)
    }
}
