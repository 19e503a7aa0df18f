// What the tables showed at some time is read from the log again.

import Domain
import EventStore
import Foundation
import Projections
import Testing

@Suite struct PastTests {
    private static let start = SampleCall.began
    private let trunk = TrunkID(high: 1, low: 1)

    private func trunk(version: UInt32, name: String) -> Trunk {
        Trunk(
            id: trunk, version: version, customer: CustomerID(high: 2, low: 2), name: name,
            detail: "",
            domainName: "acme", authTypes: .ip, credential: nil, allowedNetworks: [],
            allowsBareAddress: false, digestAlgorithms: [.md5], allowsLegacyDigest: false,
            earlyMedia: .both, created: Self.start, updated: Self.start, deleted: nil)
    }

    /// A trunk that is made, renamed and deleted, a second apart, and calls after that.
    private func reader(_ body: (LogReader) throws -> Void) throws {
        let directory = NSTemporaryDirectory() + "trunkline-past-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let codec = EventCodec(sealer: nil)
        let log = try EventLog.open(
            directory, options: LogOptions(segmentBytes: 65_536), codec: codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
        let started = GatewayStarted(
            build: "1", bootID: "b", epoch: 1, baseDomain: "test", configuration: [])
        let events: [Event] = [
            .gatewayStarted(started), .trunkCreated(trunk(version: 1, name: "Acme")),
            .trunkUpdated(trunk(version: 2, name: "Acme Ltd")),
            .trunkDeleted(trunk(version: 3, name: "Acme Ltd")),
        ]
        var records = events.enumerated().map { index, event in
            Record(
                number: 0,
                stamp: Stamp(
                    wall: Self.start + .seconds(index - 10), instant: Instant(nanoseconds: 0),
                    boot: 1),
                stream: index == 0 ? .gateway : StreamKey(trunk),
                eventID: EventID(epoch: log.epoch, ordinal: UInt64(index)), event: event)
        }
        records += SampleCall.answered()
        for (index, record) in records.enumerated() {
            var record = record
            record.number = EventNumber(index + 1)
            record.eventID = EventID(epoch: log.epoch, ordinal: UInt64(index))
            try log.append([record])
        }
        log.close()
        try body(try LogReader(directory, codec: codec))
    }

    @Test func objectsAreAsTheyWere() throws {
        try reader { reader in
            let names = try [-10, -9, -8, -7].map { seconds in
                try Past.objects(in: reader, at: Self.start + .seconds(seconds)).documents(.trunks)
                    .map { $0["name"] }
            }
            #expect(names == [[], [.string("Acme")], [.string("Acme Ltd")], []])
            let was = try Past.objects(in: reader, at: Self.start + .milliseconds(-8_500))
            #expect(was.documents(.trunks).first?["server"] == .string("sip:acme.trunk.test"))
        }
    }

    @Test func callsAreAsTheyWere() throws {
        try reader { reader in
            let answered = try [5, 500, 2_000, 60_000].map { milliseconds in
                try Past.calls(in: reader, at: Self.start + .milliseconds(milliseconds))
                    .callDocuments.map { $0["answered_at"] }
            }
            #expect(answered[0].isEmpty)
            #expect(answered[1] == [.null])
            #expect(answered[2] == [.string("\(Self.start + .milliseconds(1_011))")])
            #expect(answered[3].isEmpty)
        }
    }
}
