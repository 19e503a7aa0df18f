// One writer at a time. The lock dies with the process; the epoch in the file counts the writers that
// there have been, and is durable before the first write of each.

import Domain
import Glibc

/// The held lock of a log.
final class LogLock: Sendable {
    private let file: LogFile
    /// Of this writer; one more than that of the last.
    let epoch: UInt64

    static func path(_ directory: String) -> String { directory + "/LOCK" }

    init(_ directory: String) throws(LogError) {
        do throws(SystemCallFailure) {
            file = try LogFile(Self.path(directory), O_RDWR | O_CREAT)
        } catch { throw .unavailable(error) }
        guard Self.lock(file.descriptor, F_OFD_SETLK) != nil else {
            throw LogError(
                .locked, "another process writes the log in \(directory)",
                advice: "stop it, or use another data directory")
        }
        do throws(SystemCallFailure) {
            let text = try file.read(at: 0, count: 20)
            epoch = (UInt64(String(decoding: text.prefix { $0 != 0x0a }, as: UTF8.self)) ?? 0) + 1
            let digits = String(epoch)
            let padded = String(repeating: "0", count: 19 - digits.count) + digits + "\n"
            try file.write(Octets(padded.utf8), at: 0)
            try file.sync()
        } catch { throw .unavailable(error) }
    }

    /// Whether some process writes the log now.
    static func isHeld(_ directory: String) -> Bool {
        guard let file = try? LogFile(path(directory), O_RDONLY) else { return false }
        return lock(file.descriptor, F_OFD_GETLK)?.l_type == Int16(F_WRLCK)
    }

    /// A lock on the whole file; nil when it cannot be had.
    private static func lock(_ descriptor: Int32, _ command: Int32) -> flock? {
        var request = flock()
        request.l_type = Int16(F_WRLCK)
        request.l_whence = Int16(SEEK_SET)
        let result = fcntl(descriptor, command, &request)
        return result == 0 ? request : nil
    }
}

extension LogError {
    static func unavailable(_ failure: SystemCallFailure) -> LogError {
        LogError(
            .unavailable, failure.description,
            advice: "check that the directory exists, is writable, and has space")
    }
}
