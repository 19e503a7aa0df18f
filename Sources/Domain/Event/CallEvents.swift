// The facts of a call, in the order in which they usually happen. State is folded from these and
// from the signalling steps alone, so what state needs stands here in fields of its own.

/// An INVITE that is being treated as a call.
package struct CallOffered: Hashable, Sendable {
    /// Seeds the call's own generator, so that a replay mints the same tags and branches.
    package var seed: UInt64
    package var sipCallID: Octets
    /// The caller's From tag, and the To tag that is ours.
    package var remoteTag: Octets
    package var localTag: Octets
    package var cseq: UInt32
    package var source: Endpoint
    package var local: Endpoint
    package var requestURI: Octets
    /// From and To values as received, tags left out.
    package var from: Octets
    package var to: Octets
    package var callerNumber: Octets
    package var calledNumber: Octets
    /// The caller's Contact URI, and Record-Route values in the order for our requests.
    package var remoteTarget: Octets
    package var routeSet: [Octets]
    /// RFC 7989: the caller's UUID (empty if none) and the one that is ours, 32 hex digits each.
    package var remoteSession: Octets
    package var localSession: Octets

    package init(
        seed: UInt64, sipCallID: Octets, remoteTag: Octets, localTag: Octets, cseq: UInt32,
        source: Endpoint, local: Endpoint, requestURI: Octets, from: Octets, to: Octets,
        callerNumber: Octets, calledNumber: Octets, remoteTarget: Octets, routeSet: [Octets],
        remoteSession: Octets, localSession: Octets
    ) {
        self.seed = seed
        self.sipCallID = sipCallID
        self.remoteTag = remoteTag
        self.localTag = localTag
        self.cseq = cseq
        self.source = source
        self.local = local
        self.requestURI = requestURI
        self.from = from
        self.to = to
        self.callerNumber = callerNumber
        self.calledNumber = calledNumber
        self.remoteTarget = remoteTarget
        self.routeSet = routeSet
        self.remoteSession = remoteSession
        self.localSession = localSession
    }
}

/// The gateway itself turned the call down before trying any destination. Ends the call.
package struct CallRefused: Hashable, Sendable {
    package var reason: RefusalReason
    package var status: UInt16
    package var phrase: String
    package var cdrNumber: UInt64
    /// The trunk that the request named, where there is one; the caller is not told.
    package var trunk: TrunkID?
    package var trunkVersion: UInt32
    package var customer: CustomerID?
    /// The username that was tried.
    package var username: Octets

    package init(
        reason: RefusalReason, status: UInt16, phrase: String, cdrNumber: UInt64, trunk: TrunkID?,
        trunkVersion: UInt32, customer: CustomerID?, username: Octets
    ) {
        self.reason = reason
        self.status = status
        self.phrase = phrase
        self.cdrNumber = cdrNumber
        self.trunk = trunk
        self.trunkVersion = trunkVersion
        self.customer = customer
        self.username = username
    }
}

/// The call belongs to a trunk, and how that was proved.
package struct CallAuthorised: Hashable, Sendable {
    package var method: AuthTypes
    package var trunk: TrunkID
    package var trunkVersion: UInt32
    package var customer: CustomerID
    package var domainName: String
    package var username: Octets
    package var algorithm: DigestAlgorithm?
    /// The nonce that was used, which a restart must remember; empty without digest.
    package var nonce: Octets
    package var nonceCount: UInt32

    package init(
        method: AuthTypes, trunk: TrunkID, trunkVersion: UInt32, customer: CustomerID,
        domainName: String, username: Octets, algorithm: DigestAlgorithm?, nonce: Octets,
        nonceCount: UInt32
    ) {
        self.method = method
        self.trunk = trunk
        self.trunkVersion = trunkVersion
        self.customer = customer
        self.domainName = domainName
        self.username = username
        self.algorithm = algorithm
        self.nonce = nonce
        self.nonceCount = nonceCount
    }
}

/// A destination was chosen; the INVITE to it follows.
package struct CallRouted: Hashable, Sendable {
    /// From 1.
    package var attempt: UInt8
    package var route: RouteID
    package var routeVersion: UInt32
    /// Nil for the echo destination and for a fixed URI.
    package var carrier: CarrierID?
    package var carrierVersion: UInt32
    /// Carrier name, `echo`, or the fixed URI.
    package var destination: String
    package var requestURI: Octets
    /// Nil for the echo destination.
    package var target: Endpoint?
    package var local: Endpoint?
    package var sipCallID: Octets
    package var localTag: Octets
    package var callerNumber: Octets
    package var calledNumber: Octets

    package init(
        attempt: UInt8, route: RouteID, routeVersion: UInt32, carrier: CarrierID?,
        carrierVersion: UInt32, destination: String, requestURI: Octets, target: Endpoint?,
        local: Endpoint?, sipCallID: Octets, localTag: Octets, callerNumber: Octets,
        calledNumber: Octets
    ) {
        self.attempt = attempt
        self.route = route
        self.routeVersion = routeVersion
        self.carrier = carrier
        self.carrierVersion = carrierVersion
        self.destination = destination
        self.requestURI = requestURI
        self.target = target
        self.local = local
        self.sipCallID = sipCallID
        self.localTag = localTag
        self.callerNumber = callerNumber
        self.calledNumber = calledNumber
    }
}

/// A provisional response other than 100 came from a destination and is relayed.
package struct CallProgressed: Hashable, Sendable {
    package var attempt: UInt8
    package var status: UInt16
    package var phrase: Octets
    /// Whether it carried a session description, so that media may flow before the answer.
    package var earlyMedia: Bool
    /// The destination's To tag, and the tag that the caller sees for it.
    package var remoteTag: Octets
    package var callerTag: Octets
    package var remoteTarget: Octets
    package var routeSet: [Octets]

    package init(
        attempt: UInt8, status: UInt16, phrase: Octets, earlyMedia: Bool, remoteTag: Octets,
        callerTag: Octets, remoteTarget: Octets, routeSet: [Octets]
    ) {
        self.attempt = attempt
        self.status = status
        self.phrase = phrase
        self.earlyMedia = earlyMedia
        self.remoteTag = remoteTag
        self.callerTag = callerTag
        self.remoteTarget = remoteTarget
        self.routeSet = routeSet
    }
}

/// The destination's first 2xx on the leg that is kept.
package struct CallAnswered: Hashable, Sendable {
    package var attempt: UInt8
    package var status: UInt16
    package var phrase: Octets
    package var remoteTag: Octets
    package var callerTag: Octets
    package var remoteTarget: Octets
    package var routeSet: [Octets]
    /// The negotiated codecs of the first audio stream, for instance `PCMU/8000`.
    package var codec: String

    package init(
        attempt: UInt8, status: UInt16, phrase: Octets, remoteTag: Octets, callerTag: Octets,
        remoteTarget: Octets, routeSet: [Octets], codec: String
    ) {
        self.attempt = attempt
        self.status = status
        self.phrase = phrase
        self.remoteTag = remoteTag
        self.callerTag = callerTag
        self.remoteTarget = remoteTarget
        self.routeSet = routeSet
        self.codec = codec
    }
}

/// An attempt came to nothing; another may follow.
package struct AttemptFailed: Hashable, Sendable {
    package var attempt: UInt8
    /// The destination's status and phrase; 0 when there was no response.
    package var status: UInt16
    package var phrase: Octets
    /// Reason header values as received (RFC 3326).
    package var reasons: [Octets]
    /// Why we gave up where no response says it.
    package var cause: EndCause?

    package init(
        attempt: UInt8, status: UInt16, phrase: Octets, reasons: [Octets], cause: EndCause?
    ) {
        self.attempt = attempt
        self.status = status
        self.phrase = phrase
        self.reasons = reasons
        self.cause = cause
    }
}

/// What became of an abandoned attempt after the call went on without it.
package struct AttemptSettled: Hashable, Sendable {
    package var attempt: UInt8
    package var status: UInt16
    /// It answered although it was no longer wanted; the answer was acknowledged and ended at once.
    package var lateAnswer: Bool

    package init(attempt: UInt8, status: UInt16, lateAnswer: Bool) {
        self.attempt = attempt
        self.status = status
        self.lateAnswer = lateAnswer
    }
}

/// A re-INVITE or UPDATE moved a leg's remote target (RFC 3261 §12.2).
package struct DialogRefreshed: Hashable, Sendable {
    package var leg: Leg
    package var remoteTarget: Octets
    package init(leg: Leg, remoteTarget: Octets) {
        self.leg = leg
        self.remoteTarget = remoteTarget
    }
}

/// The call is over. It draws the number of the call detail record.
package struct CallEnded: Hashable, Sendable {
    package var by: EndedBy
    package var cause: EndCause
    /// The destination's final status, phrase and Reason values; 0 when it gave none.
    package var destinationStatus: UInt16
    package var destinationPhrase: Octets
    package var destinationReasons: [Octets]
    /// What the caller was told; 0 when an answered call ended by BYE.
    package var callerStatus: UInt16
    package var callerPhrase: Octets
    /// Reason values of the BYE, CANCEL or final response that ended it, as relayed.
    package var reasons: [Octets]
    package var cdrNumber: UInt64
    /// Set when the call lived through an outage of the gateway.
    package var recovery: Recovery?

    package init(
        by: EndedBy, cause: EndCause, destinationStatus: UInt16, destinationPhrase: Octets,
        destinationReasons: [Octets], callerStatus: UInt16, callerPhrase: Octets,
        reasons: [Octets], cdrNumber: UInt64, recovery: Recovery?
    ) {
        self.by = by
        self.cause = cause
        self.destinationStatus = destinationStatus
        self.destinationPhrase = destinationPhrase
        self.destinationReasons = destinationReasons
        self.callerStatus = callerStatus
        self.callerPhrase = callerPhrase
        self.reasons = reasons
        self.cdrNumber = cdrNumber
        self.recovery = recovery
    }

    /// An outage that the call lived through.
    package struct Recovery: Hashable, Sendable {
        /// The last event before it, and the start after it.
        package var outageStart: WallTime
        package var outageEnd: WallTime
        /// When the deadline that ended the call was due, if one did.
        package var due: WallTime?
        package init(outageStart: WallTime, outageEnd: WallTime, due: WallTime?) {
            self.outageStart = outageStart
            self.outageEnd = outageEnd
            self.due = due
        }
    }
}
