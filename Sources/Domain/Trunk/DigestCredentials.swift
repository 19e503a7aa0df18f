// The value of a Proxy-Authorization header, read the way real PBXs write it: parameters in any
// order, quotes where none belong or missing where they do, letters of either case.

/// One set of digest credentials. Texts are without their quotes.
package struct DigestCredentials: Sendable {
    /// Escapes undone, as names are compared and hashed.
    package let username: Octets
    package let realm: Octets
    package let nonce: Octets
    /// As sent: A2 is hashed over exactly this.
    package let uri: Octets
    /// The raw digest; nil where the parameter was no hexadecimal text.
    package let response: Octets?
    /// Nil for a name that is not one of ours; MD5 where none was sent.
    package let algorithm: DigestAlgorithm?
    /// As sent; nil for the style of RFC 2069.
    package let qop: Octets?
    package let nonceCountText: Octets
    package let cnonce: Octets

    /// Reads a header value; nil unless it is a Digest with a username, realm, nonce, uri and response.
    package init?(parsing value: ArraySlice<UInt8>) {
        let text = value.trimmed
        guard text.prefix(6).equalsIgnoringCase("Digest"), let gap = text.dropFirst(6).first,
            gap.isBlank, let parts = text.dropFirst(7).split(topLevel: Octet.comma)
        else { return nil }
        var values = [ArraySlice<UInt8>?](repeating: nil, count: Name.allCases.count)
        for part in parts {
            guard let equals = part.firstIndex(of: Octet.equals),
                let name = Name(part[..<equals].trimmed)
            else { continue }
            // The first of two wins: a later one could only be there to confuse.
            if values[name.rawValue] == nil {
                values[name.rawValue] = part[(equals + 1)...].trimmed
            }
        }
        func given(_ name: Name) -> Octets? { values[name.rawValue]?.unquoted }
        guard let username = given(.username), let realm = given(.realm),
            let nonce = given(.nonce), let uri = given(.uri), let response = given(.response)
        else { return nil }
        self.username = username
        self.realm = realm
        self.nonce = nonce
        self.uri = uri
        self.response = Hex.decode(response)
        algorithm = DigestAlgorithm(
            name: given(.algorithm).map { String(decoding: $0, as: UTF8.self) } ?? "MD5")
        qop = given(.qop).flatMap { $0.isEmpty ? nil : $0 }
        nonceCountText = given(.nonceCount) ?? []
        cnonce = given(.cnonce) ?? []
    }

    /// The parameters that count (RFC 7616 §3.4); others are passed over.
    private enum Name: Int, CaseIterable {
        case username, realm, nonce, uri, response, algorithm, qop, nonceCount, cnonce

        init?(_ text: ArraySlice<UInt8>) {
            guard let name = Self.allCases.first(where: { text.equalsIgnoringCase($0.text) }) else {
                return nil
            }
            self = name
        }

        private var text: StaticString {
            switch self {
            case .username: "username"
            case .realm: "realm"
            case .nonce: "nonce"
            case .uri: "uri"
            case .response: "response"
            case .algorithm: "algorithm"
            case .qop: "qop"
            case .nonceCount: "nc"
            case .cnonce: "cnonce"
            }
        }
    }

    /// The nonce count; nil for what is no hexadecimal number of up to eight digits.
    package var nonceCount: UInt32? {
        guard (1...8).contains(nonceCountText.count) else { return nil }
        var count: UInt32 = 0
        for digit in nonceCountText {
            guard let value = Hex.value(digit) else { return nil }
            count = count << 4 | UInt32(value)
        }
        return count
    }

    /// Whether the qop is the one we offer.
    var hasOfferedQop: Bool { qop.map { $0[...].equalsIgnoringCase("auth") } ?? true }

    /// Whether `uri` calls the same user as the request-URI. Proxies and PBXs rewrite the rest of it;
    /// SIPp and some softphones leave the user out, and the nonce count still lets each be used once.
    func names(_ requestURI: ArraySlice<UInt8>) -> Bool {
        guard uri.contains(Octet.at) else { return true }
        guard let sent = URI(parsing: uri), let wanted = URI(parsing: requestURI) else {
            return uri.elementsEqual(requestURI)
        }
        return Self.user(sent).equalsIgnoringCase(Self.user(wanted))
    }

    /// The user part without its parameters, escapes undone.
    private static func user(_ uri: URI) -> ArraySlice<UInt8> {
        let user = uri.user ?? []
        return URI.unescaped(user.prefix { $0 != Octet.semicolon })[...]
    }
}
