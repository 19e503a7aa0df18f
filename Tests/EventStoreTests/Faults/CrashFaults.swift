// Power cuts and crashes, at random and at every single operation: what was acknowledged is there
// afterwards, what is there was appended, and the next life goes on from it.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct CrashFaults {
    /// Random lives: whatever a gateway does to its log, ended by whatever ends it.
    @Test func randomLives() throws {
        let seeds = FaultSettings.seeds(sample: 1_500, full: 50_000)
        for start in stride(from: 0, to: seeds.count, by: 5_000) {
            let some = Array(seeds[start..<min(start + 5_000, seeds.count)])
            if let failure = some.concurrentMap(failure).compactMap(\.self).first {
                Issue.record("\(failure)")
                return
            }
            print("\(start + some.count) random lives")
        }
    }

    private func failure(_ seed: UInt64) -> String? {
        do {
            try run(seed)
            return nil
        } catch { return "TRUNKLINE_SEED=\(seed): \(error)" }
    }

    private func run(_ seed: UInt64) throws {
        var choice = SplitMix(seed: seed &* 31)
        let options = LogOptions(
            segmentBytes: 65_536, hasStrictMarks: Bool.random(using: &choice),
            segmentAge: .seconds(3_600))
        let world = LogWorld(seed: seed, options: options)
        world.messageBytes = [50, 600, 4_000].randomElement(using: &choice) ?? 600
        for _ in 0..<Int.random(in: 2...6, using: &choice) {
            try world.live(&choice)
        }
        try world.open()
    }

    /// Every place at which three segments can be left, and every place in the recovery from there.
    @Test(arguments: [false, true]) func everyOperation(hasStrictMarks: Bool) throws {
        let script = LogScript(hasStrictMarks: hasStrictMarks)
        let whole = try script.count()
        var cuts = 0
        for changes in 0...whole {
            let ways: UInt64 = FaultSettings.isFull ? 24 : 4
            for way in 1...ways {
                do {
                    cuts += try script.crash(
                        after: changes, way, recovering: changes % 2 == 0 || FaultSettings.isFull)
                } catch {
                    Issue.record("after \(changes) operations of \(whole), way \(way): \(error)")
                    return
                }
            }
        }
        print("\(cuts) ends of a run of \(whole) operations")
    }

    /// What was cut off is kept, whatever happens next.
    @Test func tornTailsAreKept() throws {
        var count = 0
        for seed in FaultSettings.seeds(sample: 60, full: 600) {
            let world = LogScript(hasStrictMarks: false).world()
            try world.open()
            try world.append(2)
            world.disk.with { $0.changesLeft = 1 }
            try? world.append(4)
            world.random = SplitMix(seed: seed)
            world.cutPower()
            try world.open()
            guard let torn = world.life?.opening.torn else { continue }
            count += 1
            world.cutPower()
            let kept = world.bytes("torn/\(torn.segment).\(torn.offset)")
            #expect(UInt64(kept.count) == torn.length, "TRUNKLINE_SEED=\(seed)")
            try world.goOn()
        }
        print("\(count) torn tails")
    }

    /// Marks are written in turn: when the newest is damaged, the one before it still stands.
    @Test func olderMarkStands() throws {
        let world = LogScript(hasStrictMarks: true).world()
        try world.open()
        for _ in 0..<3 { try world.append(1) }
        let image = LogImage(atRest: world)
        for slot in [0, 512] {
            let other = world.fork()
            other.disk.with { state in
                var marks = image.bytes("COMMIT")
                for index in slot..<slot + 60 { marks[index] = 0xff }
                state.replace(LogWorld.directory + "/COMMIT", with: marks)
                var bytes = image.bytes(image.segments[0])
                for batch in image.batches(image.segments[0]).dropFirst() {
                    for index in batch { bytes[index] = 0 }
                }
                state.replace(LogWorld.directory + "/" + image.segments[0], with: bytes)
            }
            #expect(throws: LogError.self) { try other.open() }
        }
    }

    /// With strict marks an acknowledged event that the disk lost whole is missed, after a power cut too.
    @Test func strictMarksMissWhatIsLost() throws {
        for seed in FaultSettings.seeds(sample: 60, full: 600) {
            let world = LogScript(hasStrictMarks: true).world()
            try world.open()
            for _ in 0..<3 { try world.append(1) }
            world.random = SplitMix(seed: seed)
            world.cutPower()
            let image = LogImage(atRest: world)
            let name = image.segments[0]
            var bytes = image.bytes(name)
            for index in image.batches(name)[2] { bytes[index] = 0 }
            world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
            do {
                try world.open()
                Issue.record("TRUNKLINE_SEED=\(seed): an acknowledged event was cut")
            } catch let error as LogError { #expect(error.kind == .damaged) }
        }
    }
}

extension LogWorld {
    /// One life at random, up to its end.
    fileprivate func live(_ choice: inout SplitMix) throws {
        do {
            try open()
        } catch let error as LogError where error.kind == .unavailable {
            throw Broken("it cannot be opened: \(error)")
        }
        if Int.random(in: 0..<3, using: &choice) == 0 {
            disk.with { $0.changesLeft = Int.random(in: 0..<60, using: &choice) }
        }
        do throws(SystemCallFailure) {
            for _ in 0..<Int.random(in: 0...25, using: &choice) { try act(&choice) }
            if Bool.random(using: &choice) { try close() }
        } catch {
            guard disk.with({ $0.isHalted }) else { throw Broken("\(error)") }
        }
        Bool.random(using: &choice) ? cutPower() : endProcess()
    }

    private func act(_ choice: inout SplitMix) throws(SystemCallFailure) {
        switch Int.random(in: 0..<12, using: &choice) {
        case 0..<6: try append(Int.random(in: 1...20, using: &choice))
        case 6, 7: try keep()
        case 8: try mark()
        case 9: age()
        case 10: try append(1)
        default: clock.advance(.seconds(Int64.random(in: 0...20, using: &choice)))
        }
    }
}

/// The same run of a log each time, through everything that a log goes through.
struct LogScript {
    let hasStrictMarks: Bool

    func world() -> LogWorld {
        LogWorld(
            seed: 77,
            options: LogOptions(
                segmentBytes: 65_536, hasStrictMarks: hasStrictMarks, segmentAge: .seconds(3_600)))
    }

    /// Rolls twice, seals, drops the oldest segment, and goes on.
    func run(_ world: LogWorld) throws {
        try world.open()
        do throws(SystemCallFailure) {
            for part in 0..<3 {
                for _ in 0..<3 { try world.append(2) }
                try world.keep()
                try world.mark()
                if part < 2 { world.age() }
                try world.append(1)
                for _ in 0..<3 { try world.keep() }
            }
        } catch {
            world.failed(error)
            throw Broken("\(error)")
        }
        try world.dropOldest()
        do throws(SystemCallFailure) {
            try world.append(3)
            try world.close()
        } catch {
            world.failed(error)
            throw Broken("\(error)")
        }
    }

    /// Operations that change something in a whole run.
    func count() throws -> Int {
        let world = world()
        try run(world)
        return world.disk.with { $0.changeCount }
    }

    /// Ends a run after so many operations, by a power cut or the end of the process alone, and again at
    /// each operation of the recovery. Returns how many ends there were.
    func crash(after changes: Int, _ way: UInt64, recovering: Bool) throws -> Int {
        let world = world()
        world.disk.with { $0.changesLeft = changes }
        do {
            try run(world)
        } catch  where world.disk.with({ $0.isHalted }) {}
        world.random = SplitMix(seed: UInt64(changes) << 8 | way)
        if way % 2 == 0 {
            world.endProcess()
            try world.open()
            // Into whatever the dead writer left.
            try world.append(1)
        }
        world.cutPower()
        var ends = 1
        if recovering {
            for again in 0..<40 {
                let second = world.fork()
                second.disk.with { $0.changesLeft = again }
                do {
                    try second.open()
                    try second.append(1)
                    if !second.disk.with({ $0.isHalted }) { break }
                } catch  where second.disk.with({ $0.isHalted }) {}
                ends += 1
                second.random = SplitMix(seed: way)
                second.cutPower()
                try second.goOn()
            }
        }
        try world.goOn()
        return ends
    }
}

extension LogWorld {
    /// Opens, writes, seals, and opens again.
    func goOn() throws {
        try open()
        do throws(SystemCallFailure) {
            try append(2)
            age()
            try append(2)
            for _ in 0..<4 { try keep() }
        } catch { throw Broken("\(error)") }
        cutPower()
        try open()
    }

    /// Drops the oldest segment, if it is sealed. A power cut may bring it back.
    func dropOldest() throws {
        do {
            guard let gone = try Retention.dropOldestSealed(in: Self.directory, host: host) else {
                throw Broken("the oldest segment is not sealed")
            }
            dropped = gone.upperBound
        } catch let error as LogError {
            // It may be gone or not.
            dropped = .max - 1
            if !disk.with({ $0.isHalted }) { throw error }
        }
    }
}
