// Batches whose checksums and hashes are right, and whose contents break a rule of the format: reader and
// verification refuse them alike. What they should say of bodies, Scripts/read-log says, too.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct ForgedBatchTests {
    private let image: LogImage

    init() throws { image = try LogImage() }

    private func batch() -> ForgedBatch { ForgedBatch(after: image) }

    /// The log with that batch after its last one.
    private func world(with batch: ForgedBatch) -> LogWorld {
        let world = image.world.fork()
        let name = image.segments[2]
        var bytes = image.bytes(name)
        let forged = batch.encoded
        let end = image.batches(name).last?.upperBound ?? 0
        bytes.replaceSubrange(end..<end + forged.count, with: forged)
        world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
        return world
    }

    /// What is said of it.
    private func verdict(_ batch: ForgedBatch) -> (
        verify: String?, read: Result<[Record], any Error>
    ) {
        let world = world(with: batch)
        let fault = Result { try RepairScene.faults(world) }
        return (try? fault.get().first, Result { try RepairScene.read(world) })
    }

    private func expectAccepted(_ batch: ForgedBatch) throws {
        let verdict = verdict(batch)
        #expect(verdict.verify == nil)
        #expect(try verdict.read.get().count == image.records.count + batch.records.count)
    }

    private func expectRefused(_ batch: ForgedBatch, _ reason: String) {
        let verdict = verdict(batch)
        #expect(verdict.verify?.contains(reason) == true, "\(verdict.verify ?? "nothing")")
        #expect {
            try verdict.read.get()
        } throws: {
            ($0 as? LogError)?.reason.contains(reason) == true
        }
    }

    @Test func whatKeepsTheRulesIsRead() throws {
        try expectAccepted(batch())
        var gap = batch()
        gap.makeGap(of: 5)
        try expectAccepted(gap)
    }

    /// What another program wrote is sealed as it is, whatever stands in its headers.
    @Test func unusualHeadersAreSealed() throws {
        for instant in [Int64.min, -1, .max] {
            var batch = batch()
            batch.records.append(batch.records[0])
            (batch.version, batch.boot, batch.sealingKey) = (200, .max, .max)
            batch.instant = instant
            let world = world(with: batch)
            world.age()
            let opening = try LogOpening.run(
                LogWorld.directory, options: world.options, host: world.host)
            var filled = FillBuffer()
            filled.append(
                world.record(batch.firstEvent + 2, epoch: opening.writer.epoch, ordinal: 1),
                codec: LogWorld.codec)
            let keeper = LogKeeper(LogWorld.directory, options: world.options, host: world.host)
            try opening.writer.commit(filled) { () throws(SystemCallFailure) in
                _ = try keeper.step()
            }
            while case .done = try keeper.step() {}
            let verdicts = try LogVerifier.run(LogWorld.directory, host: world.host) { _, _, _ in }
            #expect(verdicts.map(\.isSealed) == [true, true, true, false])
            #expect(verdicts.compactMap(\.fault) == [])
            #expect(verdicts[2].lastEvent == batch.firstEvent + 1)
        }
    }

    @Test func latestTimeIsThatOfTheRecords() throws {
        var batch = batch()
        batch.latestWall += 1
        expectRefused(batch, "wall time")
        // Clocks may be set back; the log says what they showed.
        batch.wall -= 1_000_000_000_000
        batch.latestWall = batch.wall
        try expectAccepted(batch)
    }

    @Test func identifiersGrow() {
        for ordinal in [batch().ordinal - 1, 0] {
            var batch = batch()
            batch.ordinal = ordinal
            expectRefused(batch, "identifier")
        }
        var pair = batch()
        pair.records.append(pair.records[0])
        pair.ordinalStep = 0
        expectRefused(pair, "identifier")
    }

    @Test func aGapHasItsRecord() {
        var batch = batch()
        batch.kind = 1
        expectRefused(batch, "gap")
    }

    @Test func aGapCountsWhatItsRecordSays() {
        for (first, last) in [(0, 5), (0, 3), (1, 4), (0, -1)] {
            var batch = batch()
            batch.makeGap(of: 5)
            let start = batch.firstEvent
            batch.describe(
                EventNumber(Int(start) + first)...start + 9,
                last: EventNumber(Int(start) + last))
            expectRefused(batch, "gap")
        }
    }
}
