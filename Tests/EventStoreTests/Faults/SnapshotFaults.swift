// Snapshots and power cuts. One may be missing afterwards, but what is there is whole, and one that was
// reported as written is there.

import Domain
import EventStore
import SimulatedMachine
import Testing

@Suite struct SnapshotFaults {
    private let world = LogScript(hasStrictMarks: false).world()

    /// A log of twelve events with a snapshot of the first six on the disk.
    init() throws {
        try world.open()
        for _ in 0..<6 { try world.append(2) }
        try write(6, in: world)
        world.disk.with { $0.settleAll() }
    }

    private func store(_ world: LogWorld) -> SnapshotStore {
        SnapshotStore("/data/snapshots", codec: LogWorld.codec, host: world.host)
    }

    private func snapshot(_ number: EventNumber) -> Snapshot {
        Snapshot(
            number: number, wall: Samples.wall + .seconds(1), wallBeforeStart: Samples.wall,
            lastCDRNumber: 3, records: Array(world.appended.prefix(Int(number))))
    }

    @discardableResult
    private func write(_ number: EventNumber, in world: LogWorld) throws -> String {
        var reader = try LogReader(LogWorld.directory, codec: LogWorld.codec, host: world.host)
        try reader.seek(to: number)
        let written = try store(world).write(snapshot(number), chain: reader.chain)
        #expect(written.snapshot == snapshot(number))
        return store(world).directory + "/" + written.name
    }

    private func beginning(_ world: LogWorld) throws -> SnapshotStore.Beginning {
        store(world).beginning(
            try LogReader(LogWorld.directory, codec: LogWorld.codec, host: world.host))
    }

    @Test func whatIsWrittenOutlivesAPowerCut() throws {
        for seed in FaultSettings.seeds(sample: 40, full: 400) {
            let world = world.fork()
            try write(12, in: world)
            world.random = SplitMix(seed: seed)
            world.cutPower()
            #expect(try beginning(world).snapshot == snapshot(12), "TRUNKLINE_SEED=\(seed)")
        }
    }

    @Test func cutWhileWritingLeavesTheOneBefore() throws {
        for changes in 0..<4 {
            for seed in FaultSettings.seeds(sample: 20, full: 200) {
                let world = world.fork()
                world.disk.with { $0.changesLeft = changes }
                #expect(throws: (any Error).self) { try write(12, in: world) }
                world.random = SplitMix(seed: seed)
                world.cutPower()
                let found = try beginning(world)
                #expect(found.refused.isEmpty, "\(changes) changes, TRUNKLINE_SEED=\(seed)")
                #expect([snapshot(6), snapshot(12)].contains(found.snapshot))
            }
        }
    }

    /// A format or a fold that is not this program's is not read, whatever the checksums say.
    @Test(arguments: [8, 10]) func otherVersionsAreRefused(offset: Int) throws {
        let path = try write(12, in: world)
        world.disk.with { state in
            var bytes = state.names[path].flatMap { state.inodes[$0]?.cache } ?? []
            bytes[offset] &+= 1
            bytes.seal(0..<92)
            state.replace(path, with: bytes)
        }
        let found = try beginning(world)
        #expect(found.refused.map(\.doubt) == [.otherVersion])
        #expect(found.snapshot == snapshot(6))
    }
}
