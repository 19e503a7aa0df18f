// What is recorded of media: where it goes, that it started, and aggregates. Packets are not events.

/// The whole media layout of a call after an offer or answer changed it.
package struct MediaChanged: Hashable, Sendable {
    package var streams: [MediaStream]
    package init(streams: [MediaStream]) { self.streams = streams }
}

/// One relayed m-line. Each side has a port of ours that the peer sends to, and the peer's address.
package struct MediaStream: Hashable, Sendable {
    /// Index of the m-line in the session description, from 0.
    package var index: UInt8
    package var caller: MediaSide
    package var destination: MediaSide

    package init(index: UInt8, caller: MediaSide, destination: MediaSide) {
        self.index = index
        self.caller = caller
        self.destination = destination
    }

    package subscript(leg: Leg) -> MediaSide {
        get { leg == .caller ? caller : destination }
        set { if leg == .caller { caller = newValue } else { destination = newValue } }
    }
}

/// One side of a relayed m-line.
package struct MediaSide: Hashable, Sendable {
    /// Our even RTP port on this side; RTCP is the next one. 0 where the side has none (echo).
    package var port: UInt16
    /// Where the peer's description wants RTP and RTCP; nil before it has spoken or when on hold.
    package var rtp: Endpoint?
    package var rtcp: Endpoint?
    /// Payload types that the peer's description names, ascending; what latching accepts.
    package var payloadTypes: [UInt8]
    /// Clock rate of the first codec, which jitter is counted in (RFC 3550 §6.4.1).
    package var clockRate: UInt32
    /// Both kinds of packet on the RTP port (RFC 5761).
    package var multiplexed: Bool
    /// The source that is taken besides `rtp`: the leg's signalling address.
    package var signalling: IPAddress
    /// The peer's description says that it does not both send and receive: silence is expected.
    package var isHeld: Bool

    package init(
        port: UInt16, rtp: Endpoint?, rtcp: Endpoint?, payloadTypes: [UInt8], clockRate: UInt32,
        multiplexed: Bool, signalling: IPAddress, isHeld: Bool = false
    ) {
        self.port = port
        self.rtp = rtp
        self.rtcp = rtcp
        self.payloadTypes = payloadTypes
        self.clockRate = clockRate
        self.multiplexed = multiplexed
        self.signalling = signalling
        self.isHeld = isHeld
    }
}

/// A peer's packets come from an address other than the described one, and it was accepted.
package struct MediaLatched: Hashable, Sendable {
    package var leg: Leg
    package var stream: UInt8
    package var rtcp: Bool
    package var remote: Endpoint
    package init(leg: Leg, stream: UInt8, rtcp: Bool, remote: Endpoint) {
        self.leg = leg
        self.stream = stream
        self.rtcp = rtcp
        self.remote = remote
    }
}

/// The first RTP packet of a direction was forwarded.
package struct MediaStarted: Hashable, Sendable {
    /// Which side sent it.
    package var leg: Leg
    package var at: WallTime
    package init(leg: Leg, at: WallTime) {
        self.leg = leg
        self.at = at
    }
}

/// Totals since the media was opened, over all streams.
package struct MediaReported: Hashable, Sendable {
    /// Whether the ports are closed and nothing more will come.
    package var isFinal: Bool
    package var fromCaller: MediaFigures
    package var fromDestination: MediaFigures
    package init(isFinal: Bool, fromCaller: MediaFigures, fromDestination: MediaFigures) {
        self.isFinal = isFinal
        self.fromCaller = fromCaller
        self.fromDestination = fromDestination
    }
}

/// One direction's RTP, as received from its sender.
package struct MediaFigures: Hashable, Sendable {
    package var packets: UInt64
    /// RTP headers and payloads, without UDP and IP.
    package var bytes: UInt64
    /// Expected less received (RFC 3550 §A.3); negative when there were duplicates.
    package var lost: Int64
    /// Interarrival jitter (RFC 3550 §A.8), in microseconds, the last value.
    package var jitterMicroseconds: UInt32
    package var first: WallTime?
    package var last: WallTime?
    /// Packets that were dropped because their source was not acceptable.
    package var strays: UInt64

    package init(
        packets: UInt64 = 0, bytes: UInt64 = 0, lost: Int64 = 0, jitterMicroseconds: UInt32 = 0,
        first: WallTime? = nil, last: WallTime? = nil, strays: UInt64 = 0
    ) {
        self.packets = packets
        self.bytes = bytes
        self.lost = lost
        self.jitterMicroseconds = jitterMicroseconds
        self.first = first
        self.last = last
        self.strays = strays
    }
}
