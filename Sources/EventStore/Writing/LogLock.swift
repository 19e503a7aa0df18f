// One writer at a time. The lock dies with the process; the epoch in the file counts the writers that
// there have been, and is durable before the first write of each.

import Domain
import Glibc

/// The held lock of a log.
final class LogLock: Sendable {
    private let file: any DiskFile
    /// Of the last writer that this file knows.
    let lastEpoch: UInt64

    static func path(_ directory: String) -> String { directory + "/LOCK" }

    init(_ directory: String, on disk: any Disk) throws(LogError) {
        do throws(SystemCallFailure) {
            file = try disk.open(Self.path(directory), .create)
        } catch { throw .unavailable(error) }
        let text: Octets
        do throws(SystemCallFailure) {
            text = try file.read(at: 0, count: 512)
        } catch { throw .unavailable(error) }
        let lines = text.split(separator: 0x0a).map { String(decoding: $0, as: UTF8.self) }
        guard disk.lock(file) else {
            let holder = lines.count > 1 ? " (\(lines[1]))" : ""
            throw LogError(
                .locked, "another process writes the log in \(directory)\(holder)",
                advice: "stop it, or use another data directory")
        }
        lastEpoch = lines.first.flatMap { UInt64($0) } ?? 0
    }

    /// Names this process as the writer, in the file.
    func claim(epoch: UInt64, bootID: String) throws(LogError) {
        let digits = String(epoch)
        let text =
            String(repeating: "0", count: max(0, 19 - digits.count)) + digits
            + "\nprocess \(getpid()), boot \(bootID)\n"
        let padded = Octets(text.utf8) + Octets(repeating: 0x20, count: max(0, 128 - text.count))
        do throws(SystemCallFailure) {
            try file.write(padded, at: 0)
            try file.sync()
        } catch { throw .unavailable(error) }
    }
}
