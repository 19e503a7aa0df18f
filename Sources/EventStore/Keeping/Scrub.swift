// Sealed segments are read and proven again, a few at a time, so that what a disk loses is known while
// there are still copies of it. A full pass takes a week at most.

import Domain

/// The round through the sealed segments of a log.
struct Scrub {
    private let directory: String
    private let host: LogHost
    private var last: String
    private var due: Int64

    private static let day: Int64 = 86_400_000_000_000
    private static let shortestInterval: Int64 = 10_000_000_000

    private var path: String { directory + "/SCRUB" }

    init(_ directory: String, host: LogHost) {
        self.directory = directory
        self.host = host
        due = host.monotonic() + Self.shortestInterval
        last = ""
        guard let file = try? host.disk.open(path, .read),
            let text = try? file.read(at: 0, count: 24)
        else { return }
        // Where the round went on before the restart; anything else is where it begins.
        last = String(decoding: text, as: UTF8.self)
    }

    /// Verifies the next segment, if it is time for it. Nil when there is nothing to do.
    mutating func next() -> SegmentVerdict? {
        let now = host.monotonic()
        guard now >= due else { return nil }
        let names = (try? Segment.names(in: directory, on: host.disk)) ?? []
        // The last one is being written.
        let closed = names.dropLast()
        due = now + max(Self.shortestInterval, 7 * Self.day / Int64(closed.count + 1))
        guard let name = closed.first(where: { $0 > last }) ?? closed.first else { return nil }
        last = name
        if let file = try? host.disk.open(path, .create) {
            try? file.write(Octets(name.utf8), at: 0)
        }
        return LogVerifier.verify(directory, name, mark: .none, isLast: false, on: host.disk)
    }
}
