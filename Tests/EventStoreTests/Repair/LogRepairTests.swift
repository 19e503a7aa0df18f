// A damaged log is made whole from a copy, event for event, or what is lost is said in it; and nothing is
// done that the hash chain does not bear out.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct LogRepairTests {
    private let image: LogImage

    init() throws { image = try LogImage() }

    @Test(arguments: Harm.all) func aCopyGivesEverythingBack(harm: Harm) throws {
        let scene = RepairScene(image, harm, copied: image)
        #expect(try !RepairScene.faults(scene.world).isEmpty)
        let findings = try RepairScene.repair(scene.world, from: [RepairScene.copy])
        #expect(
            findings.allSatisfy { $0.outcome == ($0.lost == nil ? .rewritten : .restored) })
        #expect(!findings.isEmpty)
        // Opens it, and holds every event against what was appended.
        try scene.world.goOn()
    }

    @Test(arguments: Harm.all) func whatIsLostIsSaid(harm: Harm) throws {
        let scene = RepairScene(image, harm)
        let findings = try RepairScene.repair(
            scene.world, accepting: RepairScene.acceptance)
        let lost = findings.compactMap(\.lost)
        #expect(!lost.isEmpty == harm.losesEvents)
        try expectGaps(lost, in: scene)
        // Whoever opens it goes on after what is lost.
        let opening = try LogOpening.run(
            LogWorld.directory, options: scene.world.options, host: scene.world.host)
        #expect(opening.writer.durable == EventNumber(scene.records.count))
    }

    /// The log has every event but those that are lost, and for each gap its record.
    private func expectGaps(_ lost: [ClosedRange<EventNumber>], in scene: RepairScene) throws {
        #expect(try RepairScene.faults(scene.world) == [])
        let found = try RepairScene.read(scene.world)
        let gaps = found.compactMap { record -> GapRecorded? in
            if case .gapRecorded(let gap) = record.event { gap } else { nil }
        }
        #expect(gaps.map { $0.firstLost...$0.lastLost } == lost)
        #expect(
            gaps.allSatisfy {
                $0.operatorName == "Ada" && $0.note == "test" && $0.lastCDR == 7
            })
        let kept = scene.records.filter { record in
            !lost.contains { $0.contains(record.number) }
        }
        #expect(found.filter { $0.event.type != .gapRecorded } == kept)
        #expect(kept.count > 0)
    }

    /// A gap is as small as it can be: each batch that is whole is kept, wherever it stands.
    @Test func noMoreIsGivenUpThanIsLost() throws {
        for (text, most) in [
            ("a batch of the live segment zeroed", 2),
            ("a batch of the closed segment flipped", 3),
            ("the last batch of the live segment over the first", 4),
        ] {
            let harm = try #require(Harm.all.first { $0.testDescription == text })
            let scene = RepairScene(image, harm)
            let findings = try RepairScene.repair(
                scene.world, accepting: RepairScene.acceptance)
            let count = findings.compactMap(\.lost).reduce(0) { $0 + $1.count }
            #expect(count > 0 && count <= most, "\(text): \(count) events")
        }
    }

    @Test(arguments: Harm.all) func aloneItOnlyLooks(harm: Harm) throws {
        let scene = RepairScene(image, harm)
        let before = RepairScene.contents(scene.world)
        let findings = try RepairScene.repair(scene.world)
        #expect(!findings.isEmpty && findings.allSatisfy { $0.outcome == .open })
        #expect(RepairScene.contents(scene.world) == before)
    }

    @Test func aWholeLogIsLeftAlone() throws {
        let world = image.world.fork()
        let before = RepairScene.contents(world)
        #expect(try RepairScene.repair(world, accepting: RepairScene.acceptance).isEmpty)
        #expect(RepairScene.contents(world) == before)
    }

    /// An index is no part of the log: repair does not look at it, and an old one does not fit what a
    /// repair wrote.
    @Test func anIndexIsMadeAgain() throws {
        let harm = try #require(
            Harm.all.first { $0.testDescription == "a block of the sealed segment flipped" })
        let scene = RepairScene(image, harm, copied: image)
        let path = "index/" + image.segments[0].dropLast(4) + ".idx"
        let old = image.bytes(path)
        #expect(!old.isEmpty)
        try RepairScene.repair(scene.world, from: [RepairScene.copy])
        scene.world.disk.with { $0.replace(LogWorld.directory + "/" + path, with: old) }
        try scene.world.goOn()
        for number in EventNumber(0)..<EventNumber(scene.records.count) {
            var reader = try LogReader(
                LogWorld.directory, codec: LogWorld.codec, host: scene.world.host)
            try reader.seek(to: number)
            #expect(try reader.next()?.number == number + 1)
        }
    }

    /// What was there before a repair is kept, each time.
    @Test func theDamagedFileIsKept() throws {
        let harm = try #require(
            Harm.all.first { $0.testDescription == "a batch of the closed segment flipped" })
        let scene = RepairScene(image, harm)
        let name = image.segments[1]
        let damaged = RepairScene.contents(scene.world)[LogWorld.directory + "/" + name]
        try RepairScene.repair(scene.world, accepting: RepairScene.acceptance)
        scene.world.cutPower()
        let path = LogWorld.directory + "/damaged/" + name
        #expect(RepairScene.contents(scene.world)[path] == damaged)
    }

    // MARK: Refusals

    @Test(arguments: Harm.all.filter(\.losesEvents)) func aCopyOfAnotherLogIsNotTaken(
        harm: Harm
    ) throws {
        let scene = RepairScene(image, harm, copied: try LogImage(seed: 6))
        let before = RepairScene.contents(scene.world)
        let findings = try RepairScene.repair(scene.world, from: [RepairScene.copy])
        #expect(findings.contains { $0.outcome == .open })
        #expect(findings.allSatisfy { $0.outcome != .restored })
        #expect(RepairScene.contents(scene.world) == before)
    }

    /// Two logs that were one until somewhere: only what came before can be taken.
    @Test func aCopyThatWentOnOtherwiseIsNotTaken() throws {
        let ours = try image.goingOn(1)
        let theirs = try image.goingOn(2)
        let name = image.segments[2]
        let new = ours.batches(name).dropFirst(image.batches(name).count)
        let scene = RepairScene(
            ours, Harm.flipping(name, at: try #require(new.first).lowerBound + 150),
            copied: theirs)
        let findings = try RepairScene.repair(scene.world, from: [RepairScene.copy])
        #expect(findings.map(\.outcome) == [.open])
        // The first copy that bears it out is taken, whatever the others have.
        scene.copy(ours)
        #expect(
            try RepairScene.repair(scene.world, from: [RepairScene.copy]).map(\.outcome)
                == [.restored])
    }

    @Test func whatIsNoCopyIsNamed() throws {
        let scene = RepairScene(image, Harm.all[0])
        #expect { try RepairScene.repair(scene.world, from: ["/data/nothing"]) } throws: {
            ($0 as? LogError)?.reason.contains("/data/nothing") == true
        }
    }

    @Test func notWhileAGatewayWrites() throws {
        let world = image.world.fork()
        try world.open()
        #expect { try RepairScene.repair(world, accepting: RepairScene.acceptance) } throws: {
            ($0 as? LogError)?.kind == .locked
        }
    }

    /// Neither is damage: to write over it would destroy what is whole.
    @Test func foreignAndNewerSegmentsAreNotTouched() throws {
        let other = try LogImage(seed: 6)
        var newer = image.bytes(image.segments[1])
        for page in [0, 4_096] {
            newer[page + 10] = 2
            newer.seal(page..<page + 4_092)
        }
        for (bytes, kind) in [
            (other.bytes(other.segments[0]), LogError.Kind.inconsistent), (newer, .newerFormat),
        ] {
            let world = image.world.fork()
            let name = kind == .newerFormat ? image.segments[1] : image.segments[0]
            world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
            let before = RepairScene.contents(world)
            #expect { try RepairScene.repair(world, accepting: RepairScene.acceptance) } throws: {
                ($0 as? LogError)?.kind == kind
            }
            #expect(RepairScene.contents(world) == before)
        }
    }

    /// A mark file of another history proves nothing about this one.
    @Test func aForeignMarkIsNamed() throws {
        let world = try image.goingOn(1).world.fork()
        let mark = try image.goingOn(2).bytes("COMMIT")
        world.disk.with { $0.replace(LogWorld.directory + "/COMMIT", with: mark) }
        let before = RepairScene.contents(world)
        let findings = try RepairScene.repair(world, accepting: RepairScene.acceptance)
        #expect(findings.map(\.outcome) == [.open])
        #expect(findings.first?.reason.contains("COMMIT") == true)
        #expect(RepairScene.contents(world) == before)
    }

    // MARK: Numbers of records

    /// What was drawn after the tables were last written is not known, but it cannot be more than events.
    @Test func numbersOfRecordsAreNotDrawnAgain() throws {
        let scene = RepairScene(
            image, try #require(Harm.all.first { $0.testDescription == "the live segment missing" })
        )
        let count = EventNumber(scene.records.count)
        let findings = try RepairScene.repair(
            scene.world,
            accepting: LossAcceptance(
                operatorName: "Ada", note: "", lastCDR: 40, knownThrough: count - 3))
        #expect(findings.map(\.outcome) == [.recorded])
        guard case .gapRecorded(let gap) = try RepairScene.read(scene.world).last?.event else {
            throw Broken("no gap at the end")
        }
        #expect(gap.lastLost == count)
        #expect(gap.lastCDR == 43)
    }
}
