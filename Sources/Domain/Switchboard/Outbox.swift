// What the core wants done after an input. The shell writes the records to the log, and lets go of
// each message when the table below says so.

/// A message to be sent.
package struct Transmit: Sendable {
    package var bytes: Octets
    /// The socket to send from, and the destination.
    package var local: Endpoint
    package var remote: Endpoint
    package var hold: Hold
}

/// When a message may leave.
package enum Hold: Hashable, Sendable {
    /// At once: it asserts nothing that a crash could make untrue.
    case none
    /// When this event and all before it are on disk.
    case until(EventNumber)
    /// At once if the event is on disk, else never: the original is still waiting to leave.
    case dropUnless(EventNumber)
}

/// Everything that is ever sent. This table is the whole of what waits for the log and what does not.
package enum Dispatch: Sendable {
    /// A request or response of a call, `100 Trying` included: it is a promise to remember the call.
    /// Also the ACK to what comes when its call is over: all that was decided before it must be on disk.
    case step(EventNumber)
    /// The same bytes as a step that was decided before.
    case repetition(EventNumber)
    /// A challenge or refusal without authorisation and without a record.
    case stateless
    /// The answer to OPTIONS outside a dialog.
    case options

    package var hold: Hold {
        switch self {
        case .step(let number): .until(number)
        case .repetition(let number): .dropUnless(number)
        case .stateless, .options: .none
        }
    }
}

/// The effects of the inputs since it was last emptied, each kind in order.
package struct Outbox: Sendable {
    package var records: [Record] = []
    package var transmits: [Transmit] = []
    /// To be obeyed at once: ports must be open before the INVITE that names them is answered.
    package var orders: [RelayOrder] = []
    /// Host names whose addresses are wanted.
    package var lookups: [String] = []

    package init() {}

    package var isEmpty: Bool {
        records.isEmpty && transmits.isEmpty && orders.isEmpty && lookups.isEmpty
    }

    package mutating func send(
        _ bytes: Octets, from local: Endpoint, to remote: Endpoint, as dispatch: Dispatch
    ) {
        transmits.append(
            Transmit(bytes: bytes, local: local, remote: remote, hold: dispatch.hold))
    }
}
