// The one that writes: takes what has gathered, makes batches of it, syncs them, and only then says so.
// It has a thread of its own, because a sync blocks.

import Domain
import Glibc
import Synchronization

/// The state of the writer's thread. Used by one thread at a time.
final class LogWriter {
    private let queue: WriterQueue
    private let observer: LogObserver
    private let options: LogOptions
    private let supply: SegmentSupply
    private let marks: CommitMarks
    private let epoch: UInt64
    private var segment: Segment
    private var chain: Octets
    private var written: EventNumber
    private var filled = FillBuffer()
    private var lastSync: Int64 = 0
    private var lastMark: Int64 = 0
    private var isSpaceLow = false
    private var lastReplenish: Int64 = 0

    private static let markInterval: Int64 = 100_000_000
    private static let replenishInterval: Int64 = 1_000_000_000

    init(
        queue: WriterQueue, observer: LogObserver, options: LogOptions, supply: SegmentSupply,
        marks: CommitMarks, epoch: UInt64, segment: Segment, chain: Octets, written: EventNumber
    ) {
        self.queue = queue
        self.observer = observer
        self.options = options
        self.supply = supply
        self.marks = marks
        self.epoch = epoch
        self.segment = segment
        self.chain = chain
        self.written = written
    }

    /// Runs until the queue is closed and empty, or the disk fails.
    func run() {
        do throws(SystemCallFailure) {
            try replenish()
            while try step() {}
            try mark()
        } catch {
            queue.fail()
            observer.fatal(
                LogError(
                    .failedDisk, error.description,
                    advice: "events after \(written) may be lost; check the disk before the next "
                        + "start", segment: segment.name, offset: UInt64(segment.end),
                    event: written + 1))
        }
    }

    /// One round: wait, write, sync. False when there will be no more.
    private func step() throws(SystemCallFailure) -> Bool {
        let isMarkDue = marks.mark.durable < written
        guard queue.wait(forMarks: isMarkDue || isSpaceLow) else { return false }
        space()
        queue.take(&filled)
        if !filled.isEmpty {
            try write()
            filled.removeAll()
        }
        if marks.mark.durable < written, Monotonic.now - lastMark >= Self.markInterval {
            try mark()
        }
        if Monotonic.now - lastReplenish >= Self.replenishInterval { try replenish() }
        return true
    }

    /// Under load, lets more events gather: a sync costs as much as several of them.
    private func space() {
        let rest = options.syncSpacing.nanoseconds - (Monotonic.now - lastSync)
        if rest > 0 { usleep(UInt32(clamping: rest / 1_000)) }
    }

    private func write() throws(SystemCallFailure) {
        var index = 0
        var bytes: Octets = []
        while index < filled.count {
            let room = Int(segment.header.segmentBytes) - SegmentHeader.dataOffset
            let limit = min(Limits.batchBytes, room / 2)
            let records = filled.batch(from: index, rawLimit: limit)
            let batch = filled.encoded(
                records, epoch: epoch, salt: segment.header.salt,
                durableThrough: queue.durable, previousChain: chain)
            if segment.hasRoom(for: bytes.count + batch.bytes.count) {
                bytes += batch.bytes
                chain = batch.chain
                written += EventNumber(records.count)
                index = records.upperBound
            } else {
                try commit(bytes)
                bytes = []
                try roll()
            }
        }
        try commit(bytes)
    }

    private func commit(_ bytes: Octets) throws(SystemCallFailure) {
        guard !bytes.isEmpty else { return }
        try segment.file.write(bytes, at: segment.end)
        lastSync = Monotonic.now
        try segment.file.sync()
        segment.end += bytes.count
        queue.reached(written)
        observer.durable(written)
    }

    private func roll() throws(SystemCallFailure) {
        try mark()
        var header = segment.header
        header.number += 1
        header.firstEvent = written + 1
        header.epoch = epoch
        header.salt = UInt64.random(in: .min ... .max)
        header.previousLength = UInt64(segment.end)
        header.previousChain = chain
        header.created = WallTime(nanoseconds: Monotonic.wall)
        guard let next = try supply.take(header) else {
            throw SystemCallFailure(call: "fallocate", path: supply.directory, number: ENOSPC)
        }
        segment = next
        try replenish()
    }

    private func mark() throws(SystemCallFailure) {
        guard marks.mark.durable < written else { return }
        try marks.advance(to: written)
        lastMark = Monotonic.now
    }

    /// Keeps a spare and a ballast; without both the disk is as good as full.
    private func replenish() throws(SystemCallFailure) {
        lastReplenish = Monotonic.now
        if !isSpaceLow, supply.hasSpare, supply.hasBallast { return }
        let isLow = try !supply.replenish()
        guard isLow != isSpaceLow else { return }
        isSpaceLow = isLow
        observer.space(isLow)
    }
}

/// The writer's own clock readings.
enum Monotonic {
    static var now: Int64 { reading(CLOCK_MONOTONIC) }
    static var wall: Int64 { reading(CLOCK_REALTIME) }

    private static func reading(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
