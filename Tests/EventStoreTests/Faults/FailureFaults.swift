// Every call that the log makes fails, one after the other, in every way that it can. What cannot be
// lived with ends the writer at once; the next one finds all that was acknowledged.

import Domain
import EventStore
import Glibc
import SimulatedMachine
import Synchronization
import Testing

@Suite struct FailureFaults {
    private static let kinds: [SimulatedDisk.Call] = [
        .open, .read, .write, .fdatasync, .fsync, .rename, .fallocate, .unlink, .mkdir,
    ]

    /// The n-th call fails, for every n, until there is no n-th call.
    @Test(arguments: kinds) func everyCall(kind: SimulatedDisk.Call) throws {
        let errors = FaultSettings.isFull ? [EIO, ENOSPC, EDQUOT, EAGAIN, EROFS] : [EIO, ENOSPC]
        var cases = 0
        for number in errors {
            for isSticky in [false, true] {
                for model in [SimulatedDisk.SyncModel.retried, .keptClean, .reverted] {
                    if kind != .fdatasync, model != .retried { continue }
                    cases += try sweep(
                        SimulatedDisk.Fault(call: kind, nth: 1, number: number, isSticky: isSticky),
                        model)
                }
            }
        }
        print("\(cases) failures of \(kind.rawValue)")
    }

    /// Returns how many calls there were to fail.
    private func sweep(
        _ fault: SimulatedDisk.Fault, _ model: SimulatedDisk.SyncModel
    ) throws -> Int {
        var (fault, cases) = (fault, 0)
        while true {
            do {
                guard try fail(fault, model) else { return cases }
            } catch {
                Issue.record("\(fault) \(model): \(error)")
                return cases
            }
            cases += 1
            fault.nth += fault.call == .read ? FaultSettings.step(sampled: 7) : 1
        }
    }

    /// False when there was no n-th call.
    private func fail(_ fault: SimulatedDisk.Fault, _ model: SimulatedDisk.SyncModel) throws -> Bool
    {
        let script = LogScript(hasStrictMarks: fault.nth % 2 == 0)
        let world = script.world()
        world.disk.with {
            $0.syncModel = model
            $0.faults = [fault]
        }
        try? script.run(world)
        let isHit = world.disk.with { $0.faults.first?.nth ?? 0 <= 0 }
        world.endProcess()
        // The same boot: the cache may lie.
        try world.goOnAfterFailure()
        world.cutPower()
        try world.goOn()
        return isHit
    }

    /// A failure is known to the next start and to no later one; a full disk is no failure.
    @Test func failuresAreNotedOnce() throws {
        let world = LogScript(hasStrictMarks: false).world()
        world.disk.with {
            $0.faults = [SimulatedDisk.Fault(call: .fallocate, nth: 1, number: ENOSPC)]
        }
        #expect(throws: LogError.self) { try world.open() }
        try world.open()
        #expect(world.life?.opening.notices == [])
        world.failed(SystemCallFailure(call: "fdatasync", path: "", number: EIO))
        for notices in [1, 0] {
            world.endProcess()
            try world.open()
            #expect(world.life?.opening.notices.count == notices)
        }
    }

    /// Interrupted and short calls are continued, as if nothing had been.
    @Test func interruptionsAndShortCalls() throws {
        for kind in [SimulatedDisk.Call.read, .write] {
            for nth in 1...40 {
                let script = LogScript(hasStrictMarks: false)
                let world = script.world()
                world.disk.with {
                    $0.faults = [SimulatedDisk.Fault(call: kind, nth: nth, number: EINTR)]
                    $0.shortTransfers = SplitMix(seed: UInt64(nth))
                }
                try script.run(world)
                world.cutPower()
                try world.open()
                #expect(world.acknowledged == EventNumber(world.appended.count))
            }
        }
    }

    /// A failed sync whose data the cache shows and the disk does not have.
    @Test(arguments: SimulatedDisk.SyncModel.allCases) func liesOfTheCache(
        model: SimulatedDisk.SyncModel
    ) throws {
        for dropsCache in [true, false] {
            for nth in 1...30 {
                let script = LogScript(hasStrictMarks: model == .late)
                let world = script.world()
                world.disk.with {
                    $0.syncModel = model
                    $0.dropsCache = dropsCache
                    $0.faults = [SimulatedDisk.Fault(call: .fdatasync, nth: nth, number: EIO)]
                }
                try? script.run(world)
                world.endProcess()
                world.disk.with { $0.dropsCache = dropsCache }
                do {
                    try world.goOnAfterFailure()
                    world.cutPower()
                    try world.goOn()
                } catch let error as LogError {
                    // Refused, because the disk has less than was promised (a sync had lied), or because
                    // it cannot be told what it has.
                    let isRight = model == .late || !dropsCache && error.kind == .needsReboot
                    #expect(isRight, "\(model) \(nth): \(error)")
                }
            }
        }
    }

    /// Files for later segments, and a sealed copy that could not be written, are nobody's loss.
    @Test func housekeepingThatFailsIsNotFatal() throws {
        for fault in [
            SimulatedDisk.Fault(call: .fallocate, nth: 1, number: ENOSPC, suffix: ".new"),
            SimulatedDisk.Fault(call: .write, nth: 1, number: EIO, suffix: ".new"),
            SimulatedDisk.Fault(call: .fdatasync, nth: 1, number: EIO, suffix: ".new"),
            SimulatedDisk.Fault(call: .rename, nth: 1, number: EIO, suffix: ".new"),
            SimulatedDisk.Fault(call: .write, nth: 1, number: ENOSPC, suffix: ".sealing"),
            SimulatedDisk.Fault(call: .fdatasync, nth: 1, number: EIO, suffix: ".sealing"),
        ] {
            let world = try rolled()
            world.disk.with { $0.faults = [fault] }
            for _ in 0..<8 { try world.keep() }
            #expect(world.disk.with { $0.faults[0].nth } <= 0, "\(fault)")
            try world.append(2)
            try world.checkContents()
            world.cutPower()
            try world.goOn()
        }
    }

    /// What a rename or its directory's sync left on the disk is not known.
    @Test(arguments: [SimulatedDisk.Call.rename, .fsync]) func sealingThatFailsIsFatal(
        call: SimulatedDisk.Call
    ) throws {
        let world = try rolled()
        try world.keep()
        let suffix = call == .rename ? ".sealing" : LogWorld.directory
        world.disk.with {
            $0.faults = [SimulatedDisk.Fault(call: call, nth: 1, number: EIO, suffix: suffix)]
        }
        do throws(SystemCallFailure) {
            for _ in 0..<4 { try world.keep() }
            Issue.record("sealing went on")
        } catch { world.failed(error) }
        world.endProcess()
        try world.goOnAfterFailure()
    }

    /// A sealed copy that the disk did not keep does not take the original's place.
    @Test func sealedCopyIsProvenFromTheDisk() throws {
        let world = try rolled()
        world.disk.with {
            $0.syncModel = .late
            $0.faults = [
                SimulatedDisk.Fault(call: .fdatasync, nth: 1, number: EIO, suffix: ".sealing")
            ]
        }
        for _ in 0..<8 { try world.keep() }
        world.cutPower()
        try world.goOn()
    }

    /// A log with a closed segment to seal, and no spare.
    private func rolled() throws -> LogWorld {
        let world = LogScript(hasStrictMarks: false).world()
        try world.open()
        try world.keep()
        try world.keep()
        for _ in 0..<3 { try world.append(3) }
        world.age()
        try world.append(1)
        try world.mark()
        return world
    }

    /// After the first failure nothing is acknowledged and nothing written, whoever waits.
    @Test func nothingIsAcknowledgedAfterAFailure() throws {
        for nth in 1...6 {
            let world = LogScript(hasStrictMarks: nth % 2 == 0).world()
            try world.open()
            try world.close()
            world.disk.with {
                $0.faults = [
                    SimulatedDisk.Fault(
                        call: .fdatasync, nth: 1 + nth, number: EIO, suffix: ".evl")
                ]
            }
            let failures = Mutex<[EventNumber]>([])
            let acknowledged = Mutex<EventNumber>(0)
            let log = try EventLog.open(
                LogWorld.directory, options: world.options, codec: LogWorld.codec, host: world.host,
                observer: LogObserver(
                    durable: { number in acknowledged.withLock { $0 = number } },
                    fatal: { _ in failures.withLock { $0.append(acknowledged.withLock { $0 }) } }))
            var records: [Record] = []
            for number in 1...EventNumber(40) {
                let record = world.record(number, epoch: log.epoch, ordinal: number)
                try log.append([record])
                records.append(record)
                _ = log.waitDurable(number)
            }
            #expect(!log.waitDurable(40))
            #expect(throws: AppendError.unknown) { try log.append([records[39]]) }
            let durable = log.durableNumber
            log.close()
            #expect(failures.withLock { $0 } == [durable], "one failure, and nothing after it")
            #expect(log.durableNumber == durable)
            world.cutPower()
            world.appended = records
            world.acknowledged = durable
            try world.open()
        }
    }
}

extension LogWorld {
    /// A writer failed, and the next one starts on the same boot. Some failures come again.
    fileprivate func goOnAfterFailure() throws {
        do {
            try open()
        } catch let error as LogError where error.kind == .unavailable {
            endProcess()
            try open()
        }
        do throws(SystemCallFailure) {
            try append(2)
            for _ in 0..<3 { try keep() }
        } catch { throw Broken("\(error)") }
        try checkContents()
        endProcess()
    }
}
