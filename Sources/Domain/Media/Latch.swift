// Whose packets a port accepts. Many peers send from another address than their description names
// (NAT), so another source must be acceptable; but whoever is accepted hears the call, so the rules
// are strict: the described address always wins, and another one has to qualify.

/// The source that one port of ours listens to and sends to.
package struct Latch: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        /// From the source in force.
        case accepted
        /// From a source that is in force from this packet on.
        case latched
        /// From a source that may qualify with its next packets; not to be forwarded.
        case pending
        /// From a source that is not acceptable now.
        case stray
    }

    /// Where the peer's description wants its packets; nil before it has spoken or on hold.
    package private(set) var described: Endpoint?
    /// The source in force when it is not the described one.
    package private(set) var latched: Endpoint?
    private var signalling: IPAddress
    /// Another source may qualify although the one in force is heard.
    private var isOpen = true
    /// Packets of the one in force since the window was opened.
    private var confirmations: UInt8 = 0
    /// When the source in force was last heard.
    private var heard: Instant
    private var changes: UInt16 = 0
    private var candidate: Endpoint?
    private var candidateSSRC: UInt32 = 0
    private var candidatePackets: UInt8 = 0

    package init(described: Endpoint?, signalling: IPAddress, at now: Instant) {
        self.described = described
        self.signalling = signalling
        heard = now
    }

    /// Where packets to the peer go; nil when nowhere. On hold nothing is sent, whatever is latched.
    package var remote: Endpoint? { described == nil ? nil : latched ?? described }

    /// Takes over what a new description says. Another address voids what was latched under the old
    /// one and opens the window, as `reopens` does without it.
    package mutating func describe(
        _ described: Endpoint?, signalling: IPAddress, reopens: Bool
    ) {
        self.signalling = signalling
        if described != self.described {
            self.described = described
            latched = nil
            reopen()
        } else if reopens {
            reopen()
        }
    }

    /// Accepts a source that was latched before a restart; the window stays open.
    package mutating func restore(_ remote: Endpoint) {
        if remote != described { latched = remote }
    }

    /// Whether the source is the one in force, or the described one.
    package func accepts(_ source: Endpoint) -> Bool {
        source == described || source == latched
    }

    /// Judges a packet. The SSRC is nil for what is not RTP, which is accepted from the source in
    /// force but never qualifies another; neither do payload types that were not negotiated.
    package mutating func judge(
        source: Endpoint, ssrc: UInt32?, isNegotiated: Bool, at now: Instant
    ) -> Verdict {
        if accepts(source) {
            confirm(source, at: now)
            return .accepted
        }
        guard mayReplace(source, at: now), let ssrc, isNegotiated else { return .stray }
        guard consider(source, ssrc: ssrc) else { return .pending }
        take(source, at: now)
        return .latched
    }

    /// Judges a packet on the RTCP port. RTCP is too rare to wait for three packets where RTP has
    /// already shown which host the peer's media comes from.
    package mutating func judgeControl(
        source: Endpoint, ssrc: UInt32?, media: Latch, at now: Instant
    ) -> Verdict {
        if !accepts(source), let known = media.latched, known.address == source.address,
            ssrc != nil, mayReplace(source, at: now)
        {
            take(source, at: now)
            return .latched
        }
        return judge(source: source, ssrc: ssrc, isNegotiated: true, at: now)
    }

    private mutating func reopen() {
        isOpen = true
        confirmations = 0
        changes = 0
        candidate = nil
    }

    /// The described address ends what another source had won; the latched one closes the window
    /// once it has sent as much as would have let another one win.
    private mutating func confirm(_ source: Endpoint, at now: Instant) {
        heard = now
        if source == described {
            latched = nil
            isOpen = false
            candidate = nil
        } else if isOpen {
            confirmations += 1
            isOpen = confirmations < Limits.latchPackets
        }
    }

    private func mayReplace(_ source: Endpoint, at now: Instant) -> Bool {
        guard source.address == signalling || described?.address.isPrivate == true,
            changes < Limits.latchChanges
        else { return false }
        return isOpen || now.nanoseconds - heard.nanoseconds >= Limits.latchSilence.nanoseconds
    }

    /// Counts the packet for its source; true when that was enough. A source at the signalling
    /// address is not pushed out by one that merely benefits from a private description.
    private mutating func consider(_ source: Endpoint, ssrc: UInt32) -> Bool {
        if candidate == source, candidateSSRC == ssrc {
            candidatePackets += 1
        } else if let candidate, candidate.address == signalling, source.address != signalling {
            return false
        } else {
            candidate = source
            candidateSSRC = ssrc
            candidatePackets = 1
        }
        return candidatePackets >= Limits.latchPackets
    }

    private mutating func take(_ source: Endpoint, at now: Instant) {
        latched = source
        heard = now
        isOpen = false
        changes += 1
        candidate = nil
    }
}
