// A repair that is cut short at any operation: the log is as before or repaired, segment by segment, and
// the same repair made again finishes it.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct RepairCrashTests {
    @Test(arguments: [false, true]) func everyOperation(isFromCopy: Bool) throws {
        let image = try LogImage()
        var ends = 0
        for harm in Harm.all {
            let scene = RepairScene(image, harm, copied: isFromCopy ? image : nil)
            let whole = try finished(scene, isFromCopy)
            for changes in stride(
                from: 0, to: whole.changes, by: FaultSettings.step(sampled: 2))
            {
                for way in 1...UInt64(FaultSettings.isFull ? 8 : 2) {
                    try cut(scene, isFromCopy, after: changes, way, whole.records)
                    ends += 1
                }
            }
        }
        print("\(ends) ends of a repair")
    }

    private func repair(_ world: LogWorld, _ isFromCopy: Bool) throws -> [RepairFinding] {
        try RepairScene.repair(
            world, from: isFromCopy ? [RepairScene.copy] : [],
            accepting: isFromCopy ? nil : RepairScene.acceptance)
    }

    /// What an undisturbed repair takes and gives.
    private func finished(
        _ scene: RepairScene, _ isFromCopy: Bool
    ) throws -> (changes: Int, records: [Record]) {
        let world = scene.world.fork()
        let before = world.disk.with { $0.changeCount }
        _ = try repair(world, isFromCopy)
        let changes = world.disk.with { $0.changeCount } - before
        return (changes, try RepairScene.read(world))
    }

    private func cut(
        _ scene: RepairScene, _ isFromCopy: Bool, after changes: Int, _ way: UInt64,
        _ records: [Record]
    ) throws {
        let world = scene.world.fork()
        let before = segments(world)
        world.disk.with { $0.changesLeft = changes }
        #expect(throws: LogError.self) { try repair(world, isFromCopy) }
        world.random = SplitMix(seed: UInt64(changes) << 8 | way)
        if way % 2 == 0 { world.endProcess() } else { world.cutPower() }
        let verdicts = try LogVerifier.run(LogWorld.directory, host: world.host) { _, _, _ in }
        for (name, bytes) in segments(world) where bytes != before[name] {
            let verdict = try #require(verdicts.first { $0.segment == name })
            #expect(verdict.fault == nil, "\(name) after \(changes) operations")
        }
        let again = try repair(world, isFromCopy)
        #expect(again.allSatisfy { $0.outcome != .open })
        #expect(try RepairScene.faults(world) == [])
        let found = try RepairScene.read(world)
        #expect(found.map(\.number) == records.map(\.number), "after \(changes) operations")
        #expect(Set(before.keys).isSubset(of: Set(segments(world).keys)))
    }

    /// The files that are the log itself, by name.
    private func segments(_ world: LogWorld) -> [String: Octets] {
        let prefix = LogWorld.directory + "/"
        var found: [String: Octets] = [:]
        for (path, bytes) in RepairScene.contents(world) where path.hasPrefix(prefix) {
            let name = String(path.dropFirst(prefix.count))
            if !name.contains("/") { found[name] = bytes }
        }
        return found
    }
}
