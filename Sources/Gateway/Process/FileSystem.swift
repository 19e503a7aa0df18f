// A log is worth what its file system does on a sync. Some do nothing, or ask a machine far away; on those
// an acknowledgement means little.

import CLinux
import Domain
import Foundation
import Glibc
import Logging

/// The file system that a directory is on.
struct FileSystem: Sendable {
    let directory: String
    /// Such as `ext4`; the number where it has no name here.
    let kind: String

    /// Magic numbers of statfs(2). What is not listed is allowed.
    private static let names: [Int: String] = [
        0xef53: "ext4", 0x5846_5342: "xfs", 0x9123_683e: "btrfs", 0x2fc1_2fc1: "zfs",
        0x0102_1994: "tmpfs", 0x6969: "nfs", 0x0102_1997: "9p", 0x6573_5546: "fuse",
        0xff53_4d42: "cifs", 0xfe53_4d42: "smb2", 0x794c_7630: "overlay",
    ]

    /// Where a sync promises nothing that we could pass on.
    private static let unsafe: Set<String> = ["nfs", "9p", "fuse", "cifs", "smb2"]

    init(holding directory: String) throws {
        self.directory = directory
        let magic = clinux_filesystem(directory)
        kind = Self.names[magic] ?? "0x" + String(magic, radix: 16)
    }

    /// Refuses what is known to be unsafe, unless the operator said that it is meant.
    func check(isAllowed: Bool) throws {
        guard Self.unsafe.contains(kind), !isAllowed else { return }
        throw SettingsError(
            "\(directory) is on \(kind), where a sync does not mean that data is on a disk; use a "
                + "local file system, or set allow_unsafe_filesystem to true if losing "
                + "acknowledged calls is acceptable")
    }

    /// Measures for up to a second, aside, how long a sync of 4 KiB takes, and says so.
    func measureSync(_ logger: Logger) {
        let path = directory + "/sync-probe"
        let kind = kind
        Thread.detachNewThread {
            let file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard file >= 0 else { return }
            defer {
                close(file)
                unlink(path)
            }
            var times: [Int64] = []
            let begin = SystemClock.instant
            let block = [UInt8](repeating: 0, count: 4_096)
            while times.count < 200, SystemClock.instant - begin < .seconds(1) {
                let start = SystemClock.instant
                guard pwrite(file, block, block.count, 0) == block.count, fdatasync(file) == 0
                else { return }
                times.append((SystemClock.instant - start).nanoseconds)
            }
            times.sort()
            logger.info(
                "the disk of the log",
                metadata: [
                    "filesystem": "\(kind)",
                    "sync_p50_us": "\(times[times.count / 2] / 1_000)",
                    "sync_p99_us": "\(times[times.count * 99 / 100] / 1_000)",
                ])
        }
    }
}
