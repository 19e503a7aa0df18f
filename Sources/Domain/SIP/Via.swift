// The Via value that routes a response back (RFC 3261 §20.42, RFC 3581).

/// One Via value.
package struct Via: Sendable {
    /// RFC 3581's parameter, as the sender wrote it.
    package enum ResponsePort: Hashable, Sendable {
        case absent
        /// Present without a value: the response goes to the port the request came from.
        case requested
        case value(UInt16)
    }

    /// `UDP`, `TCP`, …: as written, compare without case.
    package let transport: ArraySlice<UInt8>
    /// Name, IPv4 address or IPv6 reference with its brackets.
    package let host: ArraySlice<UInt8>
    package let port: UInt16?
    package let parameters: Parameters

    /// Empty where absent, as RFC 2543 allowed.
    package let branch: ArraySlice<UInt8>

    /// Reads one value; nil if it is malformed.
    package init?(parsing value: ArraySlice<UInt8>) {
        var rest = value
        guard let name = Self.takeToken(&rest, upTo: Octet.slash), name.equalsIgnoringCase("SIP"),
            let version = Self.takeToken(&rest, upTo: Octet.slash),
            version.elementsEqual("2.0".utf8)
        else { return nil }
        rest = rest.trimmed
        guard let blank = rest.firstIndex(where: \.isBlank), rest[..<blank].isToken else {
            return nil
        }
        transport = rest[..<blank]
        rest = rest[blank...].trimmed
        let semicolon = rest.firstIndex(of: Octet.semicolon) ?? rest.endIndex
        guard let (host, port) = URI.hostport(rest[..<semicolon].trimmed) else { return nil }
        (self.host, self.port) = (host, port)
        if semicolon < rest.endIndex {
            guard let parameters = Parameters(parsing: rest[(semicolon + 1)...]) else { return nil }
            self.parameters = parameters
        } else {
            parameters = Parameters()
        }
        branch = parameters["branch"] ?? value[value.endIndex...]
    }

    private static func takeToken(
        _ rest: inout ArraySlice<UInt8>, upTo separator: UInt8
    ) -> ArraySlice<UInt8>? {
        guard let index = rest.firstIndex(of: separator) else { return nil }
        defer { rest = rest[(index + 1)...] }
        return rest[..<index].trimmed
    }

    /// The address a server upstream saw; some write IPv6 with brackets here (RFC 5118 §4.5).
    package var received: ArraySlice<UInt8>? { parameters["received"] }

    package var maddr: ArraySlice<UInt8>? { parameters["maddr"] }

    /// What the sender wants of RFC 3581; a value that is no port counts as requested.
    package var rport: ResponsePort {
        guard parameters.contains("rport") else { return .absent }
        guard let port = parameters["rport"]?.decimal(UInt16.self), port != 0 else {
            return .requested
        }
        return .value(port)
    }

    /// Whether the branch is unique by RFC 3261 §8.1.1.7: the cookie and something after it.
    package var hasMagicCookie: Bool {
        branch.count > Self.magicCookie.count && branch.starts(with: Self.magicCookie)
    }

    /// `z9hG4bK`.
    package static let magicCookie = Octets("z9hG4bK".utf8)
}

extension Via {
    /// Writes the value as a server returns it: with the source written in (RFC 3261 §18.2.1,
    /// RFC 3581 §4). What the sender claimed to have received is replaced.
    func write(answeredTo source: Endpoint, into out: inout Octets) {
        out += "SIP/2.0/".utf8
        out += transport
        out.append(Octet.space)
        out += host
        if let port {
            out.append(Octet.colon)
            out.append(decimal: port)
        }
        for parameter in parameters.all {
            if parameter.name.equalsIgnoringCase("received")
                || parameter.name.equalsIgnoringCase("rport")
            {
                continue
            }
            out.append(Octet.semicolon)
            out += parameter.name
            if let value = parameter.value {
                out.append(Octet.equals)
                out += value
            }
        }
        let isBehindNAT = IPAddress(octets: host) != source.address
        if rport != .absent || isBehindNAT { out += ";received=\(source.address)".utf8 }
        if rport != .absent {
            out += ";rport=".utf8
            out.append(decimal: source.port)
        }
    }
}
