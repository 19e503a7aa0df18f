// Everything that happens before a log can be written: the lock, the marks, the end of the log, what
// must be cut, the epoch.

package import Domain

/// A log that is ready to be written.
package struct LogOpening {
    let lock: LogLock
    package let writer: LogWriter
    /// What was cut off.
    package let torn: TornTailCut?
    /// What else an operator should know.
    package let notices: [String]
    /// Of the writer before.
    package let lastEpoch: UInt64
    private let note: FailureNote

    /// Locks the log in a directory and finds its end.
    package static func run(
        _ directory: String, options: LogOptions, host: LogHost
    ) throws(LogError) -> LogOpening {
        let disk = host.disk
        let marks: CommitMarks
        do throws(SystemCallFailure) {
            try disk.makeDirectory(directory)
        } catch { throw .unavailable(error) }
        let lock = try LogLock(directory, on: disk)
        do throws(SystemCallFailure) {
            marks = try CommitMarks(directory, on: disk)
        } catch { throw .unavailable(error) }
        let note = FailureNote(directory, host: host)
        var found = try Recovery.find(
            directory, marks: marks, on: disk, isUncached: note.isOfThisBoot)
        let lastEpoch = max(lock.lastEpoch, found?.epoch ?? 0)
        try lock.claim(epoch: lastEpoch + 1, bootID: host.bootID)
        do throws(SystemCallFailure) {
            try found?.settle(directory, on: disk)
            try found?.cut(directory, on: disk)
            let recovery: Recovery
            if let found {
                recovery = found
            } else {
                recovery = try create(directory, lastEpoch + 1, options, host)
            }
            let writer = LogWriter(
                directory, recovery, marks: marks, epoch: lastEpoch + 1, options: options,
                host: host)
            if recovery.segment.header.isSealed { try writer.leaveSealed() }
            note.remove()
            return LogOpening(
                lock: lock, writer: writer, torn: recovery.torn,
                notices: notices(marks.mark.doubt(at: recovery.lastEvent), note),
                lastEpoch: lastEpoch, note: note)
        } catch {
            // Without space nothing was lost; after every other failure the cache may lie.
            if !error.isSpace { note.write(error.description) }
            throw .unavailable(error)
        }
    }

    private static func notices(_ doubt: String?, _ note: FailureNote) -> [String] {
        var notices: [String] = []
        if let doubt { notices.append(doubt + "; it is made anew") }
        if let reason = note.reason {
            notices.append(
                "the disk had failed under the last writer (\(reason)); the log was read again")
        }
        return notices
    }

    /// The first segment of a new log.
    private static func create(
        _ directory: String, _ epoch: UInt64, _ options: LogOptions, _ host: LogHost
    ) throws(SystemCallFailure) -> Recovery {
        var logID: Octets = []
        logID.append(littleEndian: host.random())
        logID.append(littleEndian: host.random())
        let chain = Chain.genesis(logID: logID)
        let dictionary = CompressionDictionary.starter(segmentBytes: options.segmentBytes)
        let header = SegmentHeader(
            logID: logID, number: 1, firstEvent: 1, epoch: epoch, salt: host.random(),
            segmentBytes: 0, previousLength: 0, previousClosure: .none, previousChain: chain,
            created: host.wall(), dictionary: dictionary)
        let supply = SegmentSupply(
            directory: directory, segmentBytes: options.segmentBytes, disk: host.disk)
        // The name of the directory itself must outlive a power cut.
        try host.disk.syncDirectory(parent(of: directory))
        if let segment = try supply.take(header, dictionary) { return Recovery(new: segment) }
        try supply.replenish()
        guard let segment = try supply.take(header, dictionary) else {
            throw SystemCallFailure(
                call: "fallocate", path: directory, number: SystemCall.noSpace)
        }
        return Recovery(new: segment)
    }

    private static func parent(of directory: String) -> String {
        guard let slash = directory.lastIndex(of: "/") else { return "." }
        return slash == directory.startIndex ? "/" : String(directory[..<slash])
    }

    /// An observer that also leaves a note when the disk fails, for the next start.
    package func noting(_ observer: LogObserver) -> LogObserver {
        var noting = observer
        noting.fatal = { [note] error in
            note.write(error.reason)
            observer.fatal(error)
        }
        return noting
    }
}
