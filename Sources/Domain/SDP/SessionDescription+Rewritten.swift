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
            media: media, sessionID: sessionID, version: version, address: address, ports: ports,
            sessionHasAddress: lines.contains { $0.type == UInt8(ascii: "c") && $0.section == nil },
            sectionsWithAddress: Set(
                lines.filter { $0.type == UInt8(ascii: "c") }.compactMap(\.section)))
        for line in lines { out.take(line) }
        return out.octets
    }
}

/// One pass over the lines, writing the new description.
private struct Rewriting {
    let media: [MediaDescription]
    let sessionID: UInt64
    let version: UInt64
    let address: IPAddress
    let ports: [UInt16?]
    let sessionHasAddress: Bool
    /// Only looked up, never iterated.
    let sectionsWithAddress: Set<Int>
    /// The last section whose c= was written; -1 for the session's.
    private var connectionWritten: Int?
    private(set) var octets: Octets = []

    init(
        media: [MediaDescription], sessionID: UInt64, version: UInt64, address: IPAddress,
        ports: [UInt16?], sessionHasAddress: Bool, sectionsWithAddress: Set<Int>
    ) {
        self.media = media
        self.sessionID = sessionID
        self.version = version
        self.address = address
        self.ports = ports
        self.sessionHasAddress = sessionHasAddress
        self.sectionsWithAddress = sectionsWithAddress
    }

    /// `IN IP4 192.0.2.1`.
    private var network: String { "IN \(address.isV6 ? "IP6" : "IP4") \(address)" }

    /// The RTP port that a section gets, 0 if it is declined.
    private func port(_ section: Int) -> UInt16 {
        guard section < ports.count, let port = ports[section], media[section].port != 0,
            media[section].isRelayable
        else { return 0 }
        return port
    }

    mutating func take(_ line: SessionDescription.Line) {
        switch line.type {
        case UInt8(ascii: "o"): write("o=- \(sessionID) \(version) \(network)")
        case UInt8(ascii: "c"): connection(line)
        case UInt8(ascii: "m"): if let section = line.section { mediaLine(section) }
        case UInt8(ascii: "a"): attribute(line)
        default: keep(line)
        }
    }

    private mutating func write(_ text: String) { octets += "\(text)\r\n".utf8 }

    private mutating func keep(_ line: SessionDescription.Line) {
        octets += line.whole
        octets += "\r\n".utf8
    }

    /// One c= for each level: several would be the layers of a multicast session.
    private mutating func connection(_ line: SessionDescription.Line) {
        let level = line.section ?? -1
        guard connectionWritten != level else { return }
        connectionWritten = level
        if SessionDescription.address(line.value)?.isUnspecified == true {
            keep(line)
        } else {
            write("c=\(network)")
        }
    }

    private mutating func mediaLine(_ section: Int) {
        let line = media[section]
        octets += "m=".utf8
        octets += line.kind
        octets += " \(port(section)) ".utf8
        octets += line.proto
        for format in line.formats {
            octets.append(Octet.space)
            octets += format
        }
        octets += "\r\n".utf8
        if !sessionHasAddress, !sectionsWithAddress.contains(section) { write("c=\(network)") }
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
        write("a=rtcp:\(isShared ? port : port + 1) \(network)")
    }
}
