// One try at a destination. A call has several when carriers fail; an abandoned one lives on until
// its transaction is over, because its destination may still answer.

/// The destination side of a call, from the choice of a route to the end of its INVITE.
package struct Attempt: Sendable {
    package enum Progress: UInt8, Sendable {
        /// Nothing came back yet: no CANCEL may be sent (RFC 3261 §9.1).
        case calling
        case proceeding
        /// Its 2xx is the call's answer.
        case answered
        /// A final response came, or none ever will.
        case settled
    }

    /// A dialog of the destination and the tag that the caller knows it by.
    package struct Fork: Sendable {
        package var remoteTag: Octets
        package var callerTag: Octets
    }

    package let routed: CallRouted
    package let start: Stamp
    package var progress = Progress.calling
    /// The call does not want it any more: it failed over, or ended.
    package var isAbandoned = false
    package var isCancelled = false
    /// A provisional response of it was relayed: the caller hears this destination, no other.
    package var hasRung = false
    package var dialog: Dialog
    package var forks: [Fork] = []
    /// The INVITE as sent.
    package var invite: Octets = []
    package var branch = ShortOctets()
    package var inviteCSeq: UInt32 = 0
    /// The last response to it.
    package var response: Octets = []
    /// Why it came to nothing.
    package var failure: AttemptFailed?

    package init(routed: CallRouted, start: Stamp, dialog: Dialog) {
        self.routed = routed
        self.start = start
        self.dialog = dialog
        if routed.target == nil { progress = .settled }
    }

    package var number: UInt8 { routed.attempt }
    /// The built-in destination has no far leg.
    package var isEcho: Bool { routed.isEcho }
}

extension CallRouted {
    /// The name under which the built-in destination stands in records.
    package static let echoDestination = "echo"

    package var isEcho: Bool { carrier == nil && destination == Self.echoDestination }
}
