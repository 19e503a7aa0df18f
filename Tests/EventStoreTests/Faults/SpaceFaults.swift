// A disk that is full, that fills up, and that does not keep the files it had promised.

import Domain
import EventStore
import Glibc
import SimulatedMachine
import Synchronization
import Testing

@Suite struct SpaceFaults {
    private func world() throws -> LogWorld {
        let world = LogWorld(
            seed: 77, options: LogOptions(segmentBytes: 65_536, segmentAge: .seconds(600)))
        try world.open()
        for _ in 0..<2 { try world.keep() }
        // The mark file gets its blocks with the first marks.
        for _ in 0..<2 {
            try world.append(1)
            try world.mark()
        }
        return world
    }

    private func segments(_ world: LogWorld) -> Int {
        world.disk.with { state in
            state.names.keys.filter { $0.hasSuffix(".evl") }.count
        }
    }

    /// Spare and ballast are there for what is going on; then nothing is promised, and nothing was lost.
    @Test func fullDiskTakesTwoMoreSegments() throws {
        let world = try world()
        world.disk.with { $0.capacity = $0.usedBytes }
        var failure: SystemCallFailure?
        do throws(SystemCallFailure) {
            for _ in 0..<200 { try world.append(10) }
        } catch { failure = error }
        #expect(failure?.isSpace == true)
        #expect(segments(world) == 3)
        world.endProcess()
        try world.open()
        #expect(world.acknowledged > 0)
        world.disk.with { $0.capacity = .max }
        for _ in 0..<2 { try world.keep() }
        try world.append(10)
        world.cutPower()
        try world.goOn()
    }

    /// Space for less than an hour at the present rate is said to be short while there is some.
    @Test func lowWaterIsTold() throws {
        let world = try world()
        try world.keep()
        for _ in 0..<3 {
            world.age()
            try world.append(1)
            for _ in 0..<3 { try world.keep() }
        }
        #expect(world.life?.keeper.shortage == nil)
        world.disk.with { $0.capacity = $0.usedBytes + 1_000 }
        try world.keep()
        #expect(world.life?.keeper.shortage?.contains("are free") == true)
        world.disk.with { $0.capacity = .max }
        try world.keep()
        #expect(world.life?.keeper.shortage == nil)
    }

    /// A spare that the disk did not keep is made again before it is written to.
    @Test func shortSpareIsMadeAgain() throws {
        let world = try world()
        world.disk.with { $0.replace(LogWorld.directory + "/spare", with: []) }
        world.age()
        try world.append(1)
        world.age()
        try world.append(1)
        let image = LogImage(atRest: world)
        #expect(image.segments.allSatisfy { image.bytes($0).count == 65_536 })
        try world.goOn()
    }

    /// Events wait for space when the log is closed: they are written if there is some again, and if not,
    /// the log says so and does not wait for ever.
    @Test(arguments: [false, true]) func closingWithoutFiles(isFull: Bool) throws {
        let world = LogScript(hasStrictMarks: false).world()
        world.disk.with {
            // The first one becomes the segment.
            $0.faults = [
                SimulatedDisk.Fault(
                    call: .fallocate, nth: 2, number: ENOSPC, isSticky: true, suffix: ".new")
            ]
        }
        let failures = Mutex<[LogError]>([])
        let log = try EventLog.open(
            LogWorld.directory, options: world.options, codec: LogWorld.codec, host: world.host,
            observer: LogObserver(fatal: { error in failures.withLock { $0.append(error) } }))
        let records = (1...EventNumber(800)).map {
            world.record($0, epoch: log.epoch, ordinal: $0)
        }
        for record in records { try log.append([record]) }
        // Until the writer has filled the segment and waits for another.
        usleep(300_000)
        if !isFull { world.disk.with { $0.faults = [] } }
        log.close()
        #expect(failures.withLock { $0.count } == (isFull ? 1 : 0))
        #expect(isFull ? log.durableNumber < 800 : log.durableNumber == 800)
        world.appended = records
        world.acknowledged = log.durableNumber
        world.cutPower()
        try world.open()
    }
}
