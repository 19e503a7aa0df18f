// The second fold and the checks: equal where all is well, and a difference found where something is not.

import Domain
import EventStore
import Foundation
import GRDB
import Projections
import Synchronization
import Testing

@Suite struct SnapshotterTests {
    private let directory = NSTemporaryDirectory() + "trunkline-second-\(UUID().uuidString)"
    private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 9, count: 32)))
    private let wall = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private var log: String { directory + "/log" }
    private var tables: String { directory + "/projections.sqlite" }
    private func store(_ codec: EventCodec? = nil) -> SnapshotStore {
        SnapshotStore(directory + "/snapshots", codec: codec ?? self.codec)
    }

    private func trunk(_ name: String) -> Trunk {
        let id = TrunkID(high: 1, low: 1)
        return Trunk(
            id: id, version: 1, customer: CustomerID(high: 2, low: 2), name: name, detail: "",
            domainName: "acme", authTypes: .basic,
            credential: Credential(
                username: "acme", realm: "r", ha1MD5: Octets(repeating: 1, count: 32),
                ha1SHA256: Octets(repeating: 2, count: 64),
                ha1SHA512_256: Octets(repeating: 3, count: 64)), allowedNetworks: [],
            allowsBareAddress: false, digestAlgorithms: [.md5], allowsLegacyDigest: false,
            earlyMedia: .both, created: wall, updated: wall, deleted: nil)
    }

    /// A trunk, and a call that goes on.
    private func records(named name: String = "Acme") -> [Domain.Record] {
        let offered = CallOffered(
            seed: 1, sipCallID: [1], remoteTag: [2], localTag: [3], cseq: 1,
            source: Endpoint(.v4(1), 1), local: Endpoint(.v4(2), 2), requestURI: [], from: [],
            to: [], callerNumber: [], calledNumber: [], remoteTarget: [], routeSet: [],
            remoteSession: [], localSession: [])
        let trunk = trunk(name)
        let events: [(StreamKey, Event)] = [
            (
                .gateway,
                .gatewayStarted(
                    GatewayStarted(
                        build: "1", bootID: "b", epoch: 1, baseDomain: "test", configuration: []))
            ), (StreamKey(trunk.id), .trunkCreated(trunk)),
            (StreamKey(high: 5, low: 5), .callOffered(offered)),
        ]
        return events.enumerated().map { index, event in
            Domain.Record(
                number: EventNumber(index + 1),
                stamp: Stamp(wall: wall, instant: Instant(nanoseconds: 0), boot: 1),
                stream: event.0, eventID: EventID(epoch: 1, ordinal: UInt64(index + 1)),
                event: event.1)
        }
    }

    private func write() throws {
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let log = try EventLog.open(
            log, options: LogOptions(segmentBytes: 65_536), codec: codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
        for record in records() { try log.append([record]) }
        log.close()
    }

    /// Runs the second fold over the log; returns what it holds, and what it complained of.
    private func run(_ store: SnapshotStore) async -> (CanonicalText?, [String]) {
        let failures = Failures()
        let snapshotter = Snapshotter(
            store: store, baseDomain: "test",
            reader: { [log, codec] in try LogReader(log, codec: codec) },
            observer: SnapshotObserver(
                written: { _, _, _ in }, failed: { failures.append($0) }))
        snapshotter.start()
        let text = await snapshotter.stop()
        return (text, failures.all)
    }

    private final class Failures: Sendable {
        private let texts = Mutex<[String]>([])
        func append(_ text: String) { texts.withLock { $0.append(text) } }
        var all: [String] { texts.withLock { $0 } }
    }

    private func text(_ records: [Domain.Record]) -> CanonicalText {
        let state = SwitchboardState(baseDomain: "test")
        for record in records { state.fold(record) }
        return CanonicalText(state)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: directory) }

    @Test func lastSnapshotIsWrittenAtTheEndAndTheStatesAgree() async throws {
        defer { remove() }
        try write()
        for _ in 0..<2 {
            let (text, failures) = await run(store())
            #expect(text == self.text(records()))
            #expect(failures.isEmpty)
            #expect(store().names == ["00000000000000000003.snap"])
        }
    }

    /// The standing check of the live core: one field that the log does not have is found.
    @Test func stateThatIsNotTheLogsIsFound() async throws {
        defer { remove() }
        try write()
        let (text, _) = await run(store())
        let difference = try #require(text?.difference(from: self.text(records(named: "Acne"))))
        #expect(difference.contains("Acme") && difference.contains("Acne"))
    }

    /// Without the key a snapshot has no secrets: it does not give the state that it was made of.
    @Test func snapshotThatGivesAnotherStateIsRemoved() async throws {
        defer { remove() }
        try write()
        let (_, failures) = await run(store(EventCodec(sealer: nil)))
        #expect(failures.count == 1)
        #expect(failures.first?.contains("credential") == true)
        #expect(store().names.isEmpty)
    }

    @Test func refusedSnapshotsAreRemoved() async throws {
        defer { remove() }
        try write()
        let foreign = store().directory + "/00000000000000000999.snap"
        try FileManager.default.createDirectory(
            atPath: store().directory, withIntermediateDirectories: true)
        try Data("x".utf8).write(to: URL(filePath: foreign))
        _ = await run(store())
        #expect(store().names == ["00000000000000000003.snap"])
    }

    @Test func foldsAgree() async throws {
        defer { remove() }
        try write()
        _ = await run(store())
        let folds = try FoldComparison(
            try LogReader(log, codec: codec), snapshots: store(), progress: { _ in })
        #expect(folds.number == 3)
        #expect(folds.verdicts.map(\.snapshot) == [nil, "00000000000000000003.snap"])
        #expect(folds.verdicts.allSatisfy { $0.difference == nil && $0.doubt == nil })
    }

    @Test func wrongSnapshotIsNamedByTheCheck() throws {
        defer { remove() }
        try write()
        var reader = try LogReader(log, codec: codec)
        while try reader.next() != nil {}
        var compaction = Compaction(baseDomain: "test")
        for record in records(named: "Acne") { compaction.fold(record) }
        _ = try store().write(compaction.snapshot(), chain: reader.chain)
        let folds = try FoldComparison(
            try LogReader(log, codec: codec), snapshots: store(), progress: { _ in })
        #expect(folds.verdicts.first?.difference == nil)
        #expect(folds.verdicts.last?.difference?.contains("Acne") == true)
    }

    private func compareTables(_ name: String) throws -> TableComparison {
        try TableComparison(
            of: tables, side: directory + "/\(name).sqlite",
            reader: { [log, codec] end in try LogReader(log, codec: codec, durable: { end }) },
            progress: { _, _ in })
    }

    @Test func tablesAreComparedRowByRow() throws {
        defer { remove() }
        try write()
        try Projector.catchUp(path: tables, reader: try LogReader(log, codec: codec))
        let good = try compareTables("good")
        #expect(good.difference == nil)
        #expect((good.number, good.rows) == (3, 4))
        let database = try DatabaseQueue(path: tables)
        try database.write { try $0.execute(sql: "UPDATE trunks SET document = '{}'") }
        #expect(try compareTables("changed").difference?.contains("column document") == true)
        try database.write { try $0.execute(sql: "DELETE FROM trunks") }
        #expect(try compareTables("missing").difference?.contains("is missing") == true)
        try database.close()
    }
}
