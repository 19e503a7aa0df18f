// What the closed lists of reasons mean to the person whose call failed, and what that person can do.

package import Domain

extension RefusalReason {
    /// Why the gateway refused, in a few words.
    package var meaning: String {
        switch self {
        case .unknownDomain: "no trunk has that name"
        case .deletedTrunk: "the trunk was deleted"
        case .wrongPassword: "the password is wrong"
        case .unknownUsername: "the trunk has another username"
        case .methodDisabled: "the trunk does not take this way of authentication"
        case .badCredential: "the credentials do not fit the request"
        case .foreignFrom: "the From header names another trunk"
        case .ambiguousSource: "several trunks list the source address"
        case .unknownSource: "no trunk lists the source address"
        case .noRoute: "no route leads to the number"
        case .noMediaPort: "no RTP port was free"
        case .tooManyCalls: "the gateway was full"
        case .diskFull: "the disk was full, so nothing could be recorded"
        case .shuttingDown: "the gateway was stopping"
        case .badSession: "the session description cannot be relayed"
        case .lockedOut: "too many wrong passwords came from the source"
        case .foreignDomain: "the name is not under the gateway's base domain"
        case .badRequest: "the request is not one that can be relayed"
        case .loop: "the call came back to the gateway"
        }
    }

    /// What to do about it.
    package var advice: String {
        switch self {
        case .unknownDomain, .deletedTrunk, .foreignDomain:
            "correct the domain in the customer's PBX, or make the trunk: `trunkline trunk list`"
        case .wrongPassword:
            "correct the password in the PBX, or give a new one: `trunkline trunk rotate`"
        case .unknownUsername: "correct the username in the PBX: `trunkline trunk show` has it"
        case .methodDisabled:
            "let the trunk take it: `trunkline trunk replace` with --auth basic or --auth ip"
        case .badCredential:
            "compare realm, uri and algorithm in the INVITE with those of the challenge"
        case .foreignFrom: "let the PBX send its own trunk's domain in From"
        case .ambiguousSource:
            "let the PBX name its trunk in the request-URI, To or From, or narrow --allow-ip"
        case .unknownSource: "add the address to a trunk with --allow-ip and --bare-address"
        case .noRoute: "make a route for the number: `trunkline route create`"
        case .noMediaPort: "give the gateway more ports with --rtp-ports"
        case .tooManyCalls: "send the call again later, or to another gateway"
        case .diskFull: "make space in the data directory; calls are then taken by themselves"
        case .shuttingDown: "send the call again: the gateway takes calls when it has started"
        case .badSession: "look at the offer with `trunkline replay --messages`"
        case .lockedOut: "correct the password, then wait a minute"
        case .badRequest: "look at the INVITE with `trunkline replay --messages`"
        case .loop: "look for a route or a carrier that sends calls back to this gateway"
        }
    }
}

extension EndCause {
    /// Why a call or an attempt ended, in a few words.
    package var meaning: String {
        switch self {
        case .hangup: "somebody hung up"
        case .cancelled: "the caller gave up before an answer"
        case .rejected: "the destination refused"
        case .noReply: "the destination did not reply"
        case .ringTimeout: "nobody answered in time"
        case .maximumDuration: "the call reached its maximum duration"
        case .mediaSilence: "neither side sent RTP any more"
        case .noAck: "the answer was never acknowledged"
        case .transportFailure: "the destination's address cannot be reached"
        case .noMediaPort: "no RTP port was free"
        case .carrierAuth: "the carrier wanted credentials"
        case .dialogLost: "one side had lost the call"
        case .restart: "the gateway was restarted while it rang"
        case .hostUnresolved: "the carrier's host name has no address"
        case .portLost: "a port of the call was taken by another program after a restart"
        case .badSession: "the answer cannot be relayed"
        case .budget: "the call sent too many messages"
        }
    }
}
