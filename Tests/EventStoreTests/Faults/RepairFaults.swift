// Repair of a damaged log: nothing is lost that can still be read, what is lost is said in the log, a copy
// helps only where it is one, and the damaged bytes are kept.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct RepairFaults {
    private static let copy = "/data/copy"
    private static let acceptance = LossAcceptance(
        operatorName: "Ada", note: "an old disk", lastCDR: 0, knownThrough: .max)
    private let image: LogImage

    init() throws { image = try LogImage() }

    // MARK: What is lost

    /// A bit anywhere costs the events of its batch, or of its block, and no others.
    @Test func flippedBitsAreRecorded() throws {
        for (kind, name) in zip(["sealed", "closed", "live"], image.segments) {
            let bytes = image.bytes(name)
            let batches = kind == "sealed" ? [] : image.batches(name)
            let step = FaultSettings.step(sampled: 89)
            for offset in stride(from: 1, to: image.usedBytes(name), by: step) {
                var changed = bytes
                changed[offset] ^= 1 << UInt8(offset % 8)
                let lost = try recordGaps(in: image, name, changed)
                if batches.contains(where: { $0.contains(offset) }) {
                    #expect((1...3).contains(lost), "\(lost) events for a bit at \(offset)")
                }
            }
        }
    }

    @Test func missingBatchesAndHeadersAreRecorded() throws {
        for name in image.segments {
            var headless = image.bytes(name)
            for index in 0..<8_192 { headless[index] = 0 }
            #expect(try recordGaps(in: image, name, headless) > 0)
        }
        for name in image.segments.dropFirst() {
            for batch in image.batches(name) {
                var bytes = image.bytes(name)
                for index in batch { bytes[index] = 0 }
                #expect((1...3).contains(try recordGaps(in: image, name, bytes)))
            }
        }
    }

    /// Records that the chain was not made of are not saved, though their checksums are right.
    @Test func otherRecordsAreRecordedAsLost() throws {
        let name = image.segments[1]
        let lost = try recordGaps(in: image, name, try image.withOtherRecord(in: name))
        #expect((1...3).contains(lost))
    }

    /// The chain of a log begins with its identifier, whatever the header of the first segment says.
    @Test func otherBeginningsAreRefused() throws {
        let name = image.segments[0]
        let bytes = image.header(of: name, with: ~image.bytes(name)[80], at: 80)
        do {
            try image.damaged(name, bytes).open()
            Issue.record("it is opened")
        } catch let error as LogError {
            #expect(error.segment == name && error.offset == 80 && error.event == 1)
            #expect(error.description.contains("does not begin as the identifier of the log says"))
            #expect(error.description.contains("trunkline log repair"))
        }
        #expect(try recordGaps(in: image, name, bytes) == 0, "the header alone was wrong")
    }

    /// Repairs a log of which one segment is damaged. Returns how many events were given up.
    private func recordGaps(in image: LogImage, _ name: String, _ bytes: Octets) throws -> Int {
        let world = image.damaged(name, bytes)
        let findings = try repair(world, acceptance: Self.acceptance)
        let lost = try eventsLost(in: world, of: image)
        let named = findings.compactMap { $0.outcome == .recorded ? $0.lost?.count : 0 }
        #expect(named.reduce(0, +) == lost)
        if !findings.isEmpty {
            #expect(world.bytes("damaged/" + name) == bytes, "the damaged file is kept")
        }
        #expect(try repair(world).isEmpty, "a repaired log is whole")
        return lost
    }

    /// Reads what is left: every number is there once, as it was appended or in the record of a gap.
    private func eventsLost(in world: LogWorld, of image: LogImage) throws -> Int {
        let opening = try LogOpening.run(
            LogWorld.directory, options: world.options, host: world.host)
        #expect(opening.writer.durable == EventNumber(image.records.count))
        let count = EventNumber(image.records.count)
        var reader = try LogReader(
            LogWorld.directory, codec: LogWorld.codec, host: world.host, durable: { count })
        var (last, lost) = (0, 0)
        while let record = try reader.next() {
            guard record.number == last + 1 else { throw Broken("\(record.number) after \(last)") }
            if case .gapRecorded(let gap) = record.event {
                #expect(gap.firstLost == record.number && gap.operatorName == "Ada")
                lost += Int(gap.lastLost - gap.firstLost) + 1
                last = Int(gap.lastLost)
            } else {
                guard record == image.records[last] else { throw Broken("another \(last + 1)") }
                last += 1
            }
        }
        #expect(last == image.records.count)
        let verdicts = try LogVerifier.run(LogWorld.directory, host: world.host) { _, _, _ in }
        #expect(verdicts.allSatisfy { $0.fault == nil })
        return lost
    }

    // MARK: Copies

    /// With a copy nothing is lost, whatever is damaged.
    @Test func copiesGiveBackEverything() throws {
        for name in image.segments {
            let step = FaultSettings.step(sampled: 211)
            for offset in stride(from: 3, to: image.usedBytes(name), by: step) {
                var changed = image.bytes(name)
                for index in offset..<min(offset + 1_000, changed.count) { changed[index] = 0xaa }
                let world = image.damaged(name, changed)
                world.put(image, at: Self.copy)
                let findings = try repair(world, copies: [Self.copy])
                #expect(findings.allSatisfy { [.restored, .rewritten].contains($0.outcome) })
                #expect(try eventsLost(in: world, of: image) == 0, "\(name) at \(offset)")
            }
        }
    }

    /// A copy of another log, or of one that went on otherwise, gives nothing.
    @Test func othersGiveNothing() throws {
        let other = try LogImage(seed: 6)
        let (one, two) = try (image.goingOn(1), image.goingOn(2))
        for (image, donor) in [(image, other), (one, two)] {
            let name = image.segments[2]
            guard let last = image.batches(name).last else { throw Broken("no batch") }
            for isMarked in [true, false] {
                var bytes = image.bytes(name)
                // Of another log's batch its own header says nothing, as it is gone, too.
                let lost =
                    donor.world === other.world ? last : last.upperBound - 30..<last.upperBound - 29
                for index in lost { bytes[index] ^= 0xaa }
                let world = image.damaged(name, bytes)
                if !isMarked { world.disk.with { $0.remove(LogWorld.directory + "/COMMIT") } }
                world.put(donor, at: Self.copy)
                let findings = try repair(world, copies: [Self.copy])
                #expect(findings.map(\.outcome) == [.open])
                #expect(world.bytes(name) == bytes, "nothing was changed")
            }
        }
        let (left, right) = try (
            image.goingOn(1, isRolled: true), image.goingOn(2, isRolled: true)
        )
        try giveNothing(left, right)
    }

    /// What a copy has must lead to what follows here.
    private func giveNothing(_ one: LogImage, _ two: LogImage) throws {
        let name = one.segments[2]
        guard let last = one.batches(name).last else { throw Broken("no batch") }
        var bytes = one.bytes(name)
        for index in last { bytes[index] = 0xaa }
        let world = one.damaged(name, bytes)
        world.put(two, at: Self.copy)
        #expect(try repair(world, copies: [Self.copy]).map(\.outcome) == [.open])
        #expect(world.bytes(name) == bytes)
    }

    /// Two logs whose last events differ, and no mark. Without its header a last batch must continue the one
    /// before it; with it, it must be the one that the header names.
    @Test func lastBatchIsOfOneHistory() throws {
        let name = image.segments[2]
        let cases: [(common: UInt8?, damage: (Range<Int>) -> Range<Int>)] = [
            (nil, { $0 }), (9, { $0.lowerBound + 150..<$0.lowerBound + 151 }),
        ]
        for (common, damage) in cases {
            let (one, two) = try (
                image.goingOn(1, common: common), image.goingOn(2, common: common)
            )
            guard let last = one.batches(name).last else { throw Broken("no batch") }
            var bytes = one.bytes(name)
            for index in damage(last) { bytes[index] ^= 0xaa }
            let world = one.damaged(name, bytes)
            world.disk.with { $0.remove(LogWorld.directory + "/COMMIT") }
            world.put(two, at: Self.copy)
            #expect(try repair(world, copies: [Self.copy]).map(\.outcome) == [.open])
            #expect(world.bytes(name) == bytes)
            world.put(one, at: Self.copy)
            #expect(try repair(world, copies: [Self.copy]).map(\.outcome) == [.restored])
            #expect(try eventsLost(in: world, of: one) == 0)
        }
    }

    /// A segment of which one part can be given back and another cannot stays as it is.
    @Test func halfARepairIsNone() throws {
        let name = image.segments[2]
        let batches = image.batches(name)
        var (bytes, donor) = (image.bytes(name), image.bytes(name))
        for batch in [batches[0], batches[2]] { bytes[batch.lowerBound + 150] ^= 1 }
        donor[batches[2].lowerBound + 150] ^= 1
        let world = image.damaged(name, bytes)
        world.put(image, at: Self.copy)
        world.disk.with { $0.replace(Self.copy + "/" + name, with: donor) }
        let found = try repair(world, copies: [Self.copy])
        #expect(found.map(\.outcome) == [.restored, .open])
        #expect(world.bytes(name) == bytes)
        let accepted = try repair(world, copies: [Self.copy], acceptance: Self.acceptance)
        #expect(accepted.map(\.outcome) == [.restored, .recorded])
        #expect(try eventsLost(in: world, of: image) == 2)
    }

    // MARK: Around it

    /// The index of the segment as it was may outlive it in a crash: it is not believed.
    @Test func oldIndexIsNotBelieved() throws {
        let name = image.segments[0]
        let index = "index/" + name.dropLast(4) + ".idx"
        var bytes = image.bytes(name)
        bytes[12_400] ^= 1
        let world = image.damaged(name, bytes)
        _ = try repair(world, acceptance: Self.acceptance)
        let old = image.bytes(index)
        let new = world.bytes(index)
        #expect(old != new)
        world.disk.with { $0.replace(LogWorld.directory + "/" + index, with: old) }
        let keeper = LogKeeper(LogWorld.directory, options: world.options, host: world.host)
        while case .done = try keeper.step() {}
        #expect(world.bytes(index) == new, "it is made again")
    }

    private func repair(
        _ world: LogWorld, copies: [String] = [], acceptance: LossAcceptance? = nil
    ) throws -> [RepairFinding] {
        try LogRepair.run(
            LogWorld.directory, copies: copies, acceptance: acceptance, codec: LogWorld.codec,
            host: world.host)
    }
}

extension LogImage {
    /// The log with other bytes in one file.
    fileprivate func damaged(_ name: String, _ bytes: Octets) -> LogWorld {
        changed { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
    }
}

extension LogWorld {
    /// A copy of the segments of a log.
    fileprivate func put(_ image: LogImage, at path: String) {
        let files = image.segments.map { ($0, image.bytes($0)) }
        disk.with { state in
            state.directories.insert(path)
            for (name, bytes) in files { state.replace(path + "/" + name, with: bytes) }
        }
    }
}
