// Time on the clock and on the processors, and the line in which a command reports its figures.

import Domain
import Glibc

/// Runs from its making.
struct Stopwatch {
    private let started = Self.now
    private let cpu = Self.cpuNow

    /// Since the start.
    var nanoseconds: Int64 { Self.now - started }
    /// User and system time of the whole process since the start.
    var cpuNanoseconds: Int64 { Self.cpuNow - cpu }

    static var now: Int64 { reading(CLOCK_MONOTONIC) }
    /// Since 1970.
    static var wall: Int64 { reading(CLOCK_REALTIME) }
    private static var cpuNow: Int64 { reading(CLOCK_PROCESS_CPUTIME_ID) }

    private static func reading(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}

/// Named whole numbers, printed as one JSON object.
struct Figures {
    private var members: [JSON.Member] = []

    mutating func add(_ name: String, _ value: some BinaryInteger) {
        members.append(JSON.Member(name, .integer(Int64(clamping: value))))
    }

    mutating func add(_ name: String, _ figures: Figures) {
        members.append(JSON.Member(name, .object(figures.members)))
    }

    /// The usual two of something that was timed.
    mutating func add(_ watch: Stopwatch) {
        add("nanoseconds", watch.nanoseconds)
        add("cpu_nanoseconds", watch.cpuNanoseconds)
    }

    func print() { Swift.print(JSON.object(members).text) }
}
