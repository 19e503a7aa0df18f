// Events about the gateway itself rather than about one call.

/// A process has taken the log over and begins to answer.
package struct GatewayStarted: Hashable, Sendable {
    /// The version of the program.
    package var build: String
    /// The machine's boot identifier; a change of it starts a new `Stamp.boot`.
    package var bootID: String
    /// The writer's epoch, one more with each start.
    package var epoch: UInt64
    package var baseDomain: String
    /// The effective configuration, secrets left out, sorted by key.
    package var configuration: [Setting]

    package init(
        build: String, bootID: String, epoch: UInt64, baseDomain: String, configuration: [Setting]
    ) {
        self.build = build
        self.bootID = bootID
        self.epoch = epoch
        self.baseDomain = baseDomain
        self.configuration = configuration
    }

    /// A time that was set; nil when it is not there, or not understood.
    package func duration(_ key: String) -> Duration? {
        guard let text = configuration.last(where: { $0.key == key })?.value,
            text.hasSuffix(" seconds")
        else { return nil }
        return Double(text.dropLast(" seconds".count)).map { .seconds($0) }
    }

    package struct Setting: Hashable, Sendable {
        package var key: String
        package var value: String
        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }
}

/// A batch that was being written when the process died was cut off; nothing in it was acknowledged.
package struct TornTailCut: Hashable, Sendable {
    /// File name of the segment.
    package var segment: String
    package var offset: UInt64
    package var length: UInt64
    /// SHA-256 of the bytes that were cut; a copy of them is kept under `torn/`.
    package var digest: Octets

    package init(segment: String, offset: UInt64, length: UInt64, digest: Octets) {
        self.segment = segment
        self.offset = offset
        self.length = length
        self.digest = digest
    }
}

/// Events are lost for good, and an operator accepted that. The entry takes their place: its number
/// is `firstLost`, and the next one's is `lastLost + 1`.
package struct GapRecorded: Hashable, Sendable {
    package var firstLost: EventNumber
    package var lastLost: EventNumber
    /// File name of the segment that held them, and the bytes that are replaced.
    package var segment: String
    package var offset: UInt64
    package var length: UInt64
    /// SHA-256 of these bytes; empty if none were there.
    package var digest: Octets
    /// What the log was refused for.
    package var reason: String
    package var operatorName: String
    package var note: String
    package var recorded: WallTime
    /// The highest number of a call detail record that was known to be drawn when this was recorded: the
    /// events that drew it may be among the lost ones.
    package var lastCDR: UInt64
    /// Of the operator; empty in an installation that does not sign.
    package var signature: Octets

    package init(
        firstLost: EventNumber, lastLost: EventNumber, segment: String, offset: UInt64,
        length: UInt64, digest: Octets, reason: String, operatorName: String, note: String,
        recorded: WallTime, lastCDR: UInt64, signature: Octets
    ) {
        self.firstLost = firstLost
        self.lastLost = lastLost
        self.segment = segment
        self.offset = offset
        self.length = length
        self.digest = digest
        self.reason = reason
        self.operatorName = operatorName
        self.note = note
        self.recorded = recorded
        self.lastCDR = lastCDR
        self.signature = signature
    }
}

/// A carrier's host name was looked up.
package struct HostResolved: Hashable, Sendable {
    package var host: String
    /// In the order they will be tried; empty when the lookup failed.
    package var addresses: [IPAddress]
    /// How long the answer is used.
    package var lifetimeSeconds: UInt32

    package init(host: String, addresses: [IPAddress], lifetimeSeconds: UInt32) {
        self.host = host
        self.addresses = addresses
        self.lifetimeSeconds = lifetimeSeconds
    }
}

/// What unauthenticated senders did in a window, past what was recorded one by one.
package struct UnauthenticatedCounted: Hashable, Sendable {
    package var from: WallTime
    package var to: WallTime
    /// Challenges sent, answered or not.
    package var challenges: UInt64
    /// Refusals not recorded one by one because an allowance was used up.
    package var refusals: UInt64
    /// Datagrams that were no SIP message.
    package var malformed: UInt64
    package var bytes: UInt64

    package init(
        from: WallTime, to: WallTime, challenges: UInt64, refusals: UInt64, malformed: UInt64,
        bytes: UInt64
    ) {
        self.from = from
        self.to = to
        self.challenges = challenges
        self.refusals = refusals
        self.malformed = malformed
        self.bytes = bytes
    }
}
