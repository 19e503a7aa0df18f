// What the API can ask to be changed. Drafts carry the fields as they were sent, so that one place
// checks them all and names the field that is wrong.

/// A change of what is provisioned. Passwords are in clear here and nowhere else.
package enum ProvisioningCommand: Sendable {
    case createTrunk(TrunkDraft)
    /// Everything is replaced except the label, and customer and credential where none is given.
    case replaceTrunk(TrunkID, TrunkDraft)
    case deleteTrunk(TrunkID)
    /// A nil username keeps the old one; a nil password has one made.
    case rotateCredential(TrunkID, username: String?, password: String?)
    case createCarrier(CarrierDraft)
    case replaceCarrier(CarrierID, CarrierDraft)
    case deleteCarrier(CarrierID)
    case createRoute(RouteDraft)
    case replaceRoute(RouteID, RouteDraft)
    case deleteRoute(RouteID)
}

/// A trunk as asked for. Nil means the field was not given.
package struct TrunkDraft: Sendable {
    /// A UUID. Where none is given: the nil UUID at creation, the old one in a replacement.
    package var customerID: String?
    package var name: String
    package var detail: String?
    /// Wanted at creation; in a replacement it may be left out, or must be the trunk's own.
    package var domainName: String?
    /// `basic`, `ip`, or both.
    package var authTypes: [String]
    package var username: String?
    package var password: String?
    /// Addresses or CIDR.
    package var allowedIPs: [String]?
    package var allowsBareAddress: Bool?
    /// `MD5`, `SHA-256`, `SHA-512-256`, in the order of the challenges.
    package var digestAlgorithms: [String]?
    package var allowsLegacyDigest: Bool?
    /// `both` or `to_caller`.
    package var earlyMedia: String?

    package init(
        customerID: String? = nil, name: String, detail: String? = nil, domainName: String? = nil,
        authTypes: [String], username: String? = nil, password: String? = nil,
        allowedIPs: [String]? = nil, allowsBareAddress: Bool? = nil,
        digestAlgorithms: [String]? = nil, allowsLegacyDigest: Bool? = nil,
        earlyMedia: String? = nil
    ) {
        self.customerID = customerID
        self.name = name
        self.detail = detail
        self.domainName = domainName
        self.authTypes = authTypes
        self.username = username
        self.password = password
        self.allowedIPs = allowedIPs
        self.allowsBareAddress = allowsBareAddress
        self.digestAlgorithms = digestAlgorithms
        self.allowsLegacyDigest = allowsLegacyDigest
        self.earlyMedia = earlyMedia
    }
}

/// A carrier as asked for.
package struct CarrierDraft: Sendable {
    package var name: String
    package var host: String
    /// 5060 where none is given.
    package var port: Int?
    /// `udp` where none is given.
    package var transport: String?

    package init(name: String, host: String, port: Int? = nil, transport: String? = nil) {
        self.name = name
        self.host = host
        self.port = port
        self.transport = transport
    }
}

/// A route as asked for. Exactly one of `carrier`, `echo` and `uri` names the destination.
package struct RouteDraft: Sendable {
    /// Empty where none is given.
    package var prefix: String?
    /// A carrier's identifier or name.
    package var carrier: String?
    package var echo: Bool?
    /// A sip: URI.
    package var uri: String?
    /// 0 to 65,535; 10 where none is given.
    package var priority: Int?
    /// 0 to 65,535; 1 where none is given.
    package var weight: Int?

    package init(
        prefix: String? = nil, carrier: String? = nil, echo: Bool? = nil, uri: String? = nil,
        priority: Int? = nil, weight: Int? = nil
    ) {
        self.prefix = prefix
        self.carrier = carrier
        self.echo = echo
        self.uri = uri
        self.priority = priority
        self.weight = weight
    }
}

/// Why a command was refused, in the terms of the API.
package struct ProvisioningError: Error, Hashable, Sendable {
    /// 400, 403, 404 or 409.
    package let status: UInt16
    /// Stable, for programs: `invalid_field`, `not_found`, `domain_name_taken`, ….
    package let reason: String
    /// What to do, for people.
    package let message: String
    /// The API's name of the field at fault, where there is one.
    package let field: String?

    package init(status: UInt16, reason: String, message: String, field: String? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.field = field
    }

    static func invalid(_ field: String, _ message: String) -> ProvisioningError {
        ProvisioningError(status: 400, reason: "invalid_field", message: message, field: field)
    }

    static func notFound(_ kind: String) -> ProvisioningError {
        ProvisioningError(
            status: 404, reason: "not_found", message: "There is no \(kind) with that identifier.")
    }

    static func full(_ kind: String, _ limit: Int) -> ProvisioningError {
        ProvisioningError(
            status: 403, reason: "\(kind)_limit",
            message: "There are \(limit) already, which is the most this gateway takes. Delete one."
        )
    }
}

/// What a command led to.
package struct ProvisioningDecision: Sendable {
    /// The event to record; nothing has changed before it is.
    package let event: Event
    /// A password that was made by us: to be shown once, in the answer to this command.
    package let password: String?

    package init(event: Event, password: String? = nil) {
        self.event = event
        self.password = password
    }
}
