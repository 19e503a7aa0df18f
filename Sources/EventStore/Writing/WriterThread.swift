// When the writer writes. Alone, an event is synced at once. Under load a sync costs as much as several
// events, so more are let gather; and those that promise nothing wait for others.

import Domain
import Glibc
import Synchronization

/// The loop of the writer's own thread: a sync blocks, and must block nobody else.
final class WriterThread: ThreadLoop {
    private let writer: LogWriter
    private let queue: WriterQueue
    private let observer: LogObserver
    private let pace: DiskPace
    private let host: LogHost
    private let keeper: KeeperThread
    private let spacing: Int64
    private var filled = FillBuffer()
    private var recent = RecentSyncs()

    /// Events that promise nothing wait this long for others (`lazy`), and marks for a quiet moment.
    private static let longestWait: Int64 = 100_000_000

    init(
        _ writer: LogWriter, queue: WriterQueue, observer: LogObserver, pace: DiskPace,
        options: LogOptions, host: LogHost, keeper: KeeperThread
    ) {
        self.writer = writer
        self.queue = queue
        self.observer = observer
        self.pace = pace
        self.host = host
        self.keeper = keeper
        spacing = options.syncSpacing.nanoseconds
    }

    /// Runs until the queue is closed and empty, or the disk fails.
    func run() {
        do throws(SystemCallFailure) {
            while try step() {}
            try writer.mark()
        } catch {
            queue.fail()
            observer.fatal(
                .failedDisk(error, segment: writer.segment.name, event: writer.durable + 1))
        }
    }

    /// One round: rest, wait, write, sync. False when there will be no more.
    private func step() throws(SystemCallFailure) -> Bool {
        if recent.areWithin(2 * spacing) {
            // Whoever waits in a closed circle is all there when as many came as ever lately.
            queue.rest(until: recent.last + spacing, orUntil: recent.largest)
        }
        let due = writer.isMarkBehind || !queue.isEmpty ? host.monotonic() + Self.longestWait : nil
        switch queue.wait(until: due) {
        case .end: return false
        case .tend: break
        case .write: try write()
        }
        try writer.markIfDue()
        return true
    }

    private func write() throws(SystemCallFailure) {
        queue.take(&filled)
        recent.add(filled.count, at: host.monotonic())
        pace.began(at: recent.last)
        let segment = writer.segment.header.number
        try writer.commit(filled) { () throws(SystemCallFailure) in try waitForSegment() }
        pace.ended(at: host.monotonic())
        if writer.segment.header.number != segment { keeper.rolled(hasBallast: writer.hasBallast) }
        filled.removeAll()
        queue.reached(writer.durable)
        observer.durable(writer.durable)
    }

    /// Neither spare nor ballast: nothing can be promised until there is space again. Nobody else makes
    /// files when the log is being closed.
    private func waitForSegment() throws(SystemCallFailure) {
        pace.interrupted()
        if queue.isClosing {
            try writer.makeFile()
        } else {
            keeper.rolled(hasBallast: false)
            usleep(50_000)
        }
        pace.began(at: host.monotonic())
    }
}

/// The last 64 syncs: when each began, in monotonic nanoseconds, and how many events it had.
struct RecentSyncs {
    private var starts = [Int64](repeating: .min / 2, count: 64)
    private var counts = [Int](repeating: 1, count: 64)
    private var next = 0
    private(set) var last: Int64 = 0

    var largest: Int { counts.max() ?? 1 }

    /// Whether they came that fast, one after the other, on average.
    func areWithin(_ interval: Int64) -> Bool {
        last - starts[next] < interval * Int64(starts.count)
    }

    mutating func add(_ count: Int, at start: Int64) {
        starts[next] = start
        counts[next] = count
        next = (next + 1) % starts.count
        last = start
    }
}
