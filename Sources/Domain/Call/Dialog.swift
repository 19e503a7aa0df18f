// One side of a call after RFC 3261 §12: what is needed to send the peer a request that it accepts.

/// A dialog as its own side keeps it.
package struct Dialog: Hashable, Sendable {
    package var sipCallID: Octets
    package var localTag: Octets
    /// Empty until the peer has given one.
    package var remoteTag: Octets
    /// The peer's Contact URI; empty until known.
    package var remoteTarget: Octets
    /// Route values in sending order.
    package var routeSet: [Octets]
    /// CSeq of our last request, and of the peer's.
    package var localCSeq: UInt32
    package var remoteCSeq: UInt32
    /// Our socket, and where the peer's messages came from.
    package var local: Endpoint
    package var peer: Endpoint

    /// The request-URI of our requests: the peer's Contact, or its address when it gave none.
    package var requestURI: Octets {
        remoteTarget.isEmpty ? Octets("sip:\(peer)".utf8) : remoteTarget
    }

    /// Where our requests go: the first route or the Contact (§12.2.1.1), when it is an address that
    /// can be right; else the address that the peer's messages came from, which a NAT in between
    /// translates. Names are not looked up again in the middle of a call.
    package var nextHop: Endpoint {
        guard let described = (routeSet.first ?? remoteTarget).addressOfURI else { return peer }
        if described.address == peer.address { return described }
        let isHidden = described.address.isPrivate && !peer.address.isPrivate
        return isHidden || described.address.isUnspecified ? peer : described
    }
}

extension Octets {
    /// The address and port of a SIP URI, which may stand in angle brackets; nil when the host is a name.
    fileprivate var addressOfURI: Endpoint? {
        var text = self[...]
        if let open = text.firstIndex(of: UInt8(ascii: "<")) {
            text = text[(open + 1)...].prefix { $0 != UInt8(ascii: ">") }
        }
        guard let uri = URI(parsing: text), let address = uri.host.address else { return nil }
        return Endpoint(address, uri.port ?? 5060)
    }
}
