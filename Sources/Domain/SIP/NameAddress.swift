// What From, To, Contact, Route and their like hold: a URI with an optional name before it and
// parameters after it (RFC 3261 §20.10).

/// A `name-addr` or `addr-spec` with header parameters.
package struct NameAddress: Sendable {
    /// As written, quotes included; empty where there is none.
    package let displayName: ArraySlice<UInt8>
    /// Without angle brackets.
    package let uri: ArraySlice<UInt8>
    /// The header's parameters, which stand outside the brackets.
    package let parameters: Parameters

    /// Reads one value; nil for an open quote, an unquoted separator in the name, blanks in the URI.
    package init?(parsing value: ArraySlice<UInt8>) {
        let value = value.trimmed
        var search = value
        if value.first == Octet.quote {
            guard let end = value.endOfQuoted(from: value.startIndex) else { return nil }
            search = value[end...]
            guard search.trimmed.first == Octet.less else { return nil }
        }
        if let open = search.firstIndex(of: Octet.less) {
            guard let close = value[open...].firstIndex(of: Octet.greater) else { return nil }
            displayName = value[..<open].trimmed
            uri = value[(open + 1)..<close]
            let tail = value[(close + 1)...].trimmed
            guard Self.isDisplayName(displayName), let parameters = Self.parameters(tail) else {
                return nil
            }
            self.parameters = parameters
        } else {
            displayName = value[value.startIndex..<value.startIndex]
            let end = value.firstIndex(of: Octet.semicolon) ?? value.endIndex
            uri = value[..<end].trimmed
            // RFC 3261 §20: with any of these the brackets are mandatory.
            guard !uri.contains(Octet.comma), !uri.contains(Octet.question),
                let parameters = Self.parameters(value[end...])
            else { return nil }
            self.parameters = parameters
        }
        guard Self.isURI(uri) else { return nil }
    }

    /// The `tag` parameter; nil where absent or empty.
    package var tag: ArraySlice<UInt8>? {
        guard let tag = parameters["tag"], !tag.isEmpty else { return nil }
        return tag
    }

    /// The display name without quotes and escapes; empty where there is none.
    package var displayText: Octets { displayName.unquoted }

    private static func parameters(_ tail: ArraySlice<UInt8>) -> Parameters? {
        if tail.isEmpty { return Parameters() }
        guard tail.first == Octet.semicolon else { return nil }
        return Parameters(parsing: tail.dropFirst())
    }

    /// A quoted string, or anything without separators: many senders forget the quotes around
    /// dots and slashes, but a comma or semicolon would change what the value means.
    private static func isDisplayName(_ name: ArraySlice<UInt8>) -> Bool {
        if name.first == Octet.quote {
            return name.endOfQuoted(from: name.startIndex) == name.endIndex
        }
        return name.allSatisfy {
            $0.isBlank
                || !$0.isControlOrSpace && $0 != Octet.comma && $0 != Octet.semicolon
                    && $0 != Octet.quote && $0 != Octet.backslash && $0 != Octet.greater
        }
    }

    private static func isURI(_ uri: ArraySlice<UInt8>) -> Bool {
        guard let colon = uri.firstIndex(of: Octet.colon) else { return false }
        return URI.isScheme(uri[..<colon]) && colon + 1 < uri.endIndex
            && uri.allSatisfy {
                !$0.isControlOrSpace && $0 != Octet.less && $0 != Octet.quote
            }
    }
}

extension NameAddress {
    /// Writes a value: the name quoted and escaped where there is one, the URI in brackets, the tag.
    /// Line breaks and controls in the name become spaces.
    package static func octets(
        display: some Collection<UInt8>, uri: some Collection<UInt8>, tag: Octets? = nil
    ) -> Octets {
        var out: Octets = []
        if !display.isEmpty {
            out.append(Octet.quote)
            for byte in display {
                if byte == Octet.quote || byte == Octet.backslash { out.append(Octet.backslash) }
                out.append(byte.isControlOrSpace ? Octet.space : byte)
            }
            out.append(Octet.quote)
            out.append(Octet.space)
        }
        out.append(Octet.less)
        out += uri
        out.append(Octet.greater)
        if let tag {
            out += ";tag=".utf8
            out += tag
        }
        return out
    }
}
