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

    /// What is said of the log with that batch after its last one.
    private func verdict(_ batch: ForgedBatch) -> (
        verify: String?, read: Result<[Record], any Error>
    ) {
        let world = image.world.fork()
        let name = image.segments[2]
        var bytes = image.bytes(name)
        let forged = batch.encoded
        let end = image.batches(name).last?.upperBound ?? 0
        bytes.replaceSubrange(end..<end + forged.count, with: forged)
        world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
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
