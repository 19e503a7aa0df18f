// SIP transaction steps: every message that came or was decided, and what made the machines move.

/// The two sides of a call as the back-to-back user agent sees them.
package enum Leg: UInt8, Sendable {
    case caller = 1
    case destination = 2

    package var other: Leg { self == .caller ? .destination : .caller }
}

/// One SIP message, with everything needed to show or repeat it. "Sent" means decided; it left when
/// the batch with this event was on disk. What it says is held once: the state of a call keeps many of
/// its steps, and all are handed on more often than they are made.
package struct SignallingStep: Hashable, Sendable {
    /// What a step says. What is looked at or let go of most stands first, side by side in memory.
    package struct Fields: Hashable, Sendable {
        package var leg: Leg
        /// Which attempt at a destination, from 1; 0 on the caller's leg.
        package var attempt: UInt8
        package var transport: Transport
        /// 0 for a request.
        package var status: UInt16
        package var cseq: UInt32
        package var method: Octets
        package var message: Octets
        /// Parts of `message` that the codec seals: digest responses, media keys.
        package var secrets: [SecretSpan]
        /// Branch of the top Via, which names the transaction (RFC 3261 §17.1.3).
        package var branch: ShortOctets
        package var local: Endpoint
        package var remote: Endpoint
        /// When it was seen, where that was before the record's stamp: a challenge recorded by its
        /// retry.
        package var seen: WallTime?
        /// Version of the session description of ours that the message carries; 0 when it has none.
        package var descriptionVersion: UInt64
    }

    private final class Box: Sendable {
        let fields: Fields
        init(_ fields: consuming Fields) { self.fields = fields }
    }

    private let box: Box

    package init(_ fields: consuming Fields) { box = Box(fields) }

    package init(
        leg: Leg, attempt: UInt8, method: Octets, cseq: UInt32, status: UInt16, branch: Octets,
        local: Endpoint, remote: Endpoint, transport: Transport, message: Octets,
        secrets: [SecretSpan], seen: WallTime?, descriptionVersion: UInt64 = 0
    ) {
        self.init(
            Fields(
                leg: leg, attempt: attempt, transport: transport, status: status, cseq: cseq,
                method: method, message: message, secrets: secrets, branch: ShortOctets(branch),
                local: local, remote: remote, seen: seen, descriptionVersion: descriptionVersion))
    }

    package var fields: Fields { box.fields }
    package var leg: Leg { box.fields.leg }
    package var attempt: UInt8 { box.fields.attempt }
    package var method: Octets { box.fields.method }
    package var cseq: UInt32 { box.fields.cseq }
    package var status: UInt16 { box.fields.status }
    package var branch: ShortOctets { box.fields.branch }
    package var local: Endpoint { box.fields.local }
    package var remote: Endpoint { box.fields.remote }
    package var transport: Transport { box.fields.transport }
    package var message: Octets { box.fields.message }
    package var secrets: [SecretSpan] { box.fields.secrets }
    package var seen: WallTime? { box.fields.seen }
    package var descriptionVersion: UInt64 { box.fields.descriptionVersion }

    /// The same with some fields changed.
    package func with(_ change: (inout Fields) -> Void) -> SignallingStep {
        var fields = box.fields
        change(&fields)
        return SignallingStep(fields)
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.box === b.box || a.box.fields == b.box.fields
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(box.fields) }
}

extension SignallingStep: CustomReflectable {
    package var customMirror: Mirror { Mirror(reflecting: box.fields) }
}

/// A range of a message that must not be stored or shown in clear.
package struct SecretSpan: Hashable, Sendable {
    package var offset: UInt32
    package var length: UInt32
    package init(offset: UInt32, length: UInt32) {
        self.offset = offset
        self.length = length
    }
}

/// A protocol or call timer ran out.
package struct TimerFired: Hashable, Sendable {
    package var leg: Leg
    package var attempt: UInt8
    /// The RFC's letter (`B`, `F`, `H`, …) or ours: `ring`, `duration`, `answer`, `ack`.
    package var timer: String
    /// Branch of the client transaction that timed out; empty for a timer of ours.
    package var branch: Octets
    package init(leg: Leg, attempt: UInt8, timer: String, branch: Octets = []) {
        self.leg = leg
        self.attempt = attempt
        self.timer = timer
        self.branch = branch
    }
}

/// The socket refused to send, or the network said that nobody listens there.
package struct TransportFailed: Hashable, Sendable {
    package var leg: Leg
    package var attempt: UInt8
    package var remote: Endpoint
    package var reason: String
    package init(leg: Leg, attempt: UInt8, remote: Endpoint, reason: String) {
        self.leg = leg
        self.attempt = attempt
        self.remote = remote
        self.reason = reason
    }
}

/// Retransmissions within one transaction, counted when it ended instead of recorded one by one.
package struct RepeatsAbsorbed: Hashable, Sendable {
    package var leg: Leg
    package var attempt: UInt8
    package var method: Octets
    package var cseq: UInt32
    package var received: UInt32
    package var sent: UInt32
    package init(
        leg: Leg, attempt: UInt8, method: Octets, cseq: UInt32, received: UInt32, sent: UInt32
    ) {
        self.leg = leg
        self.attempt = attempt
        self.method = method
        self.cseq = cseq
        self.received = received
        self.sent = sent
    }
}
