// What the door decides about an INVITE that begins a call, in the terms of the events that follow.

/// Whether a call may come in.
enum Admission {
    case authorised(CallAuthorised)
    case refused(Refusal)
    /// The values of the Proxy-Authenticate headers.
    case challenged([Octets])

    init(_ verdict: Verdict) {
        switch verdict {
        case .challenge(_, let headers, _): self = .challenged(headers)
        case .refuse(let reason, let status, let phrase, let trunk, let username):
            self = .refused(
                Refusal(
                    reason: reason, status: status, phrase: phrase,
                    trunk: trunk.map { ($0.id, $0.version, $0.customer) }, username: username))
        case .authorised(let trunk, let method, let username, let algorithm, let nonce, let count):
            self = .authorised(
                CallAuthorised(
                    method: method, trunk: trunk.id, trunkVersion: trunk.version,
                    customer: trunk.customer, domainName: trunk.domainName, username: username,
                    algorithm: algorithm, nonce: nonce, nonceCount: count))
        }
    }

    /// What a record says of it; nil for events that say nothing.
    init?(_ event: Event) {
        switch event {
        case .callAuthorised(let proof): self = .authorised(proof)
        case .callRefused(let event):
            self = .refused(
                Refusal(
                    reason: event.reason, status: event.status, phrase: event.phrase,
                    trunk: event.trunk.map { ($0, event.trunkVersion, event.customer) },
                    username: event.username))
        default: return nil
        }
    }
}

/// Why and how an INVITE is turned down.
struct Refusal {
    var reason: RefusalReason
    var status: UInt16
    var phrase: String
    var trunk: (id: TrunkID, version: UInt32, customer: CustomerID?)?
    var username: Octets = []
    var header: (StaticString, String)?
}
