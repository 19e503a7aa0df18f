// Snapshots on a real disk, in every state of damage: none may be believed that is not exactly what was
// written, for exactly this log.

import Domain
import EventStore
import Foundation
import Testing

@Suite struct SnapshotStoreTests {
    private let directory = NSTemporaryDirectory() + "trunkline-snapshots-\(UUID().uuidString)"
    private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 9, count: 32)))

    private var log: String { directory + "/log" }
    private var store: SnapshotStore { SnapshotStore(directory + "/snapshots", codec: codec) }

    private func records(_ numbers: ClosedRange<EventNumber>) -> [Record] {
        let samples = Samples.all
        return numbers.map { number in
            Record(
                number: number,
                stamp: Stamp(
                    wall: Samples.wall + .milliseconds(Int64(number)),
                    instant: Instant(nanoseconds: Int64(number)), boot: 1),
                stream: StreamKey(high: 1, low: number % 3),
                eventID: EventID(epoch: 1, ordinal: number),
                event: samples[Int(number) % samples.count])
        }
    }

    private func write(_ numbers: ClosedRange<EventNumber>, to path: String? = nil) throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let log = try EventLog.open(
            path ?? log, options: LogOptions(segmentBytes: 65_536), codec: codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
        for record in records(numbers) {
            try log.append([record])
            if record.number % 20 == 0 { while log.durableNumber < record.number { sched_yield() } }
        }
        log.close()
    }

    /// A snapshot with every third record up to a number.
    private func snapshot(_ number: EventNumber) -> Snapshot {
        Snapshot(
            number: number, wall: Samples.wall + .milliseconds(Int64(number)),
            wallBeforeStart: Samples.wall, lastCDRNumber: 5,
            records: records(1...number).filter { $0.number % 3 == 0 })
    }

    private func reader(at number: EventNumber = 0, of path: String? = nil) throws -> LogReader {
        var reader = try LogReader(path ?? log, codec: codec)
        if number > 0 { try reader.seek(to: number) }
        return reader
    }

    /// Stores a snapshot as the second fold does; returns its file's path.
    @discardableResult
    private func store(_ number: EventNumber) throws -> String {
        let written = try store.write(snapshot(number), chain: try reader(at: number).chain)
        #expect(written.snapshot == snapshot(number))
        return store.directory + "/" + written.name
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    @Test func newestIsUsedAndTheReaderStandsBehindIt() throws {
        defer { remove() }
        try write(1...300)
        for number: EventNumber in [90, 155, 300] { try store(number) }
        #expect(store.names.count == Limits.snapshots)
        let beginning = store.beginning(try reader())
        #expect(beginning.snapshot == snapshot(300))
        #expect(beginning.refused.isEmpty)
        try FileManager.default.removeItem(atPath: store.directory + "/" + store.names[0])
        var older = store.beginning(try reader())
        #expect(older.snapshot == snapshot(155))
        #expect(try older.reader.next() == records(156...156)[0])
    }

    @Test func nothingToBeginWithIsNoFailure() throws {
        defer { remove() }
        try write(1...10)
        var beginning = store.beginning(try reader())
        #expect(beginning.snapshot == nil)
        #expect(try beginning.reader.next() == records(1...1)[0])
    }

    @Test func damagedOneGivesWayToTheOneBefore() throws {
        defer { remove() }
        try write(1...300)
        try store(155)
        let path = try store(300)
        try Data("no snapshot".utf8).write(to: URL(filePath: path))
        let beginning = store.beginning(try reader())
        #expect(beginning.snapshot == snapshot(155))
        #expect(beginning.refused.map(\.doubt) == [.damaged])
    }

    @Test func logMustBearItOut() throws {
        defer { remove() }
        try write(1...100)
        try store(60)
        // The same events in another log have another chain, and a shorter log does not reach so far.
        let other = directory + "/other"
        try write(1...100, to: other)
        #expect(store.beginning(try reader(of: other)).refused.map(\.doubt) == [.otherLog])
        let short = directory + "/short"
        try write(1...40, to: short)
        #expect(store.beginning(try reader(of: short)).refused.map(\.doubt) == [.otherLog])
        let empty = directory + "/empty"
        try FileManager.default.createDirectory(atPath: empty, withIntermediateDirectories: true)
        #expect(store.beginning(try reader(of: empty)).refused.map(\.doubt) == [.otherLog])
    }

    @Test func everyFlippedBitAndEveryCutIsRefused() throws {
        defer { remove() }
        try write(1...60)
        let path = try store(12)
        let whole = try Data(contentsOf: URL(filePath: path))
        let file = try FileHandle(forUpdating: URL(filePath: path))
        func isRefused() throws -> Bool { store.beginning(try reader()).snapshot == nil }
        #expect(try !isRefused())
        for bit in 0..<whole.count * 8 {
            try file.seek(toOffset: UInt64(bit / 8))
            try file.write(contentsOf: Data([whole[bit / 8] ^ 1 << (bit % 8)]))
            #expect(try isRefused(), "bit \(bit)")
            try file.seek(toOffset: UInt64(bit / 8))
            try file.write(contentsOf: Data([whole[bit / 8]]))
        }
        #expect(try !isRefused())
        try file.seekToEnd()
        try file.write(contentsOf: Data([0]))
        #expect(try isRefused())
        for count in (0..<whole.count).reversed() {
            try file.truncate(atOffset: UInt64(count))
            #expect(try isRefused(), "\(count) bytes")
        }
    }

    @Test func largeOnesHaveSeveralBlocks() throws {
        defer { remove() }
        try write(1...10)
        var large = snapshot(3)
        large.number = 9
        large.wall = large.wall + .seconds(1)
        let step = Samples.step()
        var generator = SplitMix(seed: 1)
        large.records = (1...9).map { (number: EventNumber) in
            var record = records(1...1)[0]
            record.number = number
            let long = (0..<65_000).map { _ in UInt8.random(in: 0...255, using: &generator) }
            record.event = .requestSent(step.with { $0.message = long })
            return record
        }
        let written = try store.write(large, chain: try reader(at: 9).chain)
        #expect(written.snapshot == large)
        #expect(written.bytes > 9 * 65_000)
    }
}
