// What the log asks of a disk, call by call: the real one answers in HostDisk, and the fault tests put
// one in its place that loses, tears, reorders and fails.

package import Domain

/// A system call that failed.
package struct SystemCallFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package let call: String
    package let path: String
    /// The `errno` value.
    package let number: Int32

    package init(call: String, path: String, number: Int32) {
        self.call = call
        self.path = path
        self.number = number
    }

    package var description: String { "\(call) of \(path) failed: \(SystemCall.message(number))" }

    /// Whether there was no space, which is a state to live through rather than a broken disk.
    package var isSpace: Bool { SystemCall.isSpace(number) }
}

/// How a file is opened.
package enum DiskAccess: Sendable {
    /// It must be there.
    case read
    case update
    /// Read and written; made when it is missing.
    case create
    /// Made, or emptied when it is there.
    case replace
}

/// A file system. Every method is one system call; a failure is the call's own.
package protocol Disk: Sendable {
    func open(_ path: String, _ access: DiskAccess) throws(SystemCallFailure) -> any DiskFile
    func exists(_ path: String) -> Bool
    /// Names in a directory, sorted.
    func names(in directory: String) throws(SystemCallFailure) -> [String]
    /// It may be there already.
    func makeDirectory(_ path: String) throws(SystemCallFailure)
    /// The one path of a directory, from the root and without links.
    func canonicalPath(_ directory: String) -> String
    /// Makes created, renamed and removed names durable.
    func syncDirectory(_ path: String) throws(SystemCallFailure)
    func rename(_ path: String, to target: String) throws(SystemCallFailure)
    func remove(_ path: String) throws(SystemCallFailure)
    /// What can still be written in a directory; nil when nobody knows.
    func freeBytes(in directory: String) -> UInt64?
    /// Whether an exclusive lock on the file could be had; it ends with the file.
    func lock(_ file: any DiskFile) -> Bool
    func isLocked(_ path: String) -> Bool
}

extension Disk {
    /// A disk without links and without a working directory has no other paths.
    package func canonicalPath(_ directory: String) -> String { directory }
}

/// An open file, closed with its last owner.
package protocol DiskFile: AnyObject, Sendable {
    var path: String { get }
    /// Size in bytes.
    var bytes: Int { get }
    /// One `pread`: as many as it gives, 0 at the end.
    func readOnce(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int)
        throws(SystemCallFailure) -> Int
    /// One `pwrite`: as many as it takes.
    func writeOnce(_ buffer: UnsafeRawBufferPointer, at offset: Int)
        throws(SystemCallFailure) -> Int
    /// What the disk itself has, whatever the page cache says (`O_DIRECT`).
    func readUncached(at offset: Int, count: Int) throws(SystemCallFailure) -> Octets
    /// Gives the file blocks up to a size (`posix_fallocate`).
    func allocate(_ count: Int) throws(SystemCallFailure)
    /// `fdatasync`.
    func sync() throws(SystemCallFailure)
}

extension DiskFile {
    /// Fewer bytes than asked for only at the end of the file.
    func read(at offset: Int, count: Int) throws(SystemCallFailure) -> Octets {
        var failure: SystemCallFailure?
        let bytes = Octets(unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                do throws(SystemCallFailure) {
                    let rest = UnsafeMutableRawBufferPointer(
                        UnsafeMutableBufferPointer(rebasing: buffer[initialized...]))
                    let got = try readOnce(rest, at: offset + initialized)
                    if got == 0 { return }
                    initialized += got
                } catch  where SystemCall.isInterruption(error.number) {
                    continue
                } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// All of it: interrupted and short writes are continued, every other failure is handed up.
    func write(_ bytes: Octets, at offset: Int) throws(SystemCallFailure) {
        try write(bytes[...], at: offset)
    }

    func write(_ bytes: ArraySlice<UInt8>, at offset: Int) throws(SystemCallFailure) {
        var done = 0
        while done < bytes.count {
            do throws(SystemCallFailure) {
                done += try writeOnce(bytes.dropFirst(done), at: offset + done)
            } catch {
                guard SystemCall.isInterruption(error.number) else { throw error }
            }
        }
    }

    private func writeOnce(
        _ bytes: ArraySlice<UInt8>, at offset: Int
    ) throws(SystemCallFailure) -> Int {
        let result = bytes.withUnsafeBytes { buffer in
            Result { () throws(SystemCallFailure) in try writeOnce(buffer, at: offset) }
        }
        return try result.get()
    }

    /// Gives the file its blocks and writes zeros to them, so that later writes change no metadata.
    func fill(_ count: Int) throws(SystemCallFailure) {
        try allocate(count)
        let zeros = Octets(repeating: 0, count: min(count, 1_048_576))
        for offset in stride(from: 0, to: count, by: zeros.count) {
            try write(zeros.prefix(count - offset), at: offset)
        }
        try sync()
    }
}
