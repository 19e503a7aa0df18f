// The snapshots of a log, beside it. Any of them may be missing or wrong: then an older one is used, or
// the whole log is folded.

package import Domain

/// A directory of snapshots.
package struct SnapshotStore: Sendable {
    package let directory: String
    private let codec: EventCodec
    private let disk: any Disk

    /// The directory is made when the first snapshot is written.
    package init(_ directory: String, codec: EventCodec, host: LogHost = .machine) {
        self.directory = directory
        self.codec = codec
        disk = host.disk
    }

    /// Where a fold begins: at a snapshot, or at the start of the log.
    package struct Beginning {
        /// Nil when there is none that can be trusted.
        package var snapshot: Snapshot?
        /// Its file's name.
        package var name: String?
        /// Stands behind the snapshot's last event.
        package var reader: LogReader
        /// Snapshots that are not used, and why.
        package var refused: [(name: String, doubt: SnapshotDoubt)]
    }

    /// The newest snapshot that a log bears out. The reader must be one of that log.
    package func beginning(_ reader: LogReader) -> Beginning {
        var refused: [(name: String, doubt: SnapshotDoubt)] = []
        for name in names {
            do throws(SnapshotDoubt) {
                let (snapshot, reader) = try open(name, in: reader)
                return Beginning(snapshot: snapshot, name: name, reader: reader, refused: refused)
            } catch { refused.append((name, error)) }
        }
        return Beginning(snapshot: nil, name: nil, reader: reader, refused: refused)
    }

    /// Names of the files, newest first.
    package var names: [String] {
        let found = try? disk.names(in: directory)
        return (found ?? []).filter { $0.count == 25 && $0.hasSuffix(".snap") }.reversed()
    }

    private func read(_ name: String) throws(SnapshotDoubt) -> SnapshotFile {
        let bytes: Octets
        do throws(SystemCallFailure) {
            let file = try disk.open(directory + "/" + name, .read)
            bytes = try file.read(at: 0, count: min(file.bytes, Limits.snapshotBytes))
        } catch { throw .unreadable("\(error)") }
        return try SnapshotFile(bytes, codec: codec)
    }

    /// A snapshot, and the reader behind its last event. The log must have the chain that the snapshot
    /// names there; that covers the log's identifier and every event, so it is enough.
    package func open(
        _ name: String, in reader: LogReader
    ) throws(SnapshotDoubt) -> (snapshot: Snapshot, reader: LogReader) {
        let file = try read(name)
        var reader = reader
        do throws(LogError) {
            try reader.seek(to: file.header.number)
        } catch { throw .otherLog }
        guard reader.position == file.header.number, reader.chain == file.header.chain else {
            throw .otherLog
        }
        return (file.snapshot, reader)
    }

    // MARK: Writing

    /// Writes a snapshot whole or not at all, reads it back, and removes all but the newest ones. The
    /// chain is that of the log after the batch with the snapshot's last event.
    package func write(_ snapshot: Snapshot, chain: Octets) throws(LogError) -> Written {
        let name = Self.name(snapshot.number)
        do throws(SystemCallFailure) {
            let bytes = SnapshotFile.encoded(snapshot, chain: chain, codec: codec)
            try disk.makeDirectory(directory)
            let unfinished = directory + "/unfinished"
            let file = try disk.open(unfinished, .replace)
            try file.write(bytes, at: 0)
            try file.sync()
            try disk.rename(unfinished, to: directory + "/" + name)
            try disk.syncDirectory(directory)
            for old in names.dropFirst(Limits.snapshots) { remove(old) }
            return Written(name: name, bytes: bytes.count, snapshot: try? read(name).snapshot)
        } catch { throw .unavailable(error) }
    }

    /// A snapshot that was written.
    package struct Written {
        package var name: String
        package var bytes: Int
        /// As it was read back; nil if it could not be.
        package var snapshot: Snapshot?
    }

    /// Removes a file; one that is gone is no failure.
    package func remove(_ name: String) { try? disk.remove(directory + "/" + name) }

    private static func name(_ number: EventNumber) -> String {
        let digits = String(number)
        return String(repeating: "0", count: 20 - digits.count) + digits + ".snap"
    }
}
