// The log as the rest of the program writes it.

package import Domain
import Glibc
import Synchronization

/// An open log with its writer's thread.
package final class EventLog: Sendable {
    /// Of this writer: one more with each start.
    package let epoch: UInt64
    /// The last event when the log was opened; 0 for a new log.
    package let lastNumber: EventNumber
    /// What was cut off when the log was opened: to be recorded by whoever opened it.
    package let torn: TornTailCut?
    private let queue: WriterQueue
    private let thread: Mutex<pthread_t?>
    private let lock: Mutex<LogLock?>

    /// Locks the log in a directory, finds its end, and starts the writer.
    package static func open(
        _ directory: String, options: LogOptions = LogOptions(), codec: EventCodec,
        observer: LogObserver
    ) throws(LogError) -> EventLog {
        let lock = try prepare(directory)
        let marks = try marks(in: directory)
        let supply = SegmentSupply(directory: directory, segmentBytes: options.segmentBytes)
        let end = try end(of: directory, marks, supply, lock)
        let queue = WriterQueue(codec: codec, durable: end.lastEvent)
        let writer = LogWriter(
            queue: queue, observer: observer, options: options, supply: supply, marks: marks,
            epoch: lock.epoch, segment: end.segment, chain: end.chain, written: end.lastEvent)
        return EventLog(queue: queue, lock: lock, end: end, thread: try start(writer))
    }

    private static func end(
        of directory: String, _ marks: CommitMarks, _ supply: SegmentSupply, _ lock: LogLock
    ) throws(LogError) -> Recovery {
        if let found = try Recovery.run(directory, marks: marks) { return found }
        return try create(supply, epoch: lock.epoch)
    }

    private static func prepare(_ directory: String) throws(LogError) -> LogLock {
        do throws(SystemCallFailure) {
            try LogFile.makeDirectory(directory)
        } catch { throw .unavailable(error) }
        return try LogLock(directory)
    }

    private static func marks(in directory: String) throws(LogError) -> CommitMarks {
        do throws(SystemCallFailure) {
            return try CommitMarks(directory, forWriting: true)
        } catch { throw .unavailable(error) }
    }

    private init(queue: WriterQueue, lock: LogLock, end: Recovery, thread: pthread_t) {
        self.queue = queue
        epoch = lock.epoch
        lastNumber = end.lastEvent
        torn = end.torn
        self.lock = Mutex(lock)
        self.thread = Mutex(thread)
    }

    /// Runs the writer on a thread of its own, which is its only owner from then on.
    private static func start(_ writer: LogWriter) throws(LogError) -> pthread_t {
        var started = pthread_t()
        let box = Unmanaged.passRetained(writer)
        let result = pthread_create(
            &started, nil,
            { argument in
                guard let argument else { return nil }
                Unmanaged<LogWriter>.fromOpaque(argument).takeRetainedValue().run()
                return nil
            }, box.toOpaque())
        guard result == 0 else {
            box.release()
            throw .unavailable(
                SystemCallFailure(call: "pthread_create", path: "the writer", number: result))
        }
        return started
    }

    /// The first segment of a new log.
    private static func create(
        _ supply: SegmentSupply, epoch: UInt64
    ) throws(LogError) -> Recovery {
        let logID = (0..<16).map { _ in UInt8.random(in: 0...255) }
        let chain = Chain.genesis(logID: logID)
        let header = SegmentHeader(
            logID: logID, number: 1, firstEvent: 1, epoch: epoch,
            salt: UInt64.random(in: .min ... .max), segmentBytes: UInt64(supply.segmentBytes),
            previousLength: 0, previousChain: chain,
            created: WallTime(nanoseconds: Monotonic.wall))
        do throws(SystemCallFailure) {
            if !supply.hasSpare { _ = try supply.replenish() }
            guard let segment = try supply.take(header) else {
                throw SystemCallFailure(
                    call: "fallocate", path: supply.directory, number: ENOSPC)
            }
            return Recovery(segment: segment, lastEvent: 0, chain: chain, torn: nil)
        } catch { throw .unavailable(error) }
    }

    /// Hands over events, which are encoded at once and written soon. Their numbers follow each other.
    /// To be called from one thread at a time; does not wait for the disk.
    package func append(_ records: [Record]) {
        if !records.isEmpty { queue.append(records) }
    }

    /// Every event up to this one is on disk. From any thread.
    package var durableNumber: EventNumber { queue.durable }

    /// Whether some process writes the log in a directory now.
    package static func isBeingWritten(_ directory: String) -> Bool { LogLock.isHeld(directory) }

    /// Bytes of events that wait for the writer.
    package var pendingBytes: Int { queue.pendingBytes }

    /// Writes what is left and ends the thread. Once.
    package func close() {
        queue.close()
        let running = thread.withLock { thread in
            defer { thread = nil }
            return thread
        }
        if let running { pthread_join(running, nil) }
        lock.withLock { $0 = nil }
    }
}
