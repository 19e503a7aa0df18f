// A sealed segment with more than one group, whose blocks end in the middle of messages: everything is
// read back, and damage takes one group and no more.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct SealedGroupFaults {
    @Test func everythingIsReadBack() throws {
        let sealed = try SealedImage()
        #expect(sealed.groups.count > 1)
        let verdict = sealed.image.damage { _ in }.verdict
        #expect(verdict.text == "open: opens | verify: finds nothing | read: gives all")
    }

    /// The events of a damaged group, and no others, are in question.
    @Test func damageIsOfOneGroup() throws {
        let sealed = try SealedImage()
        let (group, next) = (sealed.groups[1], sealed.groups.dropFirst(2).first)
        for place in [0, 40, 100, 2_000, 500_000] {
            let damaged = sealed.damaged(at: group.offset + place)
            let verdicts = try LogVerifier.run(LogWorld.directory, host: damaged.host) { _, _, _ in
            }
            #expect(verdicts[0].faultOffset == group.offset)
            #expect(verdicts[0].lastEvent == group.firstEvent - 1)
            let findings = try LogRepair.run(
                LogWorld.directory, acceptance: RepairScene.acceptance,
                codec: LogWorld.codec, host: damaged.host)
            let end = next?.firstEvent ?? verdicts[1].firstEvent
            #expect(findings.map(\.lost) == [group.firstEvent...end - 1])
            #expect(findings.map(\.offset) == [group.offset])
            let left = try read(damaged)
            #expect(left.contains { if case .gapRecorded = $0.event { true } else { false } })
            let kept = sealed.image.records.filter { !(group.firstEvent..<end ~= $0.number) }
            #expect(left.filter { $0.number != group.firstEvent } == kept)
        }
    }

    /// A block that does not have it is no hindrance to reading a stream.
    @Test func otherStreamsStayReadable() throws {
        let sealed = try SealedImage()
        let damaged = sealed.damaged(at: sealed.groups[1].offset + 500_000)
        let readable = (0..<UInt64(5)).filter { low in
            let stream = StreamKey(high: 7, low: low)
            let found = try? StreamReader.records(
                of: stream, in: LogWorld.directory, codec: LogWorld.codec, host: damaged.host)
            return found == sealed.image.records.filter { $0.stream == stream }
        }
        #expect(readable.count == 4)
    }

    /// What fills a group up to a multiple of 8 has no checksum: it is known to be zeros.
    @Test func paddingIsZero() throws {
        var count = 0
        for seed in UInt64(1)...8 {
            let image = try LogImage(seed: seed)
            let name = image.segments[0]
            let bytes = image.bytes(name)
            for offset in SealedImage.endOfOneGroup(bytes)..<bytes.count {
                count += 1
                var changed = bytes
                changed[offset] = 1
                let verdict = image.damage(name, changed).verdict
                #expect(verdict.text == "open: opens | verify: finds it | read: stops: damaged")
            }
        }
        #expect(count > 0)
    }

    /// Under right checksums anything may stand that a wrong program writes. It ends nothing, and other
    /// events than those that were written do not pass for them.
    @Test func forgedGroupsAreFound() throws {
        let small = try LogImage()
        let name = small.segments[0]
        var random = SplitMix(seed: 3)
        for _ in 0..<(FaultSettings.isFull ? 50_000 : 2_000) {
            let bytes = Self.forged(small.bytes(name), using: &random)
            let world = small.world.fork()
            world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
            let verdicts = try LogVerifier.run(LogWorld.directory, host: world.host) { _, _, _ in }
            guard verdicts.allSatisfy({ $0.fault == nil }) else { continue }
            // Times are not in the chain.
            let found = try read(world)
            #expect(found.map(\.event) == small.records.map(\.event))
            #expect(found.map(\.stream) == small.records.map(\.stream))
            #expect(found.map(\.eventID) == small.records.map(\.eventID))
        }
    }

    /// A byte of the header or the plan of the first group changed, and its checksums made right.
    private static func forged(_ bytes: Octets, using random: inout SplitMix) -> Octets {
        var bytes = bytes
        let group = SealedImage.groups(bytes)[0].offset
        func number(_ offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[group + offset + $1]) << ($1 * 8) }
        }
        let end = group + 80 + (number(64) + 1_048_575) / 1_048_576 * 8
        let plan = end + 4..<end + 4 + number(68)
        let place =
            Int.random(in: 0..<4, using: &random) == 0
            ? group + Int.random(in: 4..<76, using: &random)
            : Int.random(in: plan, using: &random)
        bytes[place] ^= UInt8.random(in: 1...255, using: &random)
        let crc = CRC32C.of(bytes[plan])
        for index in 0..<4 {
            bytes[group + 76 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(index * 8))
        }
        bytes.seal(group..<end)
        return bytes
    }

    private func read(_ world: LogWorld) throws -> [Record] {
        var reader = try LogReader(LogWorld.directory, codec: LogWorld.codec, host: world.host)
        var found: [Record] = []
        while let record = try reader.next() { found.append(record) }
        return found
    }
}

/// A log whose first segment has several groups.
private struct SealedImage {
    let image: LogImage
    private let name: String
    let groups: [Group]

    /// Where a group begins in the file, by the documented format, and its first event.
    struct Group {
        let offset: Int
        let firstEvent: EventNumber
    }

    init() throws {
        let world = LogWorld(
            seed: 7, options: LogOptions(segmentBytes: 48 * 1_048_576, segmentAge: .seconds(3_600)))
        world.messageBytes = 60_000
        try world.open()
        do throws(SystemCallFailure) {
            for _ in 0..<2 { try world.keep() }
            for count in 1...60 { try world.append(count) }
            world.age()
            try world.append(3)
            for _ in 0..<3 { try world.keep() }
            try world.close()
        } catch { throw Broken("\(error)") }
        image = LogImage(atRest: world)
        name = image.segments[0]
        groups = Self.groups(image.bytes(name))
    }

    static func groups(_ bytes: Octets) -> [Group] {
        func number(_ offset: Int) -> UInt64 {
            (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64($1 * 8) }
        }
        var found: [Group] = []
        for offset in stride(from: 12_288, to: bytes.count, by: 8)
        where bytes[offset..<offset + 4].elementsEqual("TGRP".utf8) {
            found.append(Group(offset: offset, firstEvent: number(offset + 8)))
        }
        return found
    }

    /// Where the parts of the first group end, by the documented format.
    static func endOfOneGroup(_ bytes: Octets) -> Int {
        let start = 12_288
        func number(_ offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[start + offset + $1]) << ($1 * 8) }
        }
        let blocks = (number(64) + 1_048_575) / 1_048_576
        let stored = (0..<blocks).reduce(number(68)) { $0 + number(80 + $1 * 8) }
        return start + 80 + blocks * 8 + 4 + stored
    }

    func damaged(at offset: Int) -> LogWorld {
        let world = image.world.fork()
        var bytes = image.bytes(name)
        bytes[offset] ^= 1
        world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
        return world
    }
}
