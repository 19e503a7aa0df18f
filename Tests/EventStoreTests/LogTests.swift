// The log on a real disk: what goes in comes out, whatever happens in between.

import Domain
import EventStore
import Foundation
import Testing

@Suite struct LogTests {
    private let directory = NSTemporaryDirectory() + "trunkline-log-\(UUID().uuidString)"
    private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 9, count: 32)))

    private func records(
        _ numbers: ClosedRange<EventNumber>, epoch: UInt64 = 1
    ) -> [Record] {
        let samples = Samples.all
        return numbers.map { number in
            Record(
                number: number,
                stamp: Stamp(
                    wall: Samples.wall + .milliseconds(Int64(number)),
                    instant: Instant(nanoseconds: Int64(number)), boot: 1),
                stream: StreamKey(high: 1, low: number % 3),
                eventID: EventID(epoch: epoch, ordinal: number),
                event: samples[Int(number) % samples.count])
        }
    }

    private func open(_ path: String? = nil) throws -> EventLog {
        try EventLog.open(
            path ?? directory, options: LogOptions(segmentBytes: 65_536), codec: codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
    }

    /// Appends in bursts, so that there are several batches, and closes.
    private func write(_ numbers: ClosedRange<EventNumber>) throws {
        let log = try open()
        for record in records(numbers, epoch: log.epoch) {
            try log.append([record])
            if record.number % 20 == 0 { while log.durableNumber < record.number { sched_yield() } }
        }
        log.close()
        #expect(log.durableNumber == numbers.upperBound)
    }

    private func read(_ path: String? = nil) throws -> [Record] {
        var reader = try LogReader(path ?? directory, codec: codec)
        var found: [Record] = []
        while let record = try reader.next() { found.append(record) }
        return found
    }

    private var segments: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
            .filter { $0.hasSuffix(".evl") }.sorted()
    }

    private func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    @Test func whatWasWrittenIsReadOverRollsAndRestarts() throws {
        defer { remove(directory) }
        try write(1...2_000)
        try write(2_001...2_100)
        #expect(segments.count > 1)
        #expect(try read() == records(1...2_000) + records(2_001...2_100, epoch: 2))
        let log = try open()
        defer { log.close() }
        #expect(log.lastNumber == 2_100)
        #expect(log.epoch == 3)
        #expect(log.torn == nil)
        let verdicts = try LogVerifier.run(directory) { _, _, _ in }
        #expect(verdicts.allSatisfy { $0.fault == nil })
    }

    @Test func whatPromisesNothingIsWrittenSoonToo() throws {
        defer { remove(directory) }
        let log = try open()
        defer { log.close() }
        let counted = UnauthenticatedCounted(
            from: Samples.wall, to: Samples.wall, challenges: 1, refusals: 0, malformed: 0, bytes: 1
        )
        var record = records(1...1, epoch: log.epoch)[0]
        record.event = .unauthenticatedCounted(counted)
        #expect(record.event.type.durability == .lazy)
        // The writer has nothing to do by then, and waits.
        usleep(500_000)
        try log.append([record])
        for _ in 0..<200 where log.durableNumber == 0 { usleep(10_000) }
        #expect(log.durableNumber == 1)
    }

    @Test func nothingIsReadPastAnEventThatCannotBeRead() throws {
        defer { remove(directory) }
        let log = try open()
        let route = Event.routeCreated(Samples.route(.echo))
        var written = records(1...3, epoch: log.epoch)
        for (index, event) in [route, .trunkCreated(Samples.trunk()), route].enumerated() {
            written[index].event = event
        }
        try log.append(written)
        log.close()
        let other = EventCodec(sealer: Sealer(key: Octets(repeating: 8, count: 32)))
        var found: [EventNumber] = []
        var reader = try LogReader(directory, codec: other)
        #expect(throws: LogError.self) {
            while let record = try reader.next() { found.append(record.number) }
        }
        #expect(found == [1])
    }

    /// Who asks for what comes later gets nothing before it.
    @Test func readerSeeksPastTheEnd() throws {
        defer { remove(directory) }
        try write(1...4)
        var reader = try LogReader(directory, codec: codec)
        try reader.seek(to: 6)
        #expect(try reader.next() == nil)
        try write(5...9)
        var found: [EventNumber] = []
        while let record = try reader.next() { found.append(record.number) }
        #expect(found == [7, 8, 9])
    }

    @Test func readerFollowsAndSeeks() throws {
        defer { remove(directory) }
        let log = try open()
        var reader = try LogReader(directory, codec: codec, durable: { log.durableNumber })
        #expect(try reader.next() == nil)
        try log.append(records(1...50))
        while log.durableNumber < 50 { sched_yield() }
        for record in records(1...50) { #expect(try reader.next() == record) }
        #expect(try reader.next() == nil)
        try log.append(records(51...60))
        while log.durableNumber < 60 { sched_yield() }
        #expect(try reader.next()?.number == 51)
        log.close()
        for number in EventNumber(0)...60 {
            var other = try LogReader(directory, codec: codec)
            try other.seek(to: number)
            #expect(try other.next()?.number == (number < 60 ? number + 1 : nil))
        }
    }

    @Test func secondWriterIsRefused() throws {
        defer { remove(directory) }
        let log = try open()
        defer { log.close() }
        #expect(EventLog.isBeingWritten(directory))
        do {
            _ = try open()
            Issue.record("two writers")
        } catch let error as LogError {
            #expect(error.kind == .locked)
        }
    }

    /// Cut at any place: either all that was acknowledged is there, or the log says that it is not.
    @Test func cutAnywhere() throws {
        defer { remove(directory) }
        try write(1...60)
        let whole = records(1...60)
        let used = try LogVerifier.run(directory) { _, _, _ in }[0].usedBytes
        for offset in stride(from: 8_192, to: used, by: 61) {
            for keepsMark in [true, false] {
                let copy = directory + "-cut"
                defer { remove(copy) }
                try FileManager.default.copyItem(atPath: directory, toPath: copy)
                let file = try #require(FileHandle(forUpdatingAtPath: copy + "/" + segments[0]))
                try file.seek(toOffset: UInt64(offset))
                try file.write(contentsOf: Data(count: used - offset))
                try file.close()
                if !keepsMark { remove(copy + "/COMMIT") }
                do {
                    let log = try open(copy)
                    log.close()
                    #expect(!keepsMark || log.lastNumber == 60, "acknowledged events were cut")
                    #expect(try read(copy) == Array(whole.prefix(Int(log.lastNumber))))
                } catch let error as LogError {
                    #expect(error.kind == .damaged, "\(error)")
                }
            }
        }
    }

    /// One bit anywhere in what was written is found, and other events are never read instead.
    @Test func everyChangedByteIsFound() throws {
        defer { remove(directory) }
        try write(1...60)
        let whole = records(1...60)
        let path = directory + "/" + segments[0]
        let used = try LogVerifier.run(directory) { _, _, _ in }[0].usedBytes
        let bytes = try Data(contentsOf: URL(filePath: path))
        for offset in stride(from: 8_192, to: used, by: 29) {
            var changed = bytes
            changed[offset] ^= 1 << UInt8(offset % 8)
            try changed.write(to: URL(filePath: path))
            let verdicts = try LogVerifier.run(directory) { _, _, _ in }
            #expect(verdicts[0].fault != nil, "a changed byte at \(offset) was not found")
            #expect(throws: LogError.self) { try read() }
            do {
                let log = try open()
                log.close()
                Issue.record("a damaged log was opened for writing")
            } catch let error as LogError {
                #expect(error.kind == .damaged)
            }
        }
        try bytes.write(to: URL(filePath: path))
        #expect(try read() == whole)
    }

    /// Zeros in the middle are not the end of the log.
    @Test func zeroedBatchesAreDamage() throws {
        defer { remove(directory) }
        try write(1...700)
        for name in segments {
            let path = directory + "/" + name
            let bytes = try Data(contentsOf: URL(filePath: path))
            var zeroed = bytes
            zeroed.replaceSubrange(8_192..<zeroed.count, with: Data(count: zeroed.count - 8_192))
            try zeroed.write(to: URL(filePath: path))
            #expect(throws: LogError.self) { try read() }
            try bytes.write(to: URL(filePath: path))
        }
        #expect(try read() == records(1...700))
    }

    @Test func missingSegmentIsNamed() throws {
        defer { remove(directory) }
        try write(1...3_000)
        #expect(segments.count > 2)
        remove(directory + "/" + segments[1])
        do {
            _ = try open()
            Issue.record("a log with a hole was opened")
        } catch let error as LogError {
            #expect(error.kind == .inconsistent)
        }
    }

    @Test func checksumsAgree() {
        #expect(CRC32C.of(Octets("123456789".utf8)) == 0xe306_9283)
        var generator = SplitMix(seed: 3)
        for count in 0..<200 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            #expect(CRC32C.of(bytes) == bytes.withUnsafeBytes { CRC32C.portable($0) })
        }
    }

    /// The vectors of Certificate Transparency's reference implementation (RFC 6962 §2.1).
    @Test func merkleRoots() {
        let leaves = ["", "00", "10", "2021", "3031", "40414243"].map {
            (Hex.decode($0.utf8) ?? [])[...]
        }
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        ]
        for (index, root) in roots.enumerated() {
            #expect(Chain.merkleRoot(Array(leaves[...index])) == Hex.decode(root.utf8))
        }
    }
}
