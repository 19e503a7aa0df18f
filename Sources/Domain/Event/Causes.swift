// The closed lists by which records say why: who ended a call, for what cause, and why one was
// refused. Raw values are stored; names are what people and scripts read.

/// Who ended the call.
package enum EndedBy: UInt8, CaseIterable, Sendable {
    case caller = 1
    case destination = 2
    case gateway = 3

    package var name: String {
        switch self {
        case .caller: "caller"
        case .destination: "destination"
        case .gateway: "gateway"
        }
    }
}

/// Why a call or an attempt ended.
package enum EndCause: UInt8, CaseIterable, Sendable {
    /// BYE after an answer.
    case hangup = 1
    /// CANCEL before an answer.
    case cancelled = 2
    /// The destination gave a final response of 300 or more.
    case rejected = 3
    /// No response from the destination in time.
    case noReply = 4
    case ringTimeout = 5
    case maximumDuration = 6
    case mediaSilence = 7
    /// No ACK within 64*T1 of a 2xx.
    case noAck = 8
    case transportFailure = 9
    case noMediaPort = 10
    /// The carrier wanted credentials of its own.
    case carrierAuth = 11
    /// A re-INVITE failed with 408 or 481: the other side has lost the dialog.
    case dialogLost = 12
    /// The gateway was restarted before the call was answered.
    case restart = 13
    case hostUnresolved = 14
    /// A port of the call could not be bound again after a restart.
    case portLost = 15
    /// An answer without a session description, or one that cannot be relayed.
    case badSession = 16
    /// The call used up its budget of events or bytes.
    case budget = 17

    package var name: String {
        switch self {
        case .hangup: "hangup"
        case .cancelled: "cancelled"
        case .rejected: "rejected"
        case .noReply: "no_reply"
        case .ringTimeout: "ring_timeout"
        case .maximumDuration: "maximum_duration"
        case .mediaSilence: "media_silence"
        case .noAck: "no_ack"
        case .transportFailure: "transport_failure"
        case .noMediaPort: "no_media_port"
        case .carrierAuth: "carrier_auth"
        case .dialogLost: "dialog_lost"
        case .restart: "restart"
        case .hostUnresolved: "host_unresolved"
        case .portLost: "port_lost"
        case .badSession: "bad_session"
        case .budget: "budget"
        }
    }
}

/// Why the gateway refused a call before trying any destination.
package enum RefusalReason: UInt8, CaseIterable, Sendable {
    case unknownDomain = 1
    case deletedTrunk = 2
    case wrongPassword = 3
    case unknownUsername = 4
    /// Credentials for a trunk that takes none, or a listed source where addresses do not count.
    case methodDisabled = 5
    /// A well-formed credential whose uri, realm or algorithm does not fit the request.
    case badCredential = 6
    case foreignFrom = 7
    case ambiguousSource = 8
    case unknownSource = 9
    case noRoute = 10
    case noMediaPort = 11
    case tooManyCalls = 12
    case diskFull = 13
    case shuttingDown = 14
    case badSession = 15
    case lockedOut = 16
    /// A name outside the base domain.
    case foreignDomain = 17
    case badRequest = 18
    case loop = 19

    package var name: String {
        switch self {
        case .unknownDomain: "unknown_domain"
        case .deletedTrunk: "deleted_trunk"
        case .wrongPassword: "wrong_password"
        case .unknownUsername: "unknown_username"
        case .methodDisabled: "method_disabled"
        case .badCredential: "bad_credential"
        case .foreignFrom: "foreign_from"
        case .ambiguousSource: "ambiguous_source"
        case .unknownSource: "unknown_source"
        case .noRoute: "no_route"
        case .noMediaPort: "no_media_port"
        case .tooManyCalls: "too_many_calls"
        case .diskFull: "disk_full"
        case .shuttingDown: "shutting_down"
        case .badSession: "bad_session"
        case .lockedOut: "locked_out"
        case .foreignDomain: "foreign_domain"
        case .badRequest: "bad_request"
        case .loop: "loop"
        }
    }
}
