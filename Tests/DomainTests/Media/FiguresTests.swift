import Domain
import Testing

/// Counting RTP as RFC 3550's appendices do.
struct FiguresTests {
    let start = WallTime(nanoseconds: 1_760_000_000_000_000_000)

    /// Packets of 20 ms at 8 kHz; `late` is added to the arrival of each.
    func count(
        _ figures: inout StreamFigures, _ sequences: [UInt16], ssrc: UInt32 = 1,
        late: (Int) -> Int64 = { _ in 0 }
    ) {
        for (index, sequence) in sequences.enumerated() {
            let header = RTPHeader(
                payloadType: 0, sequence: sequence, timestamp: 4_294_967_000 &+ UInt32(index) * 160,
                ssrc: ssrc)
            let time = start + .milliseconds(Int64(index) * 20 + late(index))
            figures.count(header, bytes: 172, clockRate: 8_000, at: time)
        }
    }

    @Test func steadyStreamHasNoLossAndNoJitter() {
        var figures = StreamFigures()
        count(&figures, (0..<100).map { UInt16(truncatingIfNeeded: 65_500 + $0) })
        let reported = figures.reported
        #expect(reported.packets == 100 && reported.bytes == 17_200)
        #expect(reported.lost == 0 && reported.jitterMicroseconds == 0)
        #expect(reported.first == start)
        #expect(reported.last == start + .milliseconds(99 * 20))
    }

    static let losses: [([UInt16], Int64)] = [
        ([0, 1, 2, 3, 6, 7], 2), ([0, 1, 1, 2], -1), ([0, 2, 1, 3], 0), ([65_534, 65_535, 1], 1),
        ([10, 11, 30_000, 30_001, 30_002], 0),
    ]

    @Test(arguments: losses)
    func lossIsExpectedLessReceived(_ sequences: [UInt16], _ lost: Int64) {
        var figures = StreamFigures()
        count(&figures, sequences)
        #expect(figures.reported.lost == lost)
    }

    @Test func lossOfEarlierSourcesIsKept() {
        var figures = StreamFigures()
        count(&figures, [1, 3])
        count(&figures, [500, 502], ssrc: 2)
        #expect(figures.reported.lost == 2)
    }

    /// Transit alternates by 10 ms = 80 units; the estimate closes in on that.
    @Test func jitterConverges() {
        var figures = StreamFigures()
        count(&figures, [UInt16](0..<200), late: { $0 % 2 == 0 ? 0 : 10 })
        #expect((9_000...10_000).contains(figures.reported.jitterMicroseconds))
    }

    @Test func jumpingClocksAreNoJitter() {
        var figures = StreamFigures()
        count(&figures, [UInt16](0..<10), late: { $0 < 5 ? 0 : 3_600_000 })
        #expect(figures.reported.jitterMicroseconds == 0)
    }

    @Test func totalsAdd() {
        let a = MediaFigures(
            packets: 1, bytes: 2, lost: 3, jitterMicroseconds: 4, first: start,
            last: start + .seconds(1), strays: 5)
        let b = MediaFigures(packets: 10, jitterMicroseconds: 9, last: start + .seconds(2))
        let sum = a.adding(b)
        #expect(sum.packets == 11 && sum.lost == 3 && sum.strays == 5)
        #expect(sum.jitterMicroseconds == 9 && sum.first == start)
        #expect(sum.last == start + .seconds(2) && a.adding(MediaFigures()) == a)
    }
}

/// Reading packets in place.
struct RTPHeaderTests {
    func header(_ bytes: [UInt8]) -> RTPHeader? { bytes.withUnsafeBytes { RTPHeader($0) } }

    @Test func readsTheFixedPart() {
        let packet: [UInt8] = [0x80, 0xe5, 0x12, 0x34, 1, 2, 3, 4, 0xaa, 0xbb, 0xcc, 0xdd, 9]
        let expected = RTPHeader(
            payloadType: 101, sequence: 0x1234, timestamp: 0x0102_0304, ssrc: 0xaabb_ccdd)
        #expect(header(packet) == expected)
    }

    @Test func refusesWhatIsNot() {
        #expect(header([]) == nil)
        #expect(header([UInt8](repeating: 0x80, count: 11)) == nil)
        #expect(header([UInt8](repeating: 0, count: 40)) == nil)
    }

    @Test func tellsControlApart() {
        let report: [UInt8] = [0x80, 200, 0, 1, 0, 0, 0, 7]
        #expect(report.withUnsafeBytes { RTPHeader.isControl($0) })
        #expect(report.withUnsafeBytes { RTPHeader.controlSender($0) } == 7)
        #expect(![UInt8](report.prefix(7)).withUnsafeBytes { RTPHeader.isControl($0) })
        #expect(![UInt8](repeating: 0x80, count: 12).withUnsafeBytes { RTPHeader.isControl($0) })
    }

    @Test func payloadTypesAreASet() {
        let types = PayloadTypes([0, 8, 63, 64, 101, 127, 200])
        #expect((0..<255).filter { types.contains($0) } == [0, 8, 63, 64, 101, 127])
    }
}
