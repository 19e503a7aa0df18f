// The disk of the machine: Linux's system calls, as they are.

import Domain
import Glibc

/// Files of the operating system.
package struct HostDisk: Disk {
    package init() {}

    package func open(
        _ path: String, _ access: DiskAccess
    ) throws(SystemCallFailure) -> any DiskFile {
        try HostFile(path, access.flags)
    }

    package func exists(_ path: String) -> Bool { Glibc.access(path, F_OK) == 0 }

    package func names(in directory: String) throws(SystemCallFailure) -> [String] {
        guard let stream = opendir(directory) else {
            throw SystemCallFailure(call: "opendir", path: directory, number: errno)
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

    package func makeDirectory(_ path: String) throws(SystemCallFailure) {
        guard mkdir(path, 0o750) == 0 || errno == EEXIST else {
            throw SystemCallFailure(call: "mkdir", path: path, number: errno)
        }
    }

    package func canonicalPath(_ directory: String) -> String {
        guard let path = realpath(directory, nil) else { return directory }
        defer { free(path) }
        return String(cString: path)
    }

    package func syncDirectory(_ path: String) throws(SystemCallFailure) {
        let directory = try HostFile(path, O_RDONLY | O_DIRECTORY)
        guard fsync(directory.descriptor) == 0 else {
            throw SystemCallFailure(call: "fsync", path: path, number: errno)
        }
    }

    package func rename(_ path: String, to target: String) throws(SystemCallFailure) {
        guard Glibc.rename(path, target) == 0 else {
            throw SystemCallFailure(call: "rename", path: path, number: errno)
        }
    }

    package func remove(_ path: String) throws(SystemCallFailure) {
        guard unlink(path) == 0 || errno == ENOENT else {
            throw SystemCallFailure(call: "unlink", path: path, number: errno)
        }
    }

    package func freeBytes(in directory: String) -> UInt64? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    package func lock(_ file: any DiskFile) -> Bool {
        guard let file = file as? HostFile else { return false }
        return Self.lock(file.descriptor, F_OFD_SETLK) != nil
    }

    package func isLocked(_ path: String) -> Bool {
        guard let file = try? HostFile(path, O_RDONLY) else { return false }
        return Self.lock(file.descriptor, F_OFD_GETLK)?.l_type == Int16(F_WRLCK)
    }

    /// A lock on the whole file, which ends with the open file and so with the process; nil when it
    /// cannot be had.
    private static func lock(_ descriptor: Int32, _ command: Int32) -> flock? {
        var request = flock()
        request.l_type = Int16(F_WRLCK)
        request.l_whence = Int16(SEEK_SET)
        return fcntl(descriptor, command, &request) == 0 ? request : nil
    }
}

extension DiskAccess {
    fileprivate var flags: Int32 {
        switch self {
        case .read: O_RDONLY
        case .update: O_RDWR
        case .create: O_RDWR | O_CREAT
        case .replace: O_RDWR | O_CREAT | O_TRUNC
        }
    }
}

/// An open file descriptor.
final class HostFile: DiskFile {
    let descriptor: Int32
    let path: String

    fileprivate init(_ path: String, _ flags: Int32) throws(SystemCallFailure) {
        descriptor = Glibc.open(path, flags | O_CLOEXEC, 0o640)
        self.path = path
        guard descriptor >= 0 else { throw failure("open") }
    }

    deinit { close(descriptor) }

    private func failure(_ call: String, _ number: Int32 = errno) -> SystemCallFailure {
        SystemCallFailure(call: call, path: path, number: number)
    }

    var bytes: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    func readOnce(
        _ buffer: UnsafeMutableRawBufferPointer, at offset: Int
    ) throws(SystemCallFailure) -> Int {
        let result = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        guard result >= 0 else { throw failure("read") }
        return result
    }

    func writeOnce(
        _ buffer: UnsafeRawBufferPointer, at offset: Int
    ) throws(SystemCallFailure) -> Int {
        let result = pwrite(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
        guard result >= 0 else { throw failure("write") }
        return result
    }

    func sync() throws(SystemCallFailure) {
        guard fdatasync(descriptor) == 0 else { throw failure("fdatasync") }
    }

    func allocate(_ count: Int) throws(SystemCallFailure) {
        let result = posix_fallocate(descriptor, 0, off_t(count))
        guard result == 0 else { throw failure("fallocate", result) }
    }

    /// Whole blocks, as `O_DIRECT` wants them, in memory that is aligned to a page. What the page
    /// cache had of the file is dropped, so that ordinary reads see the disk from then on, too.
    func readUncached(at offset: Int, count: Int) throws(SystemCallFailure) -> Octets {
        let direct = try HostFile(path, O_RDONLY | O_DIRECT)
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
        let start = offset / 4_096 * 4_096
        let end = min((offset + count + 4_095) / 4_096 * 4_096, (bytes + 4_095) / 4_096 * 4_096)
        guard end > start else { return [] }
        let memory = UnsafeMutableRawBufferPointer.allocate(
            byteCount: end - start, alignment: 4_096)
        defer { memory.deallocate() }
        var got = 0
        while got < memory.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: memory[got...])
            let result = try direct.readOnce(rest, at: start + got)
            if result == 0 { break }
            got += result
            // A part of a block is the end of the file; O_DIRECT cannot go on from there.
            if result % 4_096 != 0 { break }
        }
        let skipped = min(offset - start, got)
        return Octets(memory[skipped..<min(skipped + count, got)])
    }
}
