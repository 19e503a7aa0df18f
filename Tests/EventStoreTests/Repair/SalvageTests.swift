// A segment that was made to be read for ever: nearly every place in it has a header with a right checksum
// that claims all that follows, and none of them is what it says.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct SalvageTests {
    private let image: LogImage

    init() throws { image = try LogImage() }

    @Test(arguments: [0, 2]) func readingInVainIsBounded(segment: Int) throws {
        let name = image.segments[segment]
        let hostile = hostile(name)
        let salvage = Salvage(name, hostile)
        #expect(salvage.bytesInVain > Salvage.patience * hostile.count)
        // The claim that goes beyond is the last.
        #expect(salvage.bytesInVain <= (Salvage.patience + 1) * hostile.count)
    }

    /// What the bound gives up is lost as openly as anything else.
    @Test(arguments: [0, 2]) func whatIsGivenUpIsSaid(segment: Int) throws {
        let world = image.world.fork()
        let name = image.segments[segment]
        let hostile = hostile(name)
        world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: hostile) }
        let findings = try RepairScene.repair(world)
        #expect(findings.contains { $0.reason.contains("than there is room for") })
        #expect(world.bytes(name) == hostile, "nobody accepted it")
        _ = try RepairScene.repair(world, accepting: RepairScene.acceptance)
        #expect(try RepairScene.faults(world) == [])
    }

    /// Damage alone does not come near the bound.
    @Test func damageIsReadInVainOnce() throws {
        for name in image.segments {
            var bytes = image.bytes(name)
            // Of every batch or group something.
            for offset in stride(from: 12_300, to: bytes.count, by: 16) { bytes[offset] ^= 1 }
            let salvage = Salvage(name, bytes)
            #expect(salvage.bytesInVain <= bytes.count)
        }
    }

    /// A segment with its own header, and then claims alone.
    private func hostile(_ name: String) -> Octets {
        let bytes = image.bytes(name)
        let isSealed = bytes[12] & 1 == 1
        let front = isSealed ? 12_288 : image.batches(name)[0].lowerBound
        let size = 400_000
        var hostile = Octets(bytes.prefix(front))
        while hostile.count < size {
            hostile += isSealed ? group(bytes, room: size - hostile.count) : batch(bytes, front)
        }
        return hostile
    }

    /// The header of the first batch, which says that all a batch may have follows.
    private func batch(_ bytes: Octets, _ start: Int) -> Octets {
        var header = Octets(bytes[start..<start + 144])
        header.put(UInt32(262_144), at: 8)
        header.put(UInt32(262_144), at: 12)
        header.seal(0..<140)
        return header
    }

    /// A header of a group with one block, whose plan takes up what is left of the file.
    private func group(_ bytes: Octets, room: Int) -> Octets {
        var header = Octets(bytes[12_288..<12_288 + 92])
        // So many records have a plan of so many bytes.
        let records = max(1, (room - 300) / 49)
        let plan = 69 + records * 49 + 16
        for (offset, value) in [(4, 1), (56, records), (60, 1), (64, 1), (68, plan), (72, plan)] {
            header.put(UInt32(value), at: offset)
        }
        header.put(UInt32(1), at: 80)
        header.seal(0..<88)
        return header + [0, 0, 0, 0]
    }
}

extension Octets {
    fileprivate mutating func put(_ value: UInt32, at offset: Int) {
        for index in 0..<4 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(index * 8))
        }
    }
}
