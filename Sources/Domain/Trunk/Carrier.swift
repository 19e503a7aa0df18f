// Where calls are sent: carriers, and the routes that choose among them.

/// A destination gateway that takes calls.
package struct Carrier: Hashable, Sendable {
    package var id: CarrierID
    package var version: UInt32
    package var name: String
    /// An IP address, or a host name resolved by A and AAAA.
    package var host: String
    package var port: UInt16
    package var transport: Transport
    package var created: WallTime
    package var updated: WallTime
    package var deleted: WallTime?

    package init(
        id: CarrierID, version: UInt32, name: String, host: String, port: UInt16,
        transport: Transport, created: WallTime, updated: WallTime, deleted: WallTime?
    ) {
        self.id = id
        self.version = version
        self.name = name
        self.host = host
        self.port = port
        self.transport = transport
        self.created = created
        self.updated = updated
        self.deleted = deleted
    }
}

/// How SIP messages travel. The raw value is stored.
package enum Transport: UInt8, CaseIterable, Sendable {
    case udp = 1
}

/// A rule that sends numbers with a prefix to a destination.
package struct Route: Hashable, Sendable {
    package var id: RouteID
    package var version: UInt32
    /// Digits, optionally after a plus; empty matches every number.
    package var prefix: String
    package var destination: Destination
    /// Lower is tried first, among routes of the same prefix.
    package var priority: UInt16
    /// Share among routes of the same prefix and priority; 0 only when all are 0.
    package var weight: UInt16
    package var created: WallTime
    package var updated: WallTime
    package var deleted: WallTime?

    package init(
        id: RouteID, version: UInt32, prefix: String, destination: Destination, priority: UInt16,
        weight: UInt16, created: WallTime, updated: WallTime, deleted: WallTime?
    ) {
        self.id = id
        self.version = version
        self.prefix = prefix
        self.destination = destination
        self.priority = priority
        self.weight = weight
        self.created = created
        self.updated = updated
        self.deleted = deleted
    }

    /// Where a matching call goes.
    package enum Destination: Hashable, Sendable {
        case carrier(CarrierID)
        /// Answers and plays the caller's RTP back.
        case echo
        /// An extension: a fixed SIP URI.
        case uri(String)
    }
}
