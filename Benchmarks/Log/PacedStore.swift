// A log on the clock of its traffic: no thread writes it, so that what it does between two commits depends
// on how far apart they are in the traffic and not on how fast this machine is.

import Domain
import EventStore
import Synchronization

/// A log whose batches are measured as they are stored.
final class PacedStore {
    /// Bytes of batches: before compression, and as stored.
    struct Sizes {
        var raw = 0
        var stored = 0
        var batches = 0
        var events = 0
    }

    /// Live batches with a dictionary of the traffic itself: those of the first segment are left out.
    private(set) var live = Sizes()
    private let directory: String
    private let clock: Clock
    private let writer: LogWriter
    private let keeper: LogKeeper
    private let opening: LogOpening
    private var filled = FillBuffer()
    private var hasRolled = false

    /// Small, so that a few thousand calls fill more than one.
    private static let options = LogOptions(segmentBytes: 4 << 20)

    private final class Clock: Sendable {
        let now = Mutex<Int64>(0)
    }

    init(_ directory: String) throws {
        let clock = Clock()
        var host = LogHost.machine
        host.monotonic = { clock.now.withLock { $0 } }
        self.directory = directory
        self.clock = clock
        opening = try LogOpening.run(directory, options: Self.options, host: host)
        writer = opening.writer
        keeper = LogKeeper(directory, options: Self.options, host: host)
    }

    /// Stores one batch, as long as it is small enough to be one.
    func append(_ records: [Record]) throws {
        guard let first = records.first else { return }
        clock.now.withLock { $0 = first.stamp.instant.nanoseconds }
        for record in records { filled.append(record, codec: Store.codec) }
        let (before, raw) = (writer.usedBytes, filled.rawBytes)
        try writer.commit(filled) { () throws(SystemCallFailure) in _ = try keeper.step() }
        filled.removeAll()
        let stored = writer.usedBytes - before
        if stored < 0 { hasRolled = true }
        guard hasRolled, stored > 0 else { return }
        live.raw += raw
        live.stored += stored
        live.batches += 1
        live.events += records.count
    }

    /// Seals all segments but the last and measures them, again without the first.
    func seal() throws -> Sizes {
        while case .done = try keeper.step() {}
        var sizes = Sizes()
        for verdict in try LogVerifier.run(directory, each: { _, _, _ in }).dropFirst() {
            if let fault = verdict.fault { throw Damage(text: "\(verdict.segment): \(fault)") }
            guard verdict.isSealed else { continue }
            sizes.raw += verdict.rawBytes
            sizes.stored += verdict.usedBytes
            sizes.batches += verdict.batches
            sizes.events += Int(verdict.lastEvent - verdict.firstEvent) + 1
        }
        return sizes
    }
}
