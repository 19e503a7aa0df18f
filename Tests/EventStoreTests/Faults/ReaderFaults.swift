// Readers while a log is written, rolled, sealed and dropped under them, with real threads on a real disk;
// the same log read twice; and clocks that jump.

import Domain
import EventStore
import Foundation
import Synchronization
import Testing

@Suite struct ReaderFaults {
    private static func record(_ number: EventNumber, epoch: UInt64) -> Record {
        var step = Samples.step()
        step.message = Octets(repeating: UInt8(truncatingIfNeeded: number), count: Int(number % 400))
        return Record(
            number: number,
            stamp: Stamp(wall: Samples.wall, instant: Instant(nanoseconds: Int64(number)), boot: 1),
            stream: StreamKey(high: 3, low: number % 7),
            eventID: EventID(epoch: epoch, ordinal: number), event: .requestReceived(step))
    }

    /// Never an event that is not on disk, never another one than was appended.
    @Test func readersUnderRollSealAndDrop() async throws {
        let directory = NSTemporaryDirectory() + "trunkline-readers-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = try EventLog.open(
            directory, options: LogOptions(segmentBytes: 65_536), codec: LogWorld.codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
        let end = ContinuousClock.now + .seconds(FaultSettings.isFull ? 60 : 4)
        let seen = Atomic<Int>(0)
        await withTaskGroup(of: Void.self) { group in
            for work in [Self.write, Self.follow, Self.readStreams, Self.readAgain, Self.drop] {
                group.addTask {
                    await withCheckedContinuation { done in
                        Thread {
                            do {
                                try work(log, seen, end)
                            } catch { Issue.record("\(error)") }
                            done.resume()
                        }.start()
                    }
                }
            }
        }
        log.close()
        print("\(seen.load(ordering: .relaxed)) events read while they were written")
        #expect(seen.load(ordering: .relaxed) > 1_000)
        let verdicts = try LogVerifier.run(directory) { _, _, _ in }
        #expect(verdicts.allSatisfy { $0.fault == nil })
    }

    private typealias Work = @Sendable (EventLog, borrowing Atomic<Int>, ContinuousClock.Instant) throws -> Void

    private static func write(
        _ log: EventLog, _: borrowing Atomic<Int>, _ end: ContinuousClock.Instant
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

    private static func check(_ record: Record, _ log: EventLog) throws {
        guard record.number <= log.durableNumber else {
            throw Broken("event \(record.number) was shown before it was on disk")
        }
        guard record == Self.record(record.number, epoch: log.epoch) else {
            throw Broken("event \(record.number) is another one")
        }
    }

    /// As another process does it, from the newest event on.
    private static func follow(
        _ log: EventLog, _ seen: borrowing Atomic<Int>, _ end: ContinuousClock.Instant
    ) throws {
        var reader = try LogReader(log.directory, codec: LogWorld.codec)
        var last: EventNumber = 0
        while ContinuousClock.now < end {
            do throws(LogError) {
                while let record = try reader.next() {
                    try? check(record, log)
                    if record.number != last + 1, last != 0 { Issue.record("a gap after \(last)") }
                    last = record.number
                    seen.add(1, ordering: .relaxed)
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
        _ log: EventLog, _ seen: borrowing Atomic<Int>, _ end: ContinuousClock.Instant
    ) throws {
        while ContinuousClock.now < end {
            let stream = StreamKey(high: 3, low: 4)
            do throws(LogError) {
                let records = try StreamReader.records(
                    of: stream, in: log.directory, codec: LogWorld.codec)
                for (one, two) in zip(records, records.dropFirst()) where two.number != one.number + 7 {
                    Issue.record("the stream goes on from \(one.number) with \(two.number)")
                }
            } catch { guard error.kind == .unavailable else { throw error } }
            usleep(20_000)
        }
    }

    private static func readAgain(
        _ log: EventLog, _ seen: borrowing Atomic<Int>, _ end: ContinuousClock.Instant
    ) throws {
        while ContinuousClock.now < end {
            var reader = try LogReader(
                log.directory, codec: LogWorld.codec, durable: { log.durableNumber })
            do throws(LogError) {
                try reader.seek(to: log.durableNumber / 3 * 2)
                for _ in 0..<500 {
                    guard let record = try reader.next() else { break }
                    do {
                        try check(record, log)
                    } catch { Issue.record("\(error)") }
                    seen.add(1, ordering: .relaxed)
                }
            } catch { guard error.kind == .unavailable else { throw error } }
        }
    }

    private static func drop(
        _ log: EventLog, _: borrowing Atomic<Int>, _ end: ContinuousClock.Instant
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
    @Test(arguments: [-3_600, 315_360_000, 0, -315_360_000]) func clocksJump(seconds: Int64) throws {
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
