// The state that the packet path works on: one record for each of our port pairs and one for each
// call, in arrays that are addressed by number, so that a packet finds its own without hashing.

import Domain

/// Our port pair on one side of one stream. Holds plain values only: touching it counts no references.
struct RelaySide {
    /// Told to epoll with the number: events of an earlier use are recognised and left.
    var generation: UInt32
    /// Number of the call.
    var call: Int
    var leg: Leg
    /// Index of the m-line.
    var stream: UInt8
    /// Number of the side across; nil while there is none.
    var across: Int?
    var port: UInt16
    var pair: PortPair
    var rtp: Latch
    var rtcp: Latch
    var isMultiplexed: Bool
    var clockRate: UInt32
    /// Of both sides' descriptions, as RFC 3264 §5.1 lets a peer use the numbers of either.
    var types: PayloadTypes
    var figures = StreamFigures()
    /// Packets that came earlier waited in the socket before the call had it. The distant past once all
    /// that waited has been read: a clock that is set back must not silence a call.
    private var rtpBegin = WallTime.distantPast
    private var rtcpBegin = WallTime.distantPast

    /// `ordered` is when the core gave the port to the call.
    init(
        generation: UInt32, call: Int, leg: Leg, stream: UInt8, pair: PortPair, layout: MediaSide,
        ordered: WallTime, at now: Instant
    ) {
        self.generation = generation
        self.call = call
        self.leg = leg
        self.stream = stream
        self.pair = pair
        port = layout.port
        rtp = Latch(described: layout.rtp, signalling: layout.signalling, at: now)
        rtcp = Latch(described: layout.rtcp, signalling: layout.signalling, at: now)
        isMultiplexed = layout.multiplexed
        clockRate = layout.clockRate
        types = PayloadTypes(layout.payloadTypes)
        if pair.wasIdle { (rtpBegin, rtcpBegin) = (ordered, ordered) }
    }

    /// How many packets to read at once. A talker sends one at a time, and asking whether there is another one
    /// costs half as much as reading it: epoll says so by itself. What waited before the call had the socket
    /// is read to its end.
    func readLimit(isControl: Bool) -> Int {
        (isControl ? rtcpBegin : rtpBegin) == .distantPast ? 1 : DatagramBatch.capacity
    }

    /// When the packets of a read must have come to be the call's. `isLast` says that it left none.
    mutating func begin(isControl: Bool, isLast: Bool) -> WallTime {
        let begin = isControl ? rtcpBegin : rtpBegin
        if isLast, begin != .distantPast {
            if isControl { rtcpBegin = .distantPast } else { rtpBegin = .distantPast }
        }
        return begin
    }

    /// Takes over a new layout of the same port.
    mutating func update(_ layout: MediaSide, across: MediaSide, reopens: Bool) {
        rtp.describe(layout.rtp, signalling: layout.signalling, reopens: reopens)
        rtcp.describe(layout.rtcp, signalling: layout.signalling, reopens: reopens)
        isMultiplexed = layout.multiplexed
        clockRate = layout.clockRate
        types = PayloadTypes(layout.payloadTypes + across.payloadTypes)
    }

    /// What epoll gives back: generation, number, and whether it is the RTCP socket.
    func handle(number: Int, isControl: Bool) -> UInt64 {
        UInt64(generation) << 32 | UInt64(number) << 1 | (isControl ? 1 : 0)
    }
}

/// The two sides of one m-line, by number; nil where a side has no port.
struct RelayStream {
    var caller: Int?
    var destination: Int?

    subscript(leg: Leg) -> Int? {
        get { leg == .caller ? caller : destination }
        set { if leg == .caller { caller = newValue } else { destination = newValue } }
    }
}

/// A call's media.
struct RelayCall {
    var id: CallID
    var streams: [RelayStream] = []
    var forwardsFromCaller = false
    var echoes = false
    /// Nanoseconds; 0 for no limit.
    var silenceLimit: Int64 = 0
    /// The last packet from either side, or the last order.
    var heard: Instant
    var isSilent = false
    var startedCaller = false
    var startedDestination = false
    var nextReport: Instant
    /// Figures of sides that are closed, and from before a restart.
    var settled: MediaReported
    var reported: MediaReported?

    init(_ session: RelaySession, at now: Instant) {
        id = session.call
        heard = now
        nextReport = now + Limits.mediaReportInterval
        settled =
            session.base
            ?? MediaReported(isFinal: false, fromCaller: .init(), fromDestination: .init())
        settled.isFinal = false
        startedCaller = settled.fromCaller.first != nil
        startedDestination = settled.fromDestination.first != nil
    }

    /// Notes a packet that counts against silence.
    mutating func hear(at now: Instant) {
        heard = now
        isSilent = false
    }

    /// Notes a forwarded RTP packet; true for the first of its direction.
    mutating func start(_ leg: Leg) -> Bool {
        if leg == .caller {
            defer { startedCaller = true }
            return !startedCaller
        }
        defer { startedDestination = true }
        return !startedDestination
    }

    /// When the clock must look at the call next.
    var deadline: Instant {
        guard silenceLimit > 0, !isSilent else { return nextReport }
        let (end, overflow) = heard.nanoseconds.addingReportingOverflow(silenceLimit)
        return overflow ? nextReport : min(nextReport, Instant(nanoseconds: end))
    }
}

extension MediaReported {
    subscript(leg: Leg) -> MediaFigures {
        get { leg == .caller ? fromCaller : fromDestination }
        set { if leg == .caller { fromCaller = newValue } else { fromDestination = newValue } }
    }
}
