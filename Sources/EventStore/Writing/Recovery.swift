// Where a log ends. What was acknowledged is never cut: a tail goes only when it is certain that
// nothing in it was promised to anybody, and everything else is damage, reported and left alone.

import Domain

/// What was found at the end of a log.
struct Recovery {
    var segment: Segment
    /// Where the next batch goes.
    var end: Int
    var lastEvent: EventNumber
    var chain: Octets
    /// The latest writer that left something.
    var epoch: UInt64
    var torn: TornTailCut?
    /// What is to be cut before the log is written.
    private var tail: Tail?

    /// A log that has only its first segment, and nothing in it.
    init(new segment: Segment) {
        self.init(
            segment: segment, end: segment.header.dataOffset, lastEvent: 0,
            chain: segment.header.previousChain, epoch: segment.header.epoch)
    }

    private init(
        segment: Segment, end: Int, lastEvent: EventNumber, chain: Octets, epoch: UInt64
    ) {
        self.segment = segment
        self.end = end
        self.lastEvent = lastEvent
        self.chain = chain
        self.epoch = epoch
    }

    /// Finds the end of a log; nil when there is no log yet. Changes nothing. After a failure of the
    /// disk what it has is read past the page cache, which may hold what never reached it.
    static func find(
        _ directory: String, marks: CommitMarks, on disk: any Disk, isUncached: Bool
    ) throws(LogError) -> Recovery? {
        let names = try Segment.names(in: directory, on: disk)
        guard let last = names.last else {
            guard marks.mark.durable == 0 else { throw .noSegments(marks.mark.durable) }
            return nil
        }
        try SegmentOrder.check(directory, names, on: disk)
        let segment = try Segment.open(directory + "/" + last, on: disk, .update)
        if isUncached { try reread(segment) }
        var cursor = SegmentCursor(segment, check: .framed)
        let fault = try walk(&cursor, to: marks.mark)
        var found = Recovery(
            segment: segment, end: cursor.offset, lastEvent: cursor.lastEvent,
            chain: cursor.chain, epoch: max(cursor.epoch, segment.header.epoch))
        if segment.header.isSealed {
            guard fault == nil, cursor.offset == Int(clamping: segment.header.segmentBytes) else {
                throw .damaged(
                    (fault ?? .end).reason, segment: segment.name, offset: cursor.offset,
                    event: cursor.lastEvent + 1)
            }
            if marks.mark.durable > cursor.lastEvent {
                throw .missingAfter(segment.name, cursor.lastEvent, marks.mark.durable)
            }
            return found
        }
        let tail = try Tail(of: cursor, fault: fault ?? .empty)
        switch tail.verdict(mark: marks.mark) {
        case .clean: if tail.isShort { found.tail = tail }
        case .torn: found.tail = tail
        case .damaged(let reason):
            throw .damaged(
                reason, segment: segment.name, offset: cursor.offset, event: cursor.lastEvent + 1)
        }
        return found
    }

    /// Makes the page cache show what the disk has.
    private static func reread(_ segment: Segment) throws(LogError) {
        do throws(SystemCallFailure) {
            let disk = try segment.file.readUncached(at: 0, count: segment.file.bytes)
            let cache = try segment.file.read(at: 0, count: segment.file.bytes)
            if disk == cache { return }
        } catch { throw .cannotReread(error) }
        throw LogError(
            .needsReboot,
            "after a failure of the disk, memory shows other bytes than the disk has",
            advice: "reboot the machine, then start again; nothing was changed",
            segment: segment.name)
    }

    /// Goes to the last whole batch, and holds the chain against the mark on the way.
    private static func walk(
        _ cursor: inout SegmentCursor, to mark: CommitMarks.Mark
    ) throws(LogError) -> Batch.Fault? {
        do throws(Batch.Fault) {
            repeat {
                guard mark.agrees(with: cursor.chain, after: cursor.lastEvent) else { throw .chain }
            } while try cursor.next() != nil
            return nil
        } catch {
            return error
        }
    }

    /// What the last writer left in the page cache counts from now on, so it has to be on the disk: that
    /// writer may have died between a write and its sync.
    func settle(_ directory: String, on disk: any Disk) throws(SystemCallFailure) {
        try segment.file.sync()
        try disk.syncDirectory(directory)
    }

    /// Keeps a copy of a torn tail under `torn/`, and puts zeros in its place. Only for the writer.
    mutating func cut(_ directory: String, on disk: any Disk) throws(SystemCallFailure) {
        guard let tail else { return }
        self.tail = nil
        if tail.isShort { try segment.file.fillRest(Int(clamping: segment.header.segmentBytes)) }
        guard tail.length > 0 else { return }
        let folder = directory + "/torn"
        try disk.makeDirectory(folder)
        let copy = try disk.open("\(folder)/\(segment.name).\(tail.offset)", .replace)
        try copy.write(tail.remains, at: 0)
        try copy.sync()
        try disk.syncDirectory(folder)
        try disk.syncDirectory(directory)
        try segment.file.write(Octets(repeating: 0, count: tail.length), at: tail.offset)
        try segment.file.sync()
        torn = TornTailCut(
            segment: segment.name, offset: UInt64(tail.offset), length: UInt64(tail.length),
            digest: Chain.digest(tail.remains))
    }
}

extension DiskFile {
    /// Makes a file that was cut short as long as it was, with zeros.
    fileprivate func fillRest(_ size: Int) throws(SystemCallFailure) {
        let end = bytes
        try allocate(size)
        let zeros = Octets(repeating: 0, count: 65_536)
        for offset in stride(from: end, to: size, by: zeros.count) {
            try write(zeros.prefix(size - offset), at: offset)
        }
        try sync()
    }
}
