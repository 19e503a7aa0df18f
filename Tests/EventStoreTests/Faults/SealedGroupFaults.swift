// A sealed segment with more than one group, whose blocks end in the middle of messages: everything is
// read back, and damage takes one group and no more.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct SealedGroupFaults {
    private let image: LogImage
    private let name: String
    private let groups: [Group]

    /// Where a group begins in the file, by the documented format, and its first event.
    private struct Group {
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

    private static func groups(_ bytes: Octets) -> [Group] {
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

    @Test func everythingIsReadBack() throws {
        #expect(groups.count > 1)
        let verdict = image.verdict { _ in }
        #expect(verdict.text == "open: opens | verify: finds nothing | read: gives all")
    }

    /// The events of a damaged group, and no others, are in question.
    @Test(arguments: [0, 40, 100, 2_000, 500_000]) func damageIsOfOneGroup(place: Int) throws {
        let (group, next) = (groups[1], groups.dropFirst(2).first)
        let damaged = damaged(at: group.offset + place)
        let verdicts = try LogVerifier.run(LogWorld.directory, host: damaged.host) { _, _, _ in }
        #expect(verdicts[0].faultOffset == group.offset)
        #expect(verdicts[0].lastEvent == group.firstEvent - 1)
        let findings = try LogRepair.run(
            LogWorld.directory, acceptance: .init(operatorName: "somebody", note: "tested"),
            codec: LogWorld.codec, host: damaged.host)
        let end = next?.firstEvent ?? verdicts[1].firstEvent
        #expect(findings.map(\.lost) == [group.firstEvent...end - 1])
        #expect(findings.map(\.offset) == [group.offset])
        let left = try read(damaged)
        #expect(left.contains { if case .gapRecorded = $0.event { true } else { false } })
        let expected = image.records.filter { $0.number < group.firstEvent || $0.number >= end }
        #expect(left.filter { $0.number != group.firstEvent } == expected)
    }

    /// A block that does not have it is no hindrance to reading a stream.
    @Test func otherStreamsStayReadable() throws {
        let damaged = damaged(at: groups[1].offset + 500_000)
        let readable = (0..<UInt64(5)).filter { low in
            let stream = StreamKey(high: 7, low: low)
            let found = try? StreamReader.records(
                of: stream, in: LogWorld.directory, codec: LogWorld.codec, host: damaged.host)
            return found == image.records.filter { $0.stream == stream }
        }
        #expect(readable.count == 4)
    }

    private func damaged(at offset: Int) -> LogWorld {
        let world = image.world.fork()
        var bytes = image.bytes(name)
        bytes[offset] ^= 1
        world.disk.with { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
        return world
    }

    private func read(_ world: LogWorld) throws -> [Record] {
        var reader = try LogReader(LogWorld.directory, codec: LogWorld.codec, host: world.host)
        var found: [Record] = []
        while let record = try reader.next() { found.append(record) }
        return found
    }
}
