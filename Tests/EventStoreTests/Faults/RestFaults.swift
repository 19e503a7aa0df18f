// What stands at the end of a log and is no whole batch: sealed last segments, stale blocks, files that were
// cut short, and lies of a mark.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct RestFaults {
    /// Only what is sealed is left of a log: whoever dropped the rest, nothing that was marked is missed.
    @Test(arguments: [false, true]) func lastSegmentIsSealed(isMarked: Bool) throws {
        let image = try LogImage()
        image.sealAll()
        let names = image.segments
        image.world.disk.with { state in
            state.remove(LogWorld.directory + "/" + names[2])
            if !isMarked { state.remove(LogWorld.directory + "/COMMIT") }
        }
        #expect(image.segments.count == 2)
        let verdict = image.damage { _ in }.verdict
        guard !isMarked else {
            return #expect(
                verdict.opening == "refuses: damaged" && verdict.verification == "finds it")
        }
        let world = image.world.fork()
        world.appended.removeLast(world.appended.count - (Int(names[2].prefix(20)) ?? 1) + 1)
        world.acknowledged = EventNumber(world.appended.count)
        try world.open()
        #expect(try Retention.dropOldestSealed(in: LogWorld.directory, host: world.host) != nil)
        world.dropped = (EventNumber(names[1].prefix(20)) ?? 1) - 1
        world.cutPower()
        try world.goOn()
    }

    /// Cut between two blocks a sealed segment looks whole, but for what its header says.
    @Test func sealedLastSegmentEndsWhereItSays() throws {
        let image = try LogImage()
        image.sealAll()
        let names = image.segments
        let first = Octets(image.bytes(names[0]).prefix(12_288))
        let harmed = image.damage { state in
            for name in names.dropFirst() { state.remove(LogWorld.directory + "/" + name) }
            state.remove(LogWorld.directory + "/COMMIT")
            state.remove(LogWorld.directory + "/index/" + names[0].dropLast(4) + ".idx")
            state.replace(LogWorld.directory + "/" + names[0], with: first)
        }
        let verdict = harmed.verdict
        #expect(verdict.opening == "refuses: damaged")
        #expect(verdict.verification == "finds it")
        #expect(verdict.reading == "stops: damaged")
    }

    /// The only segment is never dropped, sealed or not.
    @Test func onlySegmentIsNotDropped() throws {
        let image = try LogImage()
        let names = image.segments
        image.world.disk.with { state in
            for name in names.dropFirst() { state.remove(LogWorld.directory + "/" + name) }
        }
        let host = image.world.host
        #expect(try Retention.dropOldestSealed(in: LogWorld.directory, host: host) == nil)
        #expect(image.segments == [names[0]])
    }

    /// Two closed segments, and one between them that is gone: that is said, not that bytes are damaged.
    @Test func missingSegmentBetweenClosedOnesIsNamed() throws {
        let world = LogScript(hasStrictMarks: false).world()
        try world.open()
        // Three steps make three files; a fourth would seal.
        try world.keep()
        for _ in 0..<3 {
            try world.append(2)
            world.age()
            try world.keep()
        }
        let image = LogImage(atRest: world)
        let names = image.segments
        #expect(names.count == 3)
        world.disk.with { $0.remove(LogWorld.directory + "/" + names[1]) }
        do {
            try world.open()
            Issue.record("a log with a hole was opened")
        } catch let error as LogError { #expect(error.kind == .inconsistent) }
    }

    /// A batch that the disk's blocks had from another log proves nothing about this one.
    @Test func staleBlocksProveNothing() throws {
        let image = try LogImage()
        let other = try LogImage(seed: 6).goingOn(1)
        let (name, foreign) = (image.segments[2], other.segments[2])
        guard let stale = other.batches(foreign).last else { throw Broken("no batch") }
        let end = image.usedBytes(name)
        let place = (end / 512 + 2) * 512
        var bytes = image.bytes(name)
        // The header of a write that lost its first sector, and what the blocks had before.
        bytes.replaceSubrange(place..<place + stale.count, with: other.bytes(foreign)[stale])
        let world = image.world.fork()
        world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
        try world.open()
        #expect(world.life?.opening.torn != nil)
        try world.goOn()
    }

    /// A segment that lost its unused end gets it back before it is written.
    @Test func whatWasCutShortIsMadeWhole() throws {
        let image = try LogImage()
        let name = image.segments[2]
        for lost in [1, 4_096, 40_000] {
            let world = image.world.fork()
            let whole = image.bytes(name)
            let rest = whole.count - lost
            #expect(rest > image.usedBytes(name))
            world.disk.with {
                $0.replace(LogWorld.directory + "/" + name, with: Octets(whole.prefix(rest)))
            }
            try world.open()
            world.cutPower()
            #expect(LogImage(atRest: world).bytes(name).count == whole.count)
            try world.goOn()
        }
    }

    /// Power fails after a torn tail was cut, while the next batch is on its way.
    @Test func tailStaysCut() throws {
        for seed in FaultSettings.seeds(sample: 200, full: 2_000) {
            let world = LogScript(hasStrictMarks: false).world()
            do {
                try world.open()
                try world.append(1)
                world.random = SplitMix(seed: seed)
                // Two batches in one write.
                world.messageBytes = 4_000
                world.cutPower(whileWriting: 20)
                try world.open()
                world.messageBytes = 100
                world.cutPower(whileWriting: 1)
                try world.goOn()
            } catch { throw Broken("TRUNKLINE_SEED=\(seed): \(error)") }
        }
    }
}

extension LogWorld {
    /// Power fails between the write and the sync of so many events.
    fileprivate func cutPower(whileWriting count: Int) {
        disk.with { $0.changesLeft = 1 }
        try? append(count)
        cutPower()
    }
}
