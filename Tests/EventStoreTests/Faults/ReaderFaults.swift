// Readers while a log is written, rolled, sealed and dropped under them, with real threads on a real disk;
// the same log read twice; and clocks that jump.

import Dispatch
import Domain
import EventStore
import Foundation
import SimulatedMachine
import Glibc
import Synchronization
import Testing

/// How many events were read.
private final class ReadCount: Sendable {
    let events = Atomic<Int>(0)
}

@Suite struct ReaderFaults {
    private static func record(_ number: EventNumber, epoch: UInt64) -> Record {
        let step = Samples.step().with {
            $0.message = Octets(
                repeating: UInt8(truncatingIfNeeded: number), count: Int(number % 400))
        }
        return Record(
            number: number,
            stamp: Stamp(wall: Samples.wall, instant: Instant(nanoseconds: Int64(number)), boot: 1),
            stream: StreamKey(high: 3, low: number % 7),
            eventID: EventID(epoch: epoch, ordinal: number), event: .requestReceived(step))
    }

    /// Never an event that is not on disk, never another one than was appended.
    @Test func readersUnderRollSealAndDrop() throws {
        let directory = NSTemporaryDirectory() + "trunkline-readers-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = try EventLog.open(
            directory, options: LogOptions(segmentBytes: 65_536), codec: LogWorld.codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
        let end = ContinuousClock.now + .seconds(FaultSettings.isFull ? 60 : 4)
        let seen = ReadCount()
        let group = DispatchGroup()
        for work: Work in [Self.write, Self.follow, Self.readStreams, Self.readAgain, Self.drop] {
            group.enter()
            Thread {
                do {
                    try work(log, seen, end)
                } catch { Issue.record("\(error)") }
                group.leave()
            }.start()
        }
        group.wait()
        log.close()
        print("\(seen.events.load(ordering: .relaxed)) events read while they were written")
        #expect(seen.events.load(ordering: .relaxed) > 1_000)
        let verdicts = try LogVerifier.run(directory) { _, _, _ in }
        #expect(verdicts.allSatisfy { $0.fault == nil })
    }

    private typealias Work = @Sendable (EventLog, ReadCount, ContinuousClock.Instant) throws -> Void

    private static func write(
        _ log: EventLog, _: ReadCount, _ end: ContinuousClock.Instant
    ) throws {
        var number: EventNumber = 0
        while ContinuousClock.now < end {
            for _ in 0..<20 {
                number += 1
                try log.append([record(number, epoch: log.epoch)])
            }
            usleep(2_000)
        }
    }

    private static func check(_ record: Record, _ log: EventLog) {
        if record != Self.record(record.number, epoch: log.epoch) {
            Issue.record("event \(record.number) is another one")
        }
    }

    /// As another process does it, from the newest event on.
    private static func follow(
        _ log: EventLog, _ seen: ReadCount, _ end: ContinuousClock.Instant
    ) throws {
        var reader = try LogReader(log.directory, codec: LogWorld.codec)
        var last: EventNumber = 0
        while ContinuousClock.now < end {
            do throws(LogError) {
                while let record = try reader.next() {
                    check(record, log)
                    if record.number != last + 1, last != 0 { Issue.record("a gap after \(last)") }
                    last = record.number
                    seen.events.add(1, ordering: .relaxed)
                }
            } catch {
                // It was slower than the segments went.
                guard error.kind == .unavailable else { throw error }
                reader = try LogReader(log.directory, codec: LogWorld.codec)
                last = 0
            }
            usleep(1_000)
        }
    }

    private static func readStreams(
        _ log: EventLog, _ seen: ReadCount, _ end: ContinuousClock.Instant
    ) throws {
        while ContinuousClock.now < end {
            let stream = StreamKey(high: 3, low: 4)
            do throws(LogError) {
                let records = try StreamReader.records(
                    of: stream, in: log.directory, codec: LogWorld.codec)
                for (one, two) in zip(records, records.dropFirst())
                where two.number != one.number + 7 {
                    Issue.record("the stream goes on from \(one.number) with \(two.number)")
                }
            } catch { guard error.kind == .unavailable else { throw error } }
            usleep(20_000)
        }
    }

    private static func readAgain(
        _ log: EventLog, _ seen: ReadCount, _ end: ContinuousClock.Instant
    ) throws {
        while ContinuousClock.now < end {
            var reader = try LogReader(
                log.directory, codec: LogWorld.codec, durable: { log.durableNumber })
            do throws(LogError) {
                try reader.seek(to: log.durableNumber / 3 * 2)
                for _ in 0..<500 {
                    guard let record = try reader.next() else { break }
                    if record.number > log.durableNumber {
                        Issue.record("event \(record.number) was shown before it was on disk")
                    }
                    check(record, log)
                    seen.events.add(1, ordering: .relaxed)
                }
            } catch { guard error.kind == .unavailable else { throw error } }
        }
    }

    private static func drop(
        _ log: EventLog, _: ReadCount, _ end: ContinuousClock.Instant
    ) throws {
        while ContinuousClock.now < end {
            usleep(300_000)
            _ = try Retention.dropOldestSealed(in: log.directory)
        }
    }

    /// The segment that is written is not dropped, nor one that is not sealed.
    @Test func onlySealedSegmentsAreDropped() throws {
        let image = try LogImage()
        let host = image.world.host
        let dropped = try Retention.dropOldestSealed(in: LogWorld.directory, host: host)
        #expect(dropped?.lowerBound == 1)
        #expect(try Retention.dropOldestSealed(in: LogWorld.directory, host: host) == nil)
        image.world.dropped = dropped?.upperBound ?? 0
        image.world.cutPower()
        try image.world.goOn()
    }

    /// What is written and not synced is shown to nobody, in this process or another.
    @Test func unsyncedEventsAreNotShown() throws {
        let world = LogScript(hasStrictMarks: false).world()
        try world.open()
        do throws(SystemCallFailure) {
            try world.append(3)
            try world.mark()
            try world.append(2)
            world.disk.with {
                $0.faults = [SimulatedDisk.Fault(call: .fdatasync, nth: 1, number: EIO)]
            }
            try world.append(2)
            Issue.record("a failed sync was passed over")
        } catch {}
        #expect(world.acknowledged == 5)
        #expect(try world.read().count == 5)
        var other = try LogReader(LogWorld.directory, codec: LogWorld.codec, host: world.host)
        var count = 0
        while try other.next() != nil { count += 1 }
        #expect(count == 3, "as far as the mark goes, while somebody writes")
    }

    /// A reader of a log at rest sees a writer begin: from then on only marks count.
    @Test func writerThatBeginsIsNoticed() throws {
        let image = try LogImage()
        let world = image.world
        var reader = try LogReader(LogWorld.directory, codec: LogWorld.codec, host: world.host)
        _ = try reader.next()
        try world.open()
        world.disk.with {
            $0.faults = [SimulatedDisk.Fault(call: .fdatasync, nth: 1, number: EIO)]
        }
        #expect(throws: SystemCallFailure.self) { try world.append(2) }
        var count = 1
        while try reader.next() != nil { count += 1 }
        #expect(count == image.records.count)
    }

    /// A lost or damaged index comes back as it was.
    @Test func indexesAreMadeAgain() throws {
        let image = try LogImage()
        let name = "index/" + image.segments[0].dropLast(4) + ".idx"
        let whole = image.bytes(name)
        #expect(!whole.isEmpty)
        for bytes in [[], Octets(whole.dropLast()), nil] {
            let world = image.world.fork()
            world.disk.with { state in
                let path = LogWorld.directory + "/" + name
                if let bytes { state.replace(path, with: bytes) } else { state.remove(path) }
            }
            try world.open()
            for _ in 0..<3 { try world.keep() }
            #expect(LogImage(atRest: world).bytes(name) == whole)
        }
    }

    @Test func sameLogSameText() throws {
        let image = try LogImage()
        func text() throws -> [String] {
            var reader = try LogReader(
                LogWorld.directory, codec: LogWorld.codec, host: image.world.host)
            var lines: [String] = []
            while let record = try reader.next() { lines.append("\(EventText.json(record))") }
            return lines
        }
        let first = try text()
        #expect(first.count == image.records.count)
        #expect(try text() == first)
        try image.world.open()
        image.world.age()
        try image.world.append(1)
        for _ in 0..<6 { try image.world.keep() }
        #expect(try text().starts(with: first), "sealing changes nothing that is read")
    }

    /// Numbers say the order, whatever the clocks say.
    @Test(arguments: [-3_600, 315_360_000, 0, -315_360_000]) func clocksJump(seconds: Int64) throws
    {
        let world = LogScript(hasStrictMarks: false).world()
        try world.open()
        for _ in 0..<4 {
            try world.append(3)
            world.clock.wall.add(seconds * 1_000_000_000, ordering: .relaxed)
            try world.append(2)
            for _ in 0..<4 { try world.keep() }
        }
        try world.checkContents()
        world.cutPower()
        try world.goOn()
    }
}
