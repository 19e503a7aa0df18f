// What is damaged behind the writer's back, while the log is written: the keeper does not seal it, finds it
// on its rounds, and leaves it as it is.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct KeeperFaults {
    private func keeper(of image: LogImage) -> LogKeeper {
        LogKeeper(LogWorld.directory, options: image.world.options, host: image.world.host)
    }

    /// What a keeper finds, until it has nothing more to do.
    private func damage(_ keeper: LogKeeper) throws -> LogError? {
        for _ in 0..<20 {
            switch try keeper.step() {
            case .idle: return nil
            case .done: continue
            case .damaged(let error): return error
            }
        }
        throw Broken("the keeper does not come to rest")
    }

    private func replace(_ name: String, in image: LogImage, with bytes: Octets) {
        image.world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
    }

    /// A copy in other blocks would hide what happened, and the original would be gone.
    @Test func damagedSegmentsAreNotSealed() throws {
        let image = try LogImage()
        let name = image.segments[1]
        let whole = image.bytes(name)
        guard let first = image.batches(name).first else { throw Broken("no batch") }
        let step = FaultSettings.step(sampled: 61)
        for offset in stride(from: first.lowerBound, to: image.usedBytes(name), by: step) {
            var changed = whole
            changed[offset] ^= 1 << UInt8(offset % 8)
            replace(name, in: image, with: changed)
            #expect(try damage(keeper(of: image))?.segment == name, "a bit at \(offset)")
            #expect(image.bytes(name) == changed)
        }
        replace(name, in: image, with: whole)
        #expect(try damage(keeper(of: image)) == nil)
        #expect(image.bytes(name) != whole, "it is sealed when it is whole")
    }

    /// Nor records that the chain was not made of, though their checksums are right.
    @Test func otherRecordsAreNotSealed() throws {
        let image = try LogImage()
        let name = image.segments[1]
        let changed = try image.withOtherRecord(in: name)
        replace(name, in: image, with: changed)
        #expect(try damage(keeper(of: image))?.segment == name)
        #expect(image.bytes(name) == changed)
    }

    /// Nor a segment that ends otherwise than the next one says.
    @Test func otherHistoriesAreNotSealed() throws {
        let (one, two) = try (
            LogImage().goingOn(1, isRolled: true), LogImage().goingOn(2, isRolled: true)
        )
        let name = one.segments[2]
        let other = two.bytes(name)
        replace(name, in: one, with: other)
        #expect(try damage(keeper(of: one))?.segment == name)
        #expect(one.bytes(name) == other)
    }

    /// The rounds find what is damaged in sealed segments, and go on after a restart where they were.
    @Test func roundsFindDamage() throws {
        let image = try LogImage()
        image.sealAll()
        let name = image.segments[1]
        var changed = image.bytes(name)
        changed[12_300] ^= 1
        replace(name, in: image, with: changed)
        image.world.disk.with { $0.remove(LogWorld.directory + "/SCRUB") }
        let first = keeper(of: image)
        #expect(try damage(first) == nil, "it is not time for a round")
        image.world.clock.advance(.seconds(10))
        #expect(try damage(first) == nil, "the segment before is whole")
        let second = keeper(of: image)
        image.world.clock.advance(.seconds(10))
        #expect(try damage(second)?.segment == name)
        #expect(image.bytes(name) == changed)
    }
}
