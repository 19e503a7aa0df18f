// A machine with a log on it, without threads: lives of writers that follow each other, ended by power
// cuts and crashes, and what each of them had promised.

import Domain
import EventStore
import SimulatedMachine
import Synchronization

/// What went wrong in a simulation.
struct Broken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A log and everything that was ever handed to it.
final class LogWorld {
    static let directory = "/data/log"
    static let codec = EventCodec(sealer: nil)

    let disk: SimulatedDisk
    let clock = SimulatedClock(at: Samples.wall)
    var random: SplitMix
    var options: LogOptions
    var bootID = "boot-1"
    /// Handed to a writer, in order, as far as it was not certainly lost.
    var appended: [Record] = []
    /// Every event up to this one was said to be on disk.
    var acknowledged: EventNumber = 0
    /// Events up to this one may have been dropped, with their segments.
    var dropped: EventNumber = 0
    /// Largest message; small ones make many batches.
    var messageBytes = 600
    private(set) var life: Life?
    private let salts: SimulatedSalts

    /// One writer, from its opening to its end.
    struct Life {
        let opening: LogOpening
        let keeper: LogKeeper
        let note: LogObserver
        var ordinal: UInt64 = 0
    }

    init(seed: UInt64, options: LogOptions, disk: SimulatedDisk = SimulatedDisk()) {
        self.disk = disk
        self.options = options
        random = SplitMix(seed: seed)
        salts = SimulatedSalts(seed: seed ^ 0x5a17)
    }

    /// The same machine, as it is now, in another world.
    func fork() -> LogWorld {
        let world = LogWorld(seed: 1, options: options, disk: disk.fork())
        world.random = random
        world.clock.advance(.nanoseconds(clock.monotonic.load(ordering: .relaxed)))
        (world.bootID, world.messageBytes) = (bootID, messageBytes)
        (world.appended, world.acknowledged, world.dropped) = (appended, acknowledged, dropped)
        return world
    }

    var host: LogHost {
        let (clock, salts) = (clock, salts)
        return LogHost(
            disk: disk, monotonic: { clock.monotonic.load(ordering: .relaxed) },
            wall: { WallTime(nanoseconds: clock.wall.load(ordering: .relaxed)) },
            random: { salts.next() }, bootID: bootID, noteDirectory: "/run/trunkline")
    }

    /// A file of the log, as everybody reads it.
    func bytes(_ name: String) -> Octets {
        disk.with { state in
            state.names[Self.directory + "/" + name].flatMap { state.inodes[$0]?.cache } ?? []
        }
    }

    // MARK: Lives

    /// Opens the log, and makes sure that everything promised is there and nothing else.
    func open() throws {
        life = nil
        let opening = try LogOpening.run(Self.directory, options: options, host: host)
        let recovered = opening.writer.durable
        guard recovered >= acknowledged else {
            throw Broken("\(acknowledged) events were acknowledged, and \(recovered) are left")
        }
        guard recovered <= EventNumber(appended.count) else {
            throw Broken("\(recovered) events are there, but only \(appended.count) ever were")
        }
        appended.removeLast(appended.count - Int(recovered))
        // Who opens a log may show all of it from then on.
        acknowledged = recovered
        life = Life(
            opening: opening, keeper: LogKeeper(Self.directory, options: options, host: host),
            note: opening.noting(LogObserver(fatal: { _ in })))
        try checkContents()
    }

    /// Reads the log and proves it.
    func checkContents() throws {
        let found = try read()
        let first = found.first?.number ?? 1
        guard first == 1 || first <= dropped + 1 else { throw Broken("it begins with \(first)") }
        guard found == Array(appended[Int(first - 1)..<Int(acknowledged)]) else {
            throw Broken("other events are read than were appended (\(found.count) of them)")
        }
        let verdicts = try LogVerifier.run(Self.directory, host: host) { _, _, _ in }
        if let fault = verdicts.compactMap(\.fault).first {
            throw Broken("verification finds: \(fault)")
        }
        guard verdicts.last?.lastEvent ?? 0 >= acknowledged else {
            throw Broken("verification ends with \(verdicts.last?.lastEvent ?? 0)")
        }
    }

    /// All that the log of this world has, up to what was acknowledged.
    func read() throws(LogError) -> [Record] {
        let limit = acknowledged
        var reader = try LogReader(
            Self.directory, codec: Self.codec, host: host, durable: { limit })
        var found: [Record] = []
        while let record = try reader.next() { found.append(record) }
        return found
    }

    /// The disk failed under the writer: it says so for the next start, and ends.
    func failed(_ failure: SystemCallFailure) {
        life?.note.fatal(.init(.failedDisk, failure.description, advice: ""))
    }

    func endProcess() {
        life = nil
        disk.with { $0.endProcess() }
    }

    func cutPower() {
        life = nil
        disk.with { $0.cutPower(&random) }
        bootID = "boot-\(random.next())"
    }

    /// Stops in good order.
    func close() throws(SystemCallFailure) {
        try life?.opening.writer.mark()
        life = nil
    }

    // MARK: Work

    /// An event; with `byte` one that has only that as its message.
    func record(
        _ number: EventNumber, epoch: UInt64, ordinal: UInt64, byte: UInt8? = nil
    ) -> Record {
        let size = Int.random(in: 0...messageBytes, using: &random)
        let message = bytes(size)
        let step = Samples.step().with {
            // The table of verdicts is of events without it.
            $0.descriptionVersion = 0
            $0.message = byte.map { [$0] } ?? message
        }
        let isUrgent = byte != nil || Bool.random(using: &random)
        return Record(
            number: number,
            stamp: Stamp(
                wall: host.wall(), instant: Instant(nanoseconds: host.monotonic()), boot: 1),
            stream: StreamKey(high: 7, low: number % 5),
            eventID: EventID(epoch: epoch, ordinal: ordinal),
            event: isUrgent
                ? .requestReceived(step)
                : .timerFired(TimerFired(leg: .caller, attempt: 1, timer: "B")))
    }

    /// Random ones, from a copy of the generator: a property of a class is looked up each time.
    private func bytes(_ count: Int) -> Octets {
        var random = random
        defer { self.random = random }
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// One group commit of so many events.
    func append(_ count: Int, byte: UInt8? = nil) throws(SystemCallFailure) {
        guard var life else { return }
        var filled = FillBuffer()
        for _ in 0..<count {
            life.ordinal += 1
            let next = record(
                EventNumber(appended.count) + 1, epoch: life.opening.writer.epoch,
                ordinal: life.ordinal, byte: byte)
            filled.append(next, codec: Self.codec)
            appended.append(next)
        }
        self.life = life
        var patience = 4
        let writer = life.opening.writer
        defer { acknowledged = max(acknowledged, writer.durable) }
        try writer.commit(filled) { () throws(SystemCallFailure) in
            patience -= 1
            if patience == 0 {
                throw SystemCallFailure(call: "fallocate", path: Self.directory, number: 28)
            }
            _ = try life.keeper.step()
        }
    }

    /// A piece of housekeeping.
    func keep() throws(SystemCallFailure) {
        guard case .damaged(let error) = try life?.keeper.step() else { return }
        found = found ?? error
    }

    /// What the keeper found damaged.
    private(set) var found: LogError?

    func mark() throws(SystemCallFailure) { try life?.opening.writer.mark() }

    /// So old that the next commit begins a segment.
    func age() { clock.advance(options.segmentAge + .seconds(1)) }
}
