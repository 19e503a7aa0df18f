// The log as the rest of the program writes it.

package import Domain
import Glibc
import Synchronization

/// An open log with its threads: one that writes, and one that keeps it in order.
package final class EventLog: Sendable {
    package let directory: String
    /// Of this writer: one more with each start.
    package let epoch: UInt64
    /// The last event when the log was opened; 0 for a new log.
    package let lastNumber: EventNumber
    /// What was cut off when the log was opened: to be recorded by whoever opened it.
    package let torn: TornTailCut?
    /// What else was found that an operator should know.
    package let notices: [String]
    private let pace: DiskPace
    let codec: EventCodec
    let host: LogHost
    let queue: WriterQueue
    let appended: Mutex<AppendState>
    /// Held by a conditional append.
    let conditions = Mutex(())
    private let observer: LogObserver
    private let keeper: KeeperThread
    private let threads: Mutex<(writer: pthread_t, keeper: pthread_t)?>
    private let lock: Mutex<LogLock?>

    /// Locks the log in a directory, finds its end, and starts its threads.
    package static func open(
        _ directory: String, options: LogOptions = LogOptions(), codec: EventCodec,
        host: LogHost = .machine, observer: LogObserver
    ) throws(LogError) -> EventLog {
        let opening = try LogOpening.run(directory, options: options, host: host)
        return try EventLog(opening, options, codec, host, observer)
    }

    private init(
        _ opening: sending LogOpening, _ options: LogOptions, _ codec: EventCodec, _ host: LogHost,
        _ observer: LogObserver
    ) throws(LogError) {
        directory = opening.writer.directory
        epoch = opening.writer.epoch
        lastNumber = opening.writer.durable
        torn = opening.torn
        notices = opening.notices
        pace = DiskPace()
        self.codec = codec
        self.host = host
        let noting = opening.noting(observer)
        self.observer = noting
        queue = WriterQueue(codec: codec, durable: lastNumber)
        appended = Mutex(AppendState(epoch: opening.lastEpoch, lastNumber: lastNumber))
        keeper = KeeperThread(
            LogKeeper(directory, options: options, host: host), observer: noting)
        lock = Mutex(opening.lock)
        threads = Mutex(nil)
        let writing = WriterThread(
            opening.writer, queue: queue, observer: noting, pace: pace, options: options,
            host: host, keeper: keeper)
        let started = (
            writer: try LogThread.start(writing, named: "log-writer"),
            keeper: try LogThread.start(keeper, named: "log-keeper")
        )
        threads.withLock { $0 = started }
    }

    /// Every event up to this one is on disk. From any thread.
    package var durableNumber: EventNumber { queue.durable }

    /// Bytes of events that wait for the writer.
    package var pendingBytes: Int { queue.pendingBytes }

    /// What is to be done about the disk now.
    package var diskVerdict: DiskPace.Verdict { pace.verdict(at: host.monotonic()) }

    /// Syncs since the start.
    package var syncCount: UInt64 { pace.count }

    /// The time that this share of the latest syncs took at most; zero when there was none for a while.
    package func syncTime(_ share: Double) -> Duration {
        pace.percentile(share, at: host.monotonic())
    }

    /// Gives the disk up: its sync hangs. The observer is told, as of every failure.
    package func abandon() {
        queue.fail()
        observer.fatal(
            .failedDisk(
                SystemCallFailure(call: "fdatasync", path: directory, number: ETIMEDOUT),
                segment: nil, event: durableNumber + 1))
    }

    /// Waits until an event is on disk. False when the disk failed: then it is not known.
    package func waitDurable(_ number: EventNumber) -> Bool { queue.waitDurable(number) }

    /// Whether some process writes the log in a directory now.
    package static func isBeingWritten(_ directory: String, host: LogHost = .machine) -> Bool {
        host.disk.isLocked(LogLock.path(directory))
    }

    /// Writes what is left and ends the threads. Once.
    package func close() {
        // The keeper first: then the writer alone makes files, and may still need one.
        keeper.stop()
        if let running = threads.withLock({ $0.take() }) {
            pthread_join(running.keeper, nil)
            queue.close()
            pthread_join(running.writer, nil)
        }
        lock.withLock { $0 = nil }
    }
}
