// What the core tells the RTP relay, and what the relay tells the core. The relay never asks per
// packet: it works from the last order and reports aggregates.

/// An order to the relay. Orders are obeyed in sequence and may be repeated without harm.
package enum RelayOrder: Hashable, Sendable {
    /// Opens a call's media or replaces its layout.
    case set(RelaySession)
    /// Closes the call's ports; a final report follows.
    case close(CallID)
}

/// A call's media as the relay is to run it.
package struct RelaySession: Hashable, Sendable {
    package var call: CallID
    package var streams: [MediaStream]
    /// False while early media may only flow towards the caller.
    package var forwardsFromCaller: Bool
    /// Plays the caller's packets back to it; there is no destination side.
    package var echoes: Bool
    /// A new answer, description or start: other sources may be latched again.
    package var reopensLatch: Bool
    /// Sources accepted before a restart.
    package var latches: [MediaLatched]
    /// Figures reported before a restart, to count on from.
    package var base: MediaReported?
    /// Both directions quiet for this long is reported as silence; zero means never.
    package var silenceLimit: Duration

    package init(
        call: CallID, streams: [MediaStream], forwardsFromCaller: Bool, echoes: Bool,
        reopensLatch: Bool, latches: [MediaLatched], base: MediaReported?, silenceLimit: Duration
    ) {
        self.call = call
        self.streams = streams
        self.forwardsFromCaller = forwardsFromCaller
        self.echoes = echoes
        self.reopensLatch = reopensLatch
        self.latches = latches
        self.base = base
        self.silenceLimit = silenceLimit
    }
}

/// What the relay saw.
package enum RelayReport: Hashable, Sendable {
    /// Even ports whose pair of sockets is bound and free to use; drawn from the configured range.
    case portsReady([UInt16])
    case latched(CallID, MediaLatched)
    case started(CallID, MediaStarted)
    /// Periodic or final totals.
    case figures(CallID, MediaReported)
    /// Nothing came from either side for the session's limit.
    case silent(CallID)
}
