// Appending again what may have arrived, appending on a condition, and two writers at once.

import Domain
import EventStore
import Foundation
import SimulatedMachine
import Testing

@Suite struct AppendFaults {
    private let world = LogScript(hasStrictMarks: false).world()

    private func open() throws -> EventLog {
        try EventLog.open(
            LogWorld.directory, options: world.options, codec: LogWorld.codec, host: world.host,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
    }

    private func records(_ numbers: ClosedRange<EventNumber>, epoch: UInt64) -> [Record] {
        numbers.map { world.record($0, epoch: epoch, ordinal: $0) }
    }

    @Test func repeatsChangeNothing() throws {
        let log = try open()
        let first = records(1...20, epoch: log.epoch)
        try log.append(first)
        try log.append(first)
        try log.append(Array(first[3...5]))
        #expect(log.durableNumber == 20)
        log.close()
        let next = try open()
        defer { next.close() }
        try next.append(Array(first[10...]))
        try next.append(records(21...21, epoch: next.epoch))
        #expect(next.waitDurable(21))
    }

    @Test func changedRepeatsAreRefused() throws {
        let log = try open()
        defer { log.close() }
        let first = records(1...20, epoch: log.epoch)
        try log.append(first)
        var changed = first[7]
        changed.event = .timerFired(TimerFired(leg: .destination, attempt: 9, timer: "H"))
        #expect(throws: AppendError.changedRepeat(changed.eventID, number: 8)) {
            try log.append([first[6], changed])
        }
        changed = first[7]
        changed.number = 9
        #expect(throws: AppendError.changedRepeat(changed.eventID, number: 8)) {
            try log.append([changed])
        }
    }

    @Test func numbersAndIdentifiersGrow() throws {
        let log = try open()
        defer { log.close() }
        try log.append(records(1...3, epoch: log.epoch))
        #expect(throws: AppendError.wrongNumber(5, next: 4)) {
            try log.append(records(5...5, epoch: log.epoch))
        }
        let old = world.record(4, epoch: 0, ordinal: 9)
        #expect(throws: AppendError.staleID(old.eventID)) { try log.append([old]) }
        let twice = world.record(4, epoch: log.epoch, ordinal: 9)
        let again = world.record(5, epoch: log.epoch, ordinal: 9)
        #expect(throws: AppendError.staleID(again.eventID)) { try log.append([twice, again]) }
        try log.append(records(4...4, epoch: log.epoch))
        #expect(log.waitDurable(4))
    }

    @Test func conditionsHoldOverRestarts() throws {
        let log = try open()
        try log.append(records(1...9, epoch: log.epoch))
        let one = StreamKey(high: 7, low: 1)
        #expect(throws: AppendError.conflict(stream: one, expected: 1, actual: 6)) {
            try log.append(records(10...10, epoch: log.epoch), expecting: [one: 1])
        }
        try log.append(records(10...10, epoch: log.epoch), expecting: [one: 6])
        try log.append(
            records(11...11, epoch: log.epoch), expecting: [StreamKey(high: 8, low: 8): 0])
        #expect(throws: AppendError.conflict(stream: one, expected: 6, actual: 11)) {
            try log.append(records(12...12, epoch: log.epoch), expecting: [one: 6])
        }
        log.close()
        let next = try open()
        defer { next.close() }
        #expect(throws: AppendError.conflict(stream: one, expected: 6, actual: 11)) {
            try next.append(records(12...12, epoch: next.epoch), expecting: [one: 6])
        }
        try next.append(records(12...12, epoch: next.epoch), expecting: [one: 11])
        #expect(next.waitDurable(12))
    }

    /// However many streams were asked for, what is said of one is so.
    @Test func conditionsOutliveOthers() throws {
        let log = try open()
        defer { log.close() }
        try log.append(records(1...9, epoch: log.epoch))
        var number: EventNumber = 9
        func append(_ expecting: [StreamKey: EventNumber]) throws {
            try log.append(records(number + 1...number + 1, epoch: log.epoch), expecting: expecting)
            number += 1
        }
        // The last place is taken by one of two streams, and the other finds none.
        let others = (1..<UInt64(Limits.watchedStreams)).map { StreamKey(high: 9, low: $0) }
        try append(Dictionary(uniqueKeysWithValues: others.map { ($0, 0) }))
        let (one, two) = (StreamKey(high: 7, low: 1), StreamKey(high: 7, low: 2))
        try append([one: 6, two: 7])
        #expect(throws: AppendError.conflict(stream: one, expected: 6, actual: 11)) {
            try append([one: 6, two: 7])
        }
    }

    /// A log that cannot be read back does not say that an event is new.
    @Test func damageIsNotAnAnswer() throws {
        let log = try open()
        try log.append(records(1...9, epoch: log.epoch))
        #expect(log.waitDurable(9))
        world.disk.with { state in
            let path = LogWorld.directory + "/00000000000000000001.evl"
            guard let inode = state.names[path], let bytes = state.inodes[inode]?.cache,
                let end = bytes.lastIndex(where: { $0 != 0 })
            else { return }
            // In the records of the last batch, before its trailer.
            state.inodes[inode]?.cache[end - 40] ^= 1
        }
        #expect(throws: AppendError.self) {
            try log.append(
                records(10...10, epoch: log.epoch), expecting: [StreamKey(high: 7, low: 1): 0])
        }
        log.close()
    }

    @Test func secondWriterIsRefused() throws {
        let log = try open()
        do {
            _ = try open()
            Issue.record("two writers")
        } catch let error as LogError { #expect(error.kind == .locked) }
        log.close()
        try open().close()
    }

    @Test func secondWriterIsRefusedOnARealDisk() throws {
        let directory = NSTemporaryDirectory() + "trunkline-writers-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        func open() throws -> EventLog {
            try EventLog.open(
                directory, options: world.options, codec: LogWorld.codec,
                observer: LogObserver(fatal: { Issue.record("\($0)") }))
        }
        let log = try open()
        for _ in 0..<3 { #expect(throws: LogError.self) { try open() } }
        log.close()
        let next = try open()
        #expect(next.epoch == log.epoch + 1)
        next.close()
    }

    /// Each writer has an epoch above all before, also when the file that counts them is lost.
    @Test func epochsNeverComeAgain() throws {
        var last: UInt64 = 0
        for life in 0..<6 {
            try world.open()
            let epoch = world.life?.opening.writer.epoch ?? 0
            #expect(epoch > last)
            last = epoch
            try world.append(1)
            world.endProcess()
            if life % 2 == 0 { world.disk.with { $0.remove(LogWorld.directory + "/LOCK") } }
        }
    }

    /// Identifiers may have been given away of which nothing is in the log.
    @Test func epochsOutliveAPowerCut() throws {
        try world.open()
        var last = world.life?.opening.writer.epoch ?? 0
        for _ in 0..<20 {
            world.cutPower()
            try world.open()
            let epoch = world.life?.opening.writer.epoch ?? 0
            #expect(epoch > last)
            last = epoch
        }
    }
}
