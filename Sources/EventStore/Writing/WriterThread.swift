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
    private var lastSync: Int64 = 0
    /// Whether events came while the last sync went on.
    private var isBusy = false
    /// How many events each of the last syncs had.
    private var crowds = RecentMaximum()

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

    /// One round: wait, write, sync. False when there will be no more.
    private func step() throws(SystemCallFailure) -> Bool {
        let due = writer.isMarkBehind || !queue.isEmpty ? host.monotonic() + Self.longestWait : nil
        var work = queue.wait(for: 1, until: due)
        if case .write = work, isBusy {
            // Whoever waits in a closed circle is all there when as many came as ever lately.
            work = queue.wait(for: crowds.value, until: lastSync + spacing)
        }
        switch work {
        case .end: return false
        case .tend: break
        case .write: try write()
        }
        try writer.markIfDue()
        return true
    }

    private func write() throws(SystemCallFailure) {
        queue.take(&filled)
        lastSync = host.monotonic()
        crowds.add(filled.count)
        pace.began(at: lastSync)
        let segment = writer.segment.header.number
        try writer.commit(filled) { () throws(SystemCallFailure) in try waitForSegment() }
        pace.ended(at: host.monotonic())
        if writer.segment.header.number != segment { keeper.rolled(hasBallast: writer.hasBallast) }
        filled.removeAll()
        queue.reached(writer.durable)
        observer.durable(writer.durable)
        isBusy = !queue.isEmpty
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

/// The largest of the last 64 values.
struct RecentMaximum {
    private var values = [Int](repeating: 1, count: 64)
    private var next = 0

    var value: Int { values.max() ?? 1 }

    mutating func add(_ value: Int) {
        values[next % values.count] = value
        next += 1
    }
}
