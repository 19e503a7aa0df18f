// The one that writes: makes batches of what has gathered, syncs them, and only then says so. It has no
// thread and no clock of its own, so that a test can crash it at every step.

package import Domain

/// The state of the end of a log. Used by one thread at a time.
package final class LogWriter {
    let directory: String
    package let epoch: UInt64
    private let host: LogHost
    private let options: LogOptions
    private let supply: SegmentSupply
    private var marks: CommitMarks
    private(set) var segment: Segment
    private var end: Int
    private var chain: Octets
    private var compressor: BatchCompressor
    private var sample = DictionarySample()
    private var written: EventNumber
    /// The last event that is on disk.
    package private(set) var durable: EventNumber
    private var lastMark: Int64 = 0
    /// When the commit before began.
    private var lastCommit: Int64?

    private static let markInterval: Int64 = 100_000_000

    init(
        _ directory: String, _ recovery: Recovery, marks: CommitMarks, epoch: UInt64,
        options: LogOptions, host: LogHost
    ) {
        self.directory = directory
        self.epoch = epoch
        self.host = host
        self.options = options
        supply = SegmentSupply(
            directory: directory, segmentBytes: options.segmentBytes, disk: host.disk)
        self.marks = marks
        segment = recovery.segment
        end = recovery.end
        chain = recovery.chain
        written = recovery.lastEvent
        durable = recovery.lastEvent
        compressor = BatchCompressor(recovery.segment.dictionary)
    }

    /// Whether the mark is behind what is on disk.
    var isMarkBehind: Bool { marks.mark.durable < durable }

    /// Whether there is a file for what must still be recorded.
    var hasBallast: Bool { supply.hasBallast }

    /// Bytes of the segment that are used.
    package var usedBytes: Int { end }

    /// Writes and syncs all records of a buffer. Returns the last event, which is on disk then.
    /// `needsSegment` is asked again and again when there is no file to roll to; it waits, and throws
    /// to give up.
    package func commit(
        _ filled: FillBuffer, needsSegment: () throws(SystemCallFailure) -> Void
    ) throws(SystemCallFailure) {
        var index = 0
        var bytes: Octets = []
        let effort = effort()
        if isOld { try roll(.age, needsSegment) }
        while index < filled.count {
            let room = Int(clamping: segment.header.segmentBytes) - segment.header.dataOffset
            let contents = filled.contents(
                of: filled.batch(from: index, rawLimit: min(Limits.batchBytes, room / 2)))
            let payload = contents.payload(epoch: epoch)
            let (batch, next) = encoded(contents, payload, effort)
            if end + bytes.count + batch.count <= Int(clamping: segment.header.segmentBytes) {
                bytes += batch
                chain = next
                written = contents.lastEvent
                sample.add(payload)
                index += contents.count
            } else {
                precondition(
                    end + bytes.count > segment.header.dataOffset,
                    "an event is larger than a segment")
                try store(bytes)
                bytes = []
                try roll(.size, needsSegment)
            }
        }
        try store(bytes)
    }

    /// Who commits often is pressed for time, and has less of it for each.
    private func effort() -> BatchCompressor.Effort {
        let now = host.monotonic()
        defer { lastCommit = now }
        guard let lastCommit else { return .hard }
        return now - lastCommit >= Limits.hardCommitSpacing.nanoseconds ? .hard : .fast
    }

    private func encoded(
        _ contents: BatchContents, _ payload: Octets, _ effort: BatchCompressor.Effort
    ) -> (bytes: Octets, chain: Octets) {
        let next = Chain.next(
            after: chain, firstEvent: contents.firstEvent, epoch: epoch,
            leaves: Chain.leaves(contents.raw, ends: contents.ends))
        let setting = BatchContents.Setting(
            epoch: epoch, salt: segment.header.salt, durableThrough: durable,
            previousChain: chain, chain: next)
        return (contents.encoded(setting, payload, compressor, effort), next)
    }

    private func store(_ bytes: Octets) throws(SystemCallFailure) {
        guard !bytes.isEmpty else { return }
        try segment.file.write(bytes, at: end)
        try segment.file.sync()
        end += bytes.count
        durable = written
        if options.hasStrictMarks { try mark() }
    }

    // MARK: Rolling

    private var isOld: Bool {
        end > segment.header.dataOffset
            && host.wall() - segment.header.created > options.segmentAge
    }

    /// Goes on in a new segment. The old one is whole and synced, and the mark says so.
    private func roll(
        _ reason: Closure, _ needsSegment: () throws(SystemCallFailure) -> Void
    ) throws(SystemCallFailure) {
        try mark()
        let dictionary =
            sample.dictionary(segmentBytes: options.segmentBytes) ?? segment.dictionary
        let header = nextHeader(reason, dictionary)
        while true {
            if let next = try supply.take(header, dictionary) {
                segment = next
                end = next.header.dataOffset
                compressor = BatchCompressor(dictionary)
                return
            }
            try needsSegment()
        }
    }

    private func nextHeader(
        _ reason: Closure, _ dictionary: CompressionDictionary?
    ) -> SegmentHeader {
        SegmentHeader(
            logID: segment.header.logID, number: segment.header.number + 1,
            firstEvent: written + 1, epoch: epoch, salt: host.random(), segmentBytes: 0,
            previousLength: UInt64(end), previousClosure: reason, previousChain: chain,
            created: host.wall(), dictionary: dictionary)
    }

    /// Begins a new segment after one that cannot be written.
    func leaveSealed() throws(SystemCallFailure) {
        try roll(.none) { () throws(SystemCallFailure) in try makeFile() }
    }

    /// Makes a file for a segment, where no keeper does.
    func makeFile() throws(SystemCallFailure) { try supply.replenish() }

    // MARK: Marks

    /// Writes the mark if it is behind and was not written just now.
    package func markIfDue() throws(SystemCallFailure) {
        if host.monotonic() - lastMark >= Self.markInterval { try mark() }
    }

    /// Writes the mark if it is behind.
    package func mark() throws(SystemCallFailure) {
        guard isMarkBehind else { return }
        try marks.advance(to: durable, chain: chain)
        lastMark = host.monotonic()
    }
}
