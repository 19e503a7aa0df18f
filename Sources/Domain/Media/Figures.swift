// Counting one stream of RTP as its receiver would: packets, loss and jitter as in the appendices of
// RFC 3550, over every SSRC that the source used.

/// The running figures of the packets from one side of one stream.
package struct StreamFigures: Hashable, Sendable {
    /// A jump ahead of more packets than this is a restart, not loss (RFC 3550 §A.1).
    private static let dropout: UInt16 = 3_000
    /// A packet later than this is a restart, not a late one.
    private static let misorder: UInt16 = 100

    private var packets: UInt64 = 0
    private var bytes: UInt64 = 0
    private var first: WallTime?
    private var last: WallTime?
    package var strays: UInt64 = 0
    /// Loss of sources that have ended.
    private var settledLoss: Int64 = 0
    private var ssrc: UInt32?
    private var baseSequence: UInt32 = 0
    private var highest: UInt16 = 0
    private var cycles: UInt32 = 0
    private var received: UInt32 = 0
    /// The number that, coming next, proves that the sender started again.
    private var restart: UInt32?
    private var transit: UInt32?
    /// Sixteen times the jitter in clock units (RFC 3550 §A.8).
    private var scaledJitter: UInt32 = 0
    private var jitterRate: UInt32 = 0

    package init() {}

    /// Counts a packet of so many bytes.
    package mutating func count(
        _ header: RTPHeader, bytes size: Int, clockRate: UInt32, at now: WallTime
    ) {
        packets &+= 1
        bytes &+= UInt64(clamping: size)
        if first == nil { first = now }
        last = now
        if header.ssrc != ssrc {
            begin(header)
        } else {
            follow(header)
        }
        measure(header, clockRate: clockRate, at: now)
    }

    /// Expected less received, over all sources (RFC 3550 §A.3).
    package var lost: Int64 {
        guard ssrc != nil else { return settledLoss }
        let expected = Int64(cycles) + Int64(highest) - Int64(baseSequence) + 1
        return settledLoss + expected - Int64(received)
    }

    /// The figures as they are reported.
    package var reported: MediaFigures {
        let jitter =
            jitterRate == 0 ? 0 : UInt64(scaledJitter >> 4) * 1_000_000 / UInt64(jitterRate)
        return MediaFigures(
            packets: packets, bytes: bytes, lost: lost,
            jitterMicroseconds: UInt32(clamping: jitter), first: first, last: last, strays: strays)
    }

    private mutating func begin(_ header: RTPHeader) {
        settledLoss = lost
        ssrc = header.ssrc
        baseSequence = UInt32(header.sequence)
        highest = header.sequence
        cycles = 0
        received = 1
        restart = nil
        transit = nil
    }

    /// RFC 3550 §A.1 without the probation, which the check of the source replaces.
    private mutating func follow(_ header: RTPHeader) {
        let ahead = header.sequence &- highest
        if ahead < Self.dropout {
            if header.sequence < highest { cycles &+= 65_536 }
            highest = header.sequence
        } else if ahead <= 0 &- Self.misorder {
            guard restart == UInt32(header.sequence) else {
                restart = UInt32(header.sequence &+ 1)
                return
            }
            begin(header)
            return
        }
        received &+= 1
        restart = nil
    }

    private mutating func measure(_ header: RTPHeader, clockRate: UInt32, at now: WallTime) {
        guard clockRate > 0 else { return }
        if jitterRate != clockRate {
            jitterRate = clockRate
            scaledJitter = 0
            transit = nil
        }
        let nanoseconds = UInt64(bitPattern: now.nanoseconds)
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        let rate = UInt64(clockRate)
        let arrival = seconds &* rate &+ rest * rate / 1_000_000_000
        let transit = UInt32(truncatingIfNeeded: arrival) &- header.timestamp
        defer { self.transit = transit }
        guard let previous = self.transit else { return }
        let difference = Int32(bitPattern: transit &- previous).magnitude
        // Ten seconds are a jump of a clock, which says nothing about the network.
        guard difference / clockRate < 10 else { return }
        let smoothed = scaledJitter &+ difference
        scaledJitter = smoothed &- (scaledJitter &+ 8) >> 4
    }
}

extension MediaFigures {
    /// The totals of both, where `later` was counted after or beside these.
    package func adding(_ later: MediaFigures) -> MediaFigures {
        var isNewer = false
        if let theirs = later.last { isNewer = last.map { $0 <= theirs } ?? true }
        return MediaFigures(
            packets: packets &+ later.packets, bytes: bytes &+ later.bytes,
            lost: lost &+ later.lost,
            jitterMicroseconds: isNewer ? later.jitterMicroseconds : jitterMicroseconds,
            first: [first, later.first].compactMap { $0 }.min(),
            last: [last, later.last].compactMap { $0 }.max(),
            strays: strays &+ later.strays)
    }
}
