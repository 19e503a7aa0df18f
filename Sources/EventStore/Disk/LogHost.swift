// The machine that a log lives on: its disk, its clocks and its randomness are given, not reached for,
// so that a test can have all of them.

package import Domain
import Glibc

/// What a log uses of its machine.
package struct LogHost: Sendable {
    package var disk: any Disk
    /// Nanoseconds of the clock that never goes back.
    package var monotonic: @Sendable () -> Int64
    package var wall: @Sendable () -> WallTime
    package var random: @Sendable () -> UInt64
    /// Changes with each boot of the machine.
    package var bootID: String
    /// A directory on another disk, if there is one, for the note that the log's disk failed. It must
    /// not outlive a boot for the note's sake, but may.
    package var noteDirectory: String

    package init(
        disk: any Disk, monotonic: @escaping @Sendable () -> Int64,
        wall: @escaping @Sendable () -> WallTime, random: @escaping @Sendable () -> UInt64,
        bootID: String, noteDirectory: String
    ) {
        self.disk = disk
        self.monotonic = monotonic
        self.wall = wall
        self.random = random
        self.bootID = bootID
        self.noteDirectory = noteDirectory
    }

    /// This machine.
    package static let machine = LogHost(
        disk: HostDisk(), monotonic: { reading(CLOCK_MONOTONIC) },
        wall: { WallTime(nanoseconds: reading(CLOCK_REALTIME)) },
        random: { UInt64.random(in: .min ... .max) }, bootID: currentBootID,
        noteDirectory: geteuid() == 0 ? "/run/trunkline" : "/tmp/trunkline-\(geteuid())")

    private static func reading(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static var currentBootID: String {
        guard let file = try? HostDisk().open("/proc/sys/kernel/random/boot_id", .read),
            let text = try? file.read(at: 0, count: 36)
        else { return "" }
        return String(decoding: text, as: UTF8.self)
    }
}
