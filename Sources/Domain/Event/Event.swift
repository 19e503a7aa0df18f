// Everything that can happen, as stored. Names and shapes here are storage format: a case is never
// renumbered, a field never changes meaning; what must change becomes a new type or version.

/// One entry of the log.
package struct Record: Hashable, Sendable {
    package var number: EventNumber
    package var stamp: Stamp
    /// The call, trunk, carrier or route that the event belongs to; zero for the gateway itself.
    package var stream: StreamKey
    /// Tells a repeated append from a new one. Minted from epoch and ordinal, so it compresses.
    package var eventID: EventID
    package var event: Event

    package init(
        number: EventNumber, stamp: Stamp, stream: StreamKey, eventID: EventID, event: Event
    ) {
        self.number = number
        self.stamp = stamp
        self.stream = stream
        self.eventID = eventID
        self.event = event
    }

    /// The last number that the entry stands for: its own, but for a gap the last that was lost.
    package var lastNumber: EventNumber {
        guard case .gapRecorded(let gap) = event else { return number }
        return max(number, gap.lastLost)
    }
}

/// When an input reached the gateway, on both clocks. Stamps never go back within a log.
package struct Stamp: Hashable, Sendable {
    package var wall: WallTime
    package var instant: Instant
    /// Counts the machine boots the log has seen; instants compare only within one.
    package var boot: UInt32

    package init(wall: WallTime, instant: Instant, boot: UInt32) {
        self.wall = wall
        self.instant = instant
        self.boot = boot
    }
}

/// The sixteen bytes of whatever identifier the stream has.
package struct StreamKey: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64
    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
    package init<Subject>(_ id: ID<Subject>) { self.init(high: id.high, low: id.low) }
    package static let gateway = StreamKey(high: 0, low: 0)
    /// Reads the key as a call's; true only for the call families of events.
    package var call: CallID { CallID(high: high, low: low) }
}

/// 128 bits that are unique to one event: the epoch of the start that minted it, and an ordinal.
package struct EventID: Hashable, Sendable {
    package var epoch: UInt64
    package var ordinal: UInt64
    package init(epoch: UInt64, ordinal: UInt64) {
        self.epoch = epoch
        self.ordinal = ordinal
    }
}

/// What a promise about an event was: `sync` holds effects until it is on disk, `lazy` does not.
package enum Durability: UInt8, Sendable {
    case sync = 1
    case group = 2
    case lazy = 3
}

/// An event of any family. Indirect, because events are handed on much more often than they are made;
/// signalling steps are counted references themselves.
package enum Event: Hashable, Sendable {
    // Provisioning.
    indirect case gatewayStarted(GatewayStarted)
    indirect case tornTailCut(TornTailCut)
    indirect case gapRecorded(GapRecorded)
    indirect case trunkCreated(Trunk)
    indirect case trunkUpdated(Trunk)
    indirect case trunkCredentialRotated(Trunk)
    indirect case trunkDeleted(Trunk)
    indirect case carrierCreated(Carrier)
    indirect case carrierUpdated(Carrier)
    indirect case carrierDeleted(Carrier)
    indirect case routeCreated(Route)
    indirect case routeUpdated(Route)
    indirect case routeDeleted(Route)
    indirect case hostResolved(HostResolved)
    indirect case unauthenticatedCounted(UnauthenticatedCounted)
    // Signalling.
    case requestReceived(SignallingStep)
    case requestSent(SignallingStep)
    case responseReceived(SignallingStep)
    case responseSent(SignallingStep)
    indirect case timerFired(TimerFired)
    indirect case transportFailed(TransportFailed)
    indirect case repeatsAbsorbed(RepeatsAbsorbed)
    // Call facts.
    indirect case callOffered(CallOffered)
    indirect case callRefused(CallRefused)
    indirect case callAuthorised(CallAuthorised)
    indirect case callRouted(CallRouted)
    indirect case callProgressed(CallProgressed)
    indirect case callAnswered(CallAnswered)
    indirect case attemptFailed(AttemptFailed)
    indirect case attemptSettled(AttemptSettled)
    indirect case dialogRefreshed(DialogRefreshed)
    indirect case mediaChanged(MediaChanged)
    indirect case mediaLatched(MediaLatched)
    indirect case mediaStarted(MediaStarted)
    indirect case mediaReported(MediaReported)
    indirect case callEnded(CallEnded)
}

extension Event {
    /// A number of a call detail record that is drawn once the event is there.
    package var cdrNumber: UInt64? {
        switch self {
        case .callRefused(let event): event.cdrNumber
        case .callEnded(let event): event.cdrNumber
        case .gapRecorded(let event): event.lastCDR
        default: nil
        }
    }

    /// The stored type number and name. Numbers from 0x8000 up are critical: a reader that does not
    /// know one must refuse to fold; an unknown lower one is skipped and counted.
    package var type: EventType {
        switch self {
        case .gatewayStarted: .gatewayStarted
        case .tornTailCut: .tornTailCut
        case .gapRecorded: .gapRecorded
        case .trunkCreated: .trunkCreated
        case .trunkUpdated: .trunkUpdated
        case .trunkCredentialRotated: .trunkCredentialRotated
        case .trunkDeleted: .trunkDeleted
        case .carrierCreated: .carrierCreated
        case .carrierUpdated: .carrierUpdated
        case .carrierDeleted: .carrierDeleted
        case .routeCreated: .routeCreated
        case .routeUpdated: .routeUpdated
        case .routeDeleted: .routeDeleted
        case .hostResolved: .hostResolved
        case .unauthenticatedCounted: .unauthenticatedCounted
        case .requestReceived: .requestReceived
        case .requestSent: .requestSent
        case .responseReceived: .responseReceived
        case .responseSent: .responseSent
        case .timerFired: .timerFired
        case .transportFailed: .transportFailed
        case .repeatsAbsorbed: .repeatsAbsorbed
        case .callOffered: .callOffered
        case .callRefused: .callRefused
        case .callAuthorised: .callAuthorised
        case .callRouted: .callRouted
        case .callProgressed: .callProgressed
        case .callAnswered: .callAnswered
        case .attemptFailed: .attemptFailed
        case .attemptSettled: .attemptSettled
        case .dialogRefreshed: .dialogRefreshed
        case .mediaChanged: .mediaChanged
        case .mediaLatched: .mediaLatched
        case .mediaStarted: .mediaStarted
        case .mediaReported: .mediaReported
        case .callEnded: .callEnded
        }
    }
}
