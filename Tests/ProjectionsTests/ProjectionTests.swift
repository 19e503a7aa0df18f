// The tables are a reading of the log: made twice, they are the same.

import Domain
import EventStore
import Foundation
import Projections
import Testing

@Suite struct ProjectionTests {
    private let directory = NSTemporaryDirectory() + "trunkline-tables-\(UUID().uuidString)"
    private let codec = EventCodec(sealer: nil)
    private let wall = WallTime(nanoseconds: 1_700_000_000_000_000_000)

    private var tables: String { directory + "/projections.sqlite" }

    private static let endpoint = Endpoint(.v4(1), 5_060)
    private let offered = CallOffered(
        seed: 1, sipCallID: Octets("a, \"b\"".utf8), remoteTag: [1], localTag: [2], cseq: 1,
        source: endpoint, local: endpoint, requestURI: [], from: [], to: [],
        callerNumber: Octets("1".utf8), calledNumber: Octets("2".utf8), remoteTarget: [],
        routeSet: [], remoteSession: [], localSession: [])

    private func events() -> [(StreamKey, Event)] {
        let call = StreamKey(high: 5, low: 5)
        let trunk = Trunk(
            id: TrunkID(high: 1, low: 1), version: 1, customer: CustomerID(high: 2, low: 2),
            name: "Acme", detail: "", domainName: "acme", authTypes: .ip, credential: nil,
            allowedNetworks: [], allowsBareAddress: false, digestAlgorithms: [.md5],
            allowsLegacyDigest: false, earlyMedia: .both, created: wall, updated: wall,
            deleted: nil)
        let refused = CallRefused(
            reason: .noRoute, status: 404, phrase: "No Route", cdrNumber: 1, trunk: trunk.id,
            trunkVersion: 1, customer: trunk.customer, username: [])
        return [
            (
                .gateway,
                .gatewayStarted(
                    GatewayStarted(
                        build: "1", bootID: "b", epoch: 1, baseDomain: "test", configuration: []))
            ),
            (StreamKey(trunk.id), .trunkCreated(trunk)), (call, .callOffered(offered)),
            (call, .callRefused(refused)),
            (StreamKey(high: 6, low: 6), .callOffered(offered)),
            (
                .gateway,
                .gapRecorded(
                    GapRecorded(
                        firstLost: 6, lastLost: 6, segment: "s", offset: 0, length: 0, digest: [],
                        reason: "damaged", operatorName: "o", note: "", recorded: wall,
                        lastCDR: 0, signature: []))
            ),
        ]
    }

    private func write(_ events: [(StreamKey, Event)]? = nil) throws {
        let events = (events ?? self.events()).map { (at: wall, stream: $0.0, event: $0.1) }
        try SampleLog.append(events, in: directory, codec: codec)
    }

    private func catchUp() throws -> Readings {
        try Projector.catchUp(
            path: tables, reader: try LogReader(directory + "/log", codec: codec))
        return try Readings(path: tables)
    }

    private func everything(_ readings: Readings) throws -> [String] {
        let trunks = try readings.page(.trunks, size: 10, token: "")
        let records = try readings.records(Readings.Filter(), after: 0, count: 10)
        return try (trunks?.documents ?? []) + readings.calls() + records.map(\.document)
    }

    @Test func deletedTablesAreMadeAgain() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write()
        let first = try everything(try catchUp())
        #expect(first.count == 3)
        #expect(first[0].contains("\"server\":\"sip:acme.trunk.test\""))
        #expect(first[1].contains("in_progress"))
        #expect(first[1].contains("\"log_gap\":true"))
        #expect(first[2].contains("\"log_gap\":false"))
        #expect(first[2].contains("\"refusal_reason\":\"no_route\""))
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: tables + suffix)
        }
        #expect(try everything(try catchUp()) == first)
        // What is no database at all is made again, too.
        try Data("no database".utf8).write(to: URL(filePath: tables))
        for suffix in ["-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: tables + suffix)
        }
        #expect(try everything(try catchUp()) == first)
    }

    @Test func aRecordIsThereWhenNothingOfItCanChange() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let call = StreamKey(high: 5, low: 5)
        let ended = CallEnded(
            by: .caller, cause: .hangup, destinationStatus: 0, destinationPhrase: [],
            destinationReasons: [], callerStatus: 0, callerPhrase: [], reasons: [], cdrNumber: 1,
            recovery: nil)
        try write([
            (call, .callOffered(offered)), (call, .mediaChanged(MediaChanged(streams: []))),
            (call, .callEnded(ended)),
        ])
        let before = try catchUp()
        #expect(try before.records(Readings.Filter(), after: 0, count: 9).isEmpty)
        #expect(try before.calls().count == 1)
        let figures = MediaReported(
            isFinal: true, fromCaller: MediaFigures(packets: 20), fromDestination: MediaFigures())
        try write([(call, .mediaReported(figures))])
        let after = try catchUp()
        let records = try after.records(Readings.Filter(), after: 0, count: 9)
        #expect(records.map(\.number) == [1])
        #expect(records.first?.document.contains("\"caller_packets\":20") == true)
        #expect(try after.calls().isEmpty)
    }

    @Test func recordsAreFoundByEveryName() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write()
        let readings = try catchUp()
        let id = "\(CallID(high: 5, low: 5))"
        let record = try #require(try readings.record(id))
        #expect(try readings.record("1") == record)
        #expect(try readings.record("a, \"b\"") == record)
        #expect(try readings.record("2") == nil)
        #expect(try readings.records(Readings.Filter(trunk: "nobody"), after: 0, count: 9).isEmpty)
        let late = Readings.Filter(from: wall + .seconds(1))
        #expect(try readings.records(late, after: 0, count: 9).isEmpty)
    }

    @Test func csvQuotesWhatNeedsIt() {
        let row = CSV.row([.string("a,b"), .string("say \"x\""), .null, .integer(5), .bool(true)])
        #expect(row == "\"a,b\",\"say \"\"x\"\"\",,5,true\r\n")
    }
}
