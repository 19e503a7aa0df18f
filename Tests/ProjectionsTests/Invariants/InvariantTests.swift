// A whole call breaks no rule, at no time. With one event less it breaks the one that is about that
// event, as soon as it is too late for it, and in whatever portions the log is read.

import Domain
import EventStore
import Foundation
import Projections
import Testing

@Suite struct InvariantTests {
    private let directory = NSTemporaryDirectory() + "trunkline-rules-\(UUID().uuidString)"
    private let codec = EventCodec(sealer: nil)
    private static let trunk = TrunkID(high: 1, low: 1)

    /// What happens, in order.
    private typealias Story = [(at: WallTime, stream: StreamKey, event: Event)]

    // MARK: Stories

    private static func start(at time: WallTime) -> (WallTime, StreamKey, Event) {
        let times = [("maximum_duration", "600.0 seconds"), ("ring_timeout", "30.0 seconds")]
        return (
            time, .gateway,
            .gatewayStarted(
                GatewayStarted(
                    build: "1", bootID: "b", epoch: 1, baseDomain: "test",
                    configuration: times.map { GatewayStarted.Setting(key: $0.0, value: $0.1) }))
        )
    }

    private static func trunk(deleted: WallTime? = nil) -> Trunk {
        Trunk(
            id: trunk, version: 1, customer: CustomerID(high: 2, low: 2), name: "Acme", detail: "",
            domainName: "acme", authTypes: .ip, credential: nil, allowedNetworks: [],
            allowsBareAddress: false, digestAlgorithms: [.md5], allowsLegacyDigest: false,
            earlyMedia: .both, created: SampleCall.began, updated: SampleCall.began,
            deleted: deleted)
    }

    /// A start, a trunk, and a call that one destination refused and the next one answered.
    private var whole: Story {
        var story: Story = [
            Self.start(at: SampleCall.began),
            (SampleCall.began, StreamKey(Self.trunk), .trunkCreated(Self.trunk())),
        ]
        let side = MediaSide(
            port: 20_000, rtp: nil, rtcp: nil, payloadTypes: [0], clockRate: 8_000,
            multiplexed: false, signalling: SampleCall.caller.address)
        let media = MediaStream(index: 0, caller: side, destination: side)
        for record in SampleCall.answered() {
            let (at, stream) = (record.stamp.wall, record.stream)
            if case .callAnswered = record.event {
                story.append((at, stream, .mediaChanged(MediaChanged(streams: [media]))))
            }
            story.append((at, stream, record.event))
            if case .callEnded = record.event {
                let figures = MediaReported(
                    isFinal: true, fromCaller: MediaFigures(), fromDestination: MediaFigures())
                story.append((at, stream, .mediaReported(figures)))
            }
        }
        return story
    }

    private func without(_ isLeftOut: (Event) -> Bool) -> Story {
        whole.filter { !isLeftOut($0.event) }
    }

    /// Up to an event of a type.
    private func until(_ type: EventType) throws -> Story {
        let index = try #require(whole.firstIndex { $0.event.type == type })
        return Array(whole[...index])
    }

    // MARK: Reading

    private func write(_ story: some Sequence<Story.Element>) throws {
        try SampleLog.append(story, in: directory, codec: codec)
    }

    private func read() throws -> Readings {
        let path = directory + "/projections.sqlite"
        try Projector.catchUp(
            path: path, reader: try LogReader(directory + "/log", codec: codec))
        return try Readings(path: path)
    }

    /// The rules that are broken so long after the beginning; the log is read a few events at a time, too.
    private func broken(_ story: Story, after time: Duration) throws -> [Invariant] {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write(story)
        let now = SampleCall.began + time
        let violations = try read().violations(at: now)
        #expect(violations.allSatisfy { $0.call == SampleCall.call })
        let counts = try read().violationCounts(at: now)
        #expect(counts.values.reduce(0, +) == violations.count)
        try FileManager.default.removeItem(atPath: directory)
        for start in stride(from: 0, to: story.count, by: 4) {
            try write(story[start..<min(start + 4, story.count)])
            _ = try read()
        }
        #expect(try read().violations(at: now) == violations, "in portions")
        return violations.map(\.rule)
    }

    private static let days = Duration.seconds(1_000_000)

    // MARK: Rules

    @Test func aWholeCallBreaksNone() throws {
        #expect(try broken(whole, after: Self.days) == [])
    }

    @Test func aCallThatRingsOnIsStuck() throws {
        let story = try until(.requestSent)
        #expect(try broken(story, after: .seconds(125)) == [])
        #expect(try broken(story, after: .seconds(127)) == [.stuckCall])
    }

    @Test func aCallThatTalksOnIsStuck() throws {
        let story = try until(.callAnswered)
        #expect(try broken(story, after: .seconds(690)) == [])
        #expect(try broken(story, after: .seconds(700)) == [.stuckCall])
    }

    @Test func aSideThatIsNotToldIsFound() throws {
        let bye = Method.bye.octets
        let story = without { event in
            if case .requestSent(let step) = event { step.method == bye } else { false }
        }
        #expect(try broken(story, after: .seconds(90)) == [])
        #expect(try broken(story, after: .seconds(110)) == [.legWithoutPeer])
    }

    @Test func aByeThatEndsNothingIsFound() throws {
        let story = without { [.callEnded, .mediaReported, .requestSent].contains($0.type) }
        #expect(try broken(story, after: .seconds(110)) == [.legWithoutPeer])
    }

    @Test func aDestinationThatRingsForNobodyIsFound() throws {
        let story = without { [.callAnswered, .attemptFailed].contains($0.type) }
        #expect(try broken(story, after: .seconds(110)) == [.legWithoutPeer])
    }

    @Test func anAnswerWithoutMediaIsFoundForEver() throws {
        var story = without { [.mediaChanged, .mediaReported].contains($0.type) }
        #expect(try broken(story, after: .seconds(110)) == [])
        let bye = try #require(story.firstIndex { $0.event.type == .callEnded }) - 2
        for index in bye..<story.count { story[index].at = story[index].at + .seconds(100) }
        #expect(try broken(story, after: .seconds(90)) == [])
        #expect(try broken(story, after: Self.days) == [.answerWithoutMedia])
    }

    @Test func aRecordThatIsNotCompleteIsFound() throws {
        let story = without { $0.type == .mediaReported }
        #expect(try broken(story, after: .seconds(90)) == [])
        #expect(try broken(story, after: .seconds(110)) == [.recordWithoutEnd])
    }

    @Test func aCallOnADeletedTrunkIsFoundForEver() throws {
        var story = whole
        let deleted = Self.trunk(deleted: SampleCall.began)
        story.insert((SampleCall.began, StreamKey(Self.trunk), .trunkDeleted(deleted)), at: 2)
        #expect(try broken(story, after: .seconds(1)) == [.callOnDeletedTrunk])
        // One that was there before goes on.
        story = whole
        let end = story.count - 1
        story.insert((story[end].at, StreamKey(Self.trunk), .trunkDeleted(deleted)), at: end)
        #expect(try broken(story, after: Self.days) == [])
    }

    // MARK: Starts and gaps

    @Test func timeBeginsAnewWithAStart() throws {
        var story = without { $0.type == .mediaReported }
        story.append(Self.start(at: SampleCall.began + .seconds(5_000)))
        #expect(try broken(story, after: .seconds(5_090)) == [])
        #expect(try broken(story, after: .seconds(5_100)) == [.recordWithoutEnd])
    }

    @Test func nothingIsSaidOfACallWithAGap() throws {
        var story = try until(.callAnswered)
        let next = UInt64(story.count + 1)
        story.append(
            (
                story[story.count - 1].at, .gateway,
                .gapRecorded(
                    GapRecorded(
                        firstLost: next, lastLost: next, segment: "s", offset: 0, length: 0,
                        digest: [], reason: "damaged", operatorName: "o", note: "",
                        recorded: SampleCall.began, lastCDR: 0, signature: []))
            ))
        #expect(try broken(story, after: Self.days) == [])
    }

    @Test func everyRuleSaysWhatToDo() {
        for rule in Invariant.allCases {
            #expect(!rule.meaning.isEmpty && !rule.advice.isEmpty)
            #expect(rule.rawValue.allSatisfy { $0.isLowercase || $0 == "_" })
        }
    }
}
