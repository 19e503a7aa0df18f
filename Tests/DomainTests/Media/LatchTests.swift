import Domain
import Testing

/// Who may be listened to.
struct LatchTests {
    let signalling = IPAddress.v4(0xcb00_7101)
    let described = Endpoint(.v4(0xcb00_7105), 4_000)
    let natted = Endpoint(.v4(0xcb00_7101), 50_000)
    let stranger = Endpoint(.v4(0xc633_6409), 6_000)
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func latch(_ endpoint: Endpoint?) -> Latch {
        Latch(described: endpoint, signalling: signalling, at: start)
    }

    /// The verdicts on packets 20 ms apart.
    func send(
        _ latch: inout Latch, _ source: Endpoint, _ count: Int, ssrc: UInt32? = 7,
        negotiated: Bool = true, after: Duration = .zero
    ) -> [Latch.Verdict] {
        (0..<count).map {
            latch.judge(
                source: source, ssrc: ssrc, isNegotiated: negotiated,
                at: start + after + .milliseconds(20 * $0))
        }
    }

    @Test func describedSourceIsAcceptedWhateverItSends() {
        var latch = latch(described)
        #expect(send(&latch, described, 2, ssrc: nil, negotiated: false) == [.accepted, .accepted])
        #expect(latch.remote == described && latch.latched == nil)
    }

    @Test func signallingSourceNeedsThreePackets() {
        var latch = latch(described)
        #expect(send(&latch, natted, 4) == [.pending, .pending, .latched, .accepted])
        #expect(latch.remote == natted)
    }

    @Test func describedAddressWinsBack() {
        var latch = latch(described)
        _ = send(&latch, natted, 3)
        #expect(send(&latch, described, 1, after: .seconds(1)) == [.accepted])
        #expect(latch.remote == described)
        #expect(send(&latch, natted, 1, after: .seconds(2)) == [.stray])
        #expect(send(&latch, natted, 3, after: .seconds(3)).last == .latched)
    }

    @Test func strangersAreStraysUnlessTheDescriptionIsPrivate() {
        var open = latch(described)
        #expect(send(&open, stranger, 3) == [.stray, .stray, .stray])
        var hidden = latch(Endpoint(.v4(0xc0a8_0105), 4_000))
        #expect(send(&hidden, stranger, 3).last == .latched)
    }

    @Test func onlyNegotiatedTypesOfOneSSRCQualify() {
        var latch = latch(described)
        #expect(send(&latch, natted, 3, negotiated: false) == [.stray, .stray, .stray])
        #expect(send(&latch, natted, 3, ssrc: nil) == [.stray, .stray, .stray])
        for ssrc in UInt32(1)...6 {
            #expect(send(&latch, natted, 1, ssrc: ssrc) == [.pending])
        }
    }

    @Test func windowClosesAndReopens() {
        var latch = latch(Endpoint(.v4(0xc0a8_0105), 4_000))
        _ = send(&latch, natted, 3)
        #expect(send(&latch, stranger, 3, after: .seconds(1)) == [.stray, .stray, .stray])
        latch.describe(latch.described, signalling: signalling, reopens: true)
        #expect(latch.remote == natted)
        #expect(send(&latch, stranger, 3, after: .seconds(1)).last == .latched)
        latch.describe(latch.described, signalling: signalling, reopens: true)
        _ = send(&latch, stranger, 3, after: .seconds(2))
        #expect(send(&latch, natted, 1, after: .milliseconds(2_500)) == [.stray])
    }

    @Test func silentSourceIsReplaced() {
        var latch = latch(Endpoint(.v4(0xc0a8_0105), 4_000))
        _ = send(&latch, natted, 3)
        #expect(send(&latch, stranger, 1, after: .milliseconds(1_900)) == [.stray])
        let verdicts = send(&latch, stranger, 3, after: .milliseconds(2_100))
        #expect(verdicts == [.pending, .pending, .latched])
    }

    @Test func newDescriptionVoidsTheLatch() {
        var latch = latch(described)
        _ = send(&latch, natted, 3)
        let moved = Endpoint(.v4(0xcb00_7106), 4_002)
        latch.describe(moved, signalling: signalling, reopens: false)
        #expect(latch.remote == moved)
        latch.describe(nil, signalling: signalling, reopens: false)
        #expect(latch.remote == nil)
    }

    @Test func restoredLatchHoldsAndTheWindowStaysOpen() {
        var latch = latch(described)
        latch.restore(natted)
        #expect(latch.remote == natted)
        #expect(send(&latch, natted, 1) == [.accepted])
    }

    @Test func signallingCandidateIsNotPushedOut() {
        var latch = latch(Endpoint(.v4(0xc0a8_0105), 4_000))
        _ = send(&latch, natted, 2)
        #expect(send(&latch, stranger, 1) == [.pending])
        #expect(send(&latch, natted, 1) == [.latched])
    }

    @Test func controlFollowsTheMedia() {
        var media = latch(described)
        _ = send(&media, natted, 3)
        var control = latch(Endpoint(described.address, 4_001))
        let source = Endpoint(natted.address, 50_001)
        let verdict = control.judgeControl(source: source, ssrc: 7, media: media, at: start)
        #expect(verdict == .latched && control.remote == source)
        #expect(control.judgeControl(source: stranger, ssrc: 7, media: media, at: start) == .stray)
    }
}
