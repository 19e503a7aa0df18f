// What the core is told once, at its start: names, addresses and the times that an operator may set.

/// A socket that receives SIP, and the name by which peers know it.
package struct Listener: Hashable, Sendable {
    /// The bound address, which may be the unspecified one.
    package var local: Endpoint
    /// Host as it stands in URIs and Via (IPv6 in brackets), and port.
    package var host: Octets
    package var port: UInt16

    package init(local: Endpoint, host: Octets, port: UInt16) {
        self.local = local
        self.host = host
        self.port = port
    }

    /// `host:port`.
    package var sentBy: Octets { host + ":\(port)".utf8 }
}

/// The effective settings of the core.
package struct SwitchboardSettings: Sendable {
    package var baseDomain: String
    /// Never empty.
    package var listeners: [Listener]
    /// Addresses for our session descriptions, at most one of each family; never empty.
    package var mediaAddresses: [IPAddress]
    /// Ports of the relay; a description that names one of them is suspect.
    package var mediaPorts: ClosedRange<UInt16>
    /// Program and version, for User-Agent.
    package var product: String
    package var ringTimeout = Limits.ringTimeout
    package var maximumDuration = Limits.maximumDuration
    package var noReplyTimeout = Limits.noReplyTimeout
    package var mediaSilence = Limits.mediaSilence
    package var calls = Limits.calls

    package init(
        baseDomain: String, listeners: [Listener], mediaAddresses: [IPAddress],
        mediaPorts: ClosedRange<UInt16>, product: String
    ) {
        precondition(!listeners.isEmpty && !mediaAddresses.isEmpty)
        self.baseDomain = baseDomain
        self.listeners = listeners
        self.mediaAddresses = mediaAddresses
        self.mediaPorts = mediaPorts
        self.product = product
    }

    /// The listener that a message came in on.
    package func listener(at local: Endpoint) -> Listener {
        listeners.first { $0.local == local } ?? listeners[0]
    }

    /// The listener to send from towards an address; nil when none has its family.
    package func listener(towards address: IPAddress) -> Listener? {
        listeners.first { $0.local.address.isV6 == address.isV6 }
    }

    /// What a description for a peer of that family names.
    package func mediaAddress(towards address: IPAddress) -> IPAddress {
        mediaAddresses.first { $0.isV6 == address.isV6 } ?? mediaAddresses[0]
    }

    /// Whether a request for that host is for the gateway itself rather than for a trunk's name.
    package func isBareAddress(_ host: Octets) -> Bool {
        let address = host.address
        return listeners.contains { listener in
            listener.host == host || (address != nil && listener.local.address == address)
        }
    }
}

extension Collection<UInt8> {
    /// The address that a host of a URI is, brackets or not; nil for a name.
    var address: IPAddress? {
        guard count <= 47 else { return nil }
        let text = first == Octet.openBracket ? Octets(dropFirst().dropLast()) : Octets(self)
        return IPAddress(octets: text)
    }
}
