// A file of the log: the few system calls that matter, interrupted and short ones continued, every
// other failure handed up.

import Domain
import Glibc

/// A system call that failed.
struct SystemCallFailure: Error, CustomStringConvertible {
    let call: String
    let path: String
    let number: Int32

    var description: String { "\(call) of \(path) failed: \(String(cString: strerror(number)))" }
}

/// An open file. Closed with its owner.
final class LogFile: Sendable {
    let descriptor: Int32
    let path: String

    init(_ path: String, _ flags: Int32, mode: mode_t = 0o640) throws(SystemCallFailure) {
        descriptor = open(path, flags | O_CLOEXEC, mode)
        self.path = path
        guard descriptor >= 0 else {
            throw SystemCallFailure(call: "open", path: path, number: errno)
        }
    }

    deinit { close(descriptor) }

    var bytes: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    /// Fewer bytes than asked for only at the end of the file.
    func read(at offset: Int, count: Int) throws(SystemCallFailure) -> Octets {
        var failure: Int32 = 0
        let bytes = Octets(unsafeUninitializedCapacity: count) { buffer, initialized in
            while initialized < count {
                let result = pread(
                    descriptor, buffer.baseAddress.map { $0 + initialized }, count - initialized,
                    off_t(offset + initialized))
                if result == 0 { return }
                if result < 0 {
                    if errno == EINTR { continue }
                    failure = errno
                    return
                }
                initialized += result
            }
        }
        guard failure == 0 else {
            throw SystemCallFailure(call: "read", path: path, number: failure)
        }
        return bytes
    }

    func write(_ bytes: Octets, at offset: Int) throws(SystemCallFailure) {
        var done = 0
        while done < bytes.count {
            let result = bytes.withUnsafeBytes {
                pwrite(
                    descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done,
                    off_t(offset + done))
            }
            if result < 0 {
                if errno == EINTR { continue }
                throw SystemCallFailure(call: "write", path: path, number: errno)
            }
            done += result
        }
    }

    func sync() throws(SystemCallFailure) {
        guard fdatasync(descriptor) == 0 else {
            throw SystemCallFailure(call: "fdatasync", path: path, number: errno)
        }
    }

    /// Gives the file its blocks and writes zeros to them, so that later writes change no metadata.
    func fill(_ count: Int) throws(SystemCallFailure) {
        let result = posix_fallocate(descriptor, 0, off_t(count))
        guard result == 0 else {
            throw SystemCallFailure(call: "fallocate", path: path, number: result)
        }
        let zeros = Octets(repeating: 0, count: min(count, 1_048_576))
        for offset in stride(from: 0, to: count, by: zeros.count) {
            try write(Octets(zeros.prefix(count - offset)), at: offset)
        }
        try sync()
    }

    // MARK: Directories

    static func makeDirectory(_ path: String) throws(SystemCallFailure) {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            throw SystemCallFailure(call: "mkdir", path: path, number: errno)
        }
    }

    /// Makes a created, renamed or removed name durable.
    static func syncDirectory(_ path: String) throws(SystemCallFailure) {
        let directory = try LogFile(path, O_RDONLY | O_DIRECTORY)
        guard fsync(directory.descriptor) == 0 else {
            throw SystemCallFailure(call: "fsync", path: path, number: errno)
        }
    }

    static func move(_ from: String, to: String) throws(SystemCallFailure) {
        guard rename(from, to) == 0 else {
            throw SystemCallFailure(call: "rename", path: from, number: errno)
        }
    }

    static func names(in path: String) throws(SystemCallFailure) -> [String] {
        guard let stream = opendir(path) else {
            throw SystemCallFailure(call: "opendir", path: path, number: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            names.append(name)
        }
        return names.sorted()
    }
}
