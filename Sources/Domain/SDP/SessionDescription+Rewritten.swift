// The description that the other leg gets: the same session, but reachable at our relay and nowhere
// else.

extension SessionDescription {
    /// The description with our origin, address and ports.
    ///
    /// `ports` has one RTP port for each m-line; nil, or none there, declines the line with port 0.
    /// A line that was refused stays refused, one over a connection is refused, and an address of
    /// 0.0.0.0 (hold as RFC 2543 had it) stays. RTCP goes to the next port up, or to the same one
    /// where it was multiplexed. What would let the ends find each other directly (ICE) is removed.
    package func rewritten(
        sessionID: UInt64, version: UInt64, address: IPAddress, ports: [UInt16?]
    ) -> Octets {
        var out = Rewriting(
            self, sessionID: sessionID, version: version, address: address, ports: ports)
        for line in lines { out.take(line) }
        return out.octets
    }

    /// Whether the section, or the session for nil, has a c= of its own.
    fileprivate func hasAddress(_ section: Int?) -> Bool {
        lines.contains { $0.type == UInt8(ascii: "c") && $0.section == section }
    }
}

/// One pass over the lines, writing the new description.
private struct Rewriting {
    let description: SessionDescription
    let sessionID: UInt64
    let version: UInt64
    /// `IN IP4 192.0.2.1`.
    let network: Octets
    let ports: [UInt16?]
    /// The last section whose c= was written; -1 for the session's.
    private var connectionWritten: Int?
    private(set) var octets: Octets = []

    init(
        _ description: SessionDescription, sessionID: UInt64, version: UInt64, address: IPAddress,
        ports: [UInt16?]
    ) {
        self.description = description
        self.sessionID = sessionID
        self.version = version
        self.ports = ports
        network = Octets("IN \(address.isV6 ? "IP6" : "IP4") \(address)".utf8)
        octets.reserveCapacity(description.lines.reduce(256) { $0 + $1.whole.count + 2 })
    }

    private var media: [MediaDescription] { description.media }

    /// The RTP port that a section gets, 0 if it is declined.
    private func port(_ section: Int) -> UInt16 {
        guard section < ports.count, let port = ports[section], media[section].port != 0,
            media[section].isRelayable
        else { return 0 }
        return port
    }

    mutating func take(_ line: SessionDescription.Line) {
        switch line.type {
        case UInt8(ascii: "o"): origin()
        case UInt8(ascii: "c"): connection(line)
        case UInt8(ascii: "m"): if let section = line.section { mediaLine(section) }
        case UInt8(ascii: "a"): attribute(line)
        default: keep(line)
        }
    }

    private mutating func origin() {
        octets += "o=- ".utf8
        octets.append(decimal: sessionID)
        octets.append(Octet.space)
        octets.append(decimal: version)
        octets.append(Octet.space)
        end(network)
    }

    private mutating func end(_ rest: some Collection<UInt8>) {
        octets += rest
        octets += "\r\n".utf8
    }

    private mutating func keep(_ line: SessionDescription.Line) { end(line.whole) }

    private mutating func connection() {
        octets += "c=".utf8
        end(network)
    }

    /// One c= for each level: several would be the layers of a multicast session.
    private mutating func connection(_ line: SessionDescription.Line) {
        let level = line.section ?? -1
        guard connectionWritten != level else { return }
        connectionWritten = level
        if SessionDescription.address(line.value)?.isUnspecified == true {
            keep(line)
        } else {
            connection()
        }
    }

    private mutating func mediaLine(_ section: Int) {
        let line = media[section]
        octets += "m=".utf8
        octets += line.kind
        octets.append(Octet.space)
        octets.append(decimal: port(section))
        octets.append(Octet.space)
        octets += line.proto
        octets.append(Octet.space)
        end(line.formats)
        if !description.hasAddress(nil), !description.hasAddress(section) { connection() }
    }

    private mutating func attribute(_ line: SessionDescription.Line) {
        let value = line.value.trimmed
        let name = value.prefix { $0 != Octet.colon }
        if name.equalsIgnoringCase("candidate") || name.startsIgnoringCase("ice-")
            || name.equalsIgnoringCase("remote-candidates")
            || name.equalsIgnoringCase("end-of-candidates")
        {
            return
        }
        guard name.equalsIgnoringCase("rtcp"), name.count < value.count else { return keep(line) }
        guard let section = line.section else { return }
        let port = port(section)
        guard port != 0, port < .max else { return }
        let isShared = media[section].rtcpPort == media[section].port
        octets += "a=rtcp:".utf8
        octets.append(decimal: isShared ? port : port + 1)
        octets.append(Octet.space)
        end(network)
    }
}
