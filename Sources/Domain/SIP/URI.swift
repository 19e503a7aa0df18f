// SIP, SIPS and tel URIs as slices of the message they stand in. Other schemes are accepted for
// what they are: a scheme and a rest (RFC 3261 §25.1, absoluteURI).

/// A URI and its parts, percent escapes left as written.
package struct URI: Sendable {
    /// As written, compare without case.
    package let scheme: ArraySlice<UInt8>
    /// User part before any password; the number of a tel URI; nil where there is none.
    package let user: ArraySlice<UInt8>?
    package let password: ArraySlice<UInt8>?
    /// Name, IPv4 address or IPv6 reference with its brackets; empty unless sip or sips.
    package let host: ArraySlice<UInt8>
    package let port: UInt16?
    package let parameters: Parameters
    /// What follows `?`, unparsed; nil where there is none.
    package let headers: ArraySlice<UInt8>?

    /// Reads a URI without angle brackets; nil if it is none, or a sip one is malformed.
    package init?(parsing octets: some Collection<UInt8>) {
        let octets = (octets as? ArraySlice<UInt8>) ?? Octets(octets)[...]
        guard octets.allSatisfy(Self.isAllowed), let colon = octets.firstIndex(of: Octet.colon)
        else { return nil }
        scheme = octets[..<colon]
        let rest = octets[(colon + 1)...]
        guard Self.isScheme(scheme), !rest.isEmpty else { return nil }
        if scheme.equalsIgnoringCase("tel") {
            guard let (number, parameters) = Self.parametersCut(rest), !number.isEmpty else {
                return nil
            }
            (user, password, host, port, headers) = (number, nil, rest[rest.endIndex...], nil, nil)
            self.parameters = parameters
            return
        }
        guard scheme.equalsIgnoringCase("sip") || scheme.equalsIgnoringCase("sips") else {
            (user, password, host, port, headers) = (nil, nil, rest[rest.endIndex...], nil, nil)
            parameters = Parameters()
            return
        }
        var tail = rest
        (user, password) = Self.takeUser(&tail)
        guard user?.isEmpty != true, !tail.contains(Octet.at) else { return nil }
        let question = tail.firstIndex(of: Octet.question)
        headers = question.map { tail[($0 + 1)...] }
        guard let (hostport, parameters) = Self.parametersCut(tail[..<(question ?? tail.endIndex)]),
            let (host, port) = Self.hostport(hostport)
        else { return nil }
        (self.host, self.port, self.parameters) = (host, port, parameters)
    }

    /// sip or sips.
    package var isSIP: Bool { scheme.equalsIgnoringCase("sip") || isSecure }
    package var isSecure: Bool { scheme.equalsIgnoringCase("sips") }
    package var isTel: Bool { scheme.equalsIgnoringCase("tel") }

    /// The host if it is an address and not a name.
    package var address: IPAddress? { IPAddress(octets: host) }

    /// Undoes `%HH` once. An escape that is none stays as written; nothing is unescaped twice.
    package static func unescaped(_ octets: some Collection<UInt8>) -> Octets {
        var out: Octets = []
        out.reserveCapacity(octets.count)
        var rest = Octets(octets)[...]
        while let byte = rest.popFirst() {
            if byte == Octet.percent, rest.count >= 2,
                let high = Hex.value(rest[rest.startIndex]),
                let low = Hex.value(rest[rest.startIndex + 1])
            {
                out.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                out.append(byte)
            }
        }
        return out
    }
}

extension URI {
    private static func isAllowed(_ byte: UInt8) -> Bool {
        !byte.isControlOrSpace && byte != Octet.less && byte != Octet.greater && byte != Octet.quote
    }

    /// `scheme` of RFC 3986 §3.1.
    static func isScheme(_ scheme: ArraySlice<UInt8>) -> Bool {
        scheme.first?.isLetter == true
            && scheme.allSatisfy {
                $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
                    || $0 == UInt8(ascii: ".")
            }
    }

    /// Cuts `user:password@` off; the user part may hold `;`, `?` and `/`, so `@` is sought first.
    private static func takeUser(
        _ rest: inout ArraySlice<UInt8>
    ) -> (ArraySlice<UInt8>?, ArraySlice<UInt8>?) {
        guard let at = rest.firstIndex(of: Octet.at) else { return (nil, nil) }
        let info = rest[..<at]
        rest = rest[(at + 1)...]
        guard let colon = info.firstIndex(of: Octet.colon) else { return (info, nil) }
        return (info[..<colon], info[(colon + 1)...])
    }

    private static func parametersCut(
        _ octets: ArraySlice<UInt8>
    ) -> (ArraySlice<UInt8>, Parameters)? {
        guard let semicolon = octets.firstIndex(of: Octet.semicolon) else {
            return (octets, Parameters())
        }
        guard let parameters = Parameters(parsing: octets[(semicolon + 1)...]) else { return nil }
        return (octets[..<semicolon], parameters)
    }

    /// `host [":" port]`, blanks around the colon allowed as Via does.
    static func hostport(_ octets: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, UInt16?)? {
        var end = octets.startIndex
        if octets.first == Octet.openBracket {
            guard let close = octets.firstIndex(of: Octet.closeBracket) else { return nil }
            end = close + 1
        } else {
            end = octets.firstIndex { $0 == Octet.colon || $0.isBlank } ?? octets.endIndex
        }
        let host = octets[..<end]
        guard isHost(host) else { return nil }
        let rest = octets[end...].trimmed
        if rest.isEmpty { return (host, nil) }
        guard rest.first == Octet.colon,
            let port = rest.dropFirst().trimmed.decimal(UInt16.self), port != 0
        else { return nil }
        return (host, port)
    }

    /// A name, with underscores for the many that have them, or an address. What stands between
    /// brackets is not judged further: RFC 5118 §4.10 wants three colons tolerated.
    private static func isHost(_ host: ArraySlice<UInt8>) -> Bool {
        if host.first == Octet.openBracket {
            return host.count > 2
                && host.dropFirst().dropLast().allSatisfy {
                    Hex.value($0) != nil || $0 == Octet.colon || $0 == UInt8(ascii: ".")
                }
        }
        return !host.isEmpty
            && host.allSatisfy {
                $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "_")
            }
    }
}
