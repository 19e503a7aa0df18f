// What single fields of the API may contain. Each check names the field and says what is wanted.

/// Checks that return the value to store.
enum Field {
    static func name(_ text: String) throws(ProvisioningError) -> String {
        guard !text.isEmpty, text.utf8.count <= Limits.nameBytes, isPrintable(text) else {
            throw .invalid("name", "1 to \(Limits.nameBytes) bytes without control characters.")
        }
        return text
    }

    static func detail(_ text: String) throws(ProvisioningError) -> String {
        guard text.utf8.count <= Limits.detailBytes, !text.utf8.contains(0) else {
            throw .invalid("detail", "At most \(Limits.detailBytes) bytes.")
        }
        return text
    }

    static func customer(_ text: String) throws(ProvisioningError) -> CustomerID {
        guard let id = CustomerID(text) else {
            throw .invalid("customer_id", "A UUID in the 8-4-4-4-12 form.")
        }
        return id
    }

    static func label(_ text: String?) throws(ProvisioningError) -> String {
        guard let label = text.flatMap({ TrunkDomain.label($0) }) else {
            throw .invalid(
                "domain_name",
                "A DNS label: 1 to 63 letters, digits and hyphens, no hyphen at either end.")
        }
        return label
    }

    static func authTypes(_ names: [String]) throws(ProvisioningError) -> AuthTypes {
        var types: AuthTypes = []
        for name in names {
            switch name {
            case "basic": types.insert(.basic)
            case "ip": types.insert(.ip)
            default: throw .invalid("auth_types", "Known types are basic and ip.")
            }
        }
        guard !types.isEmpty else {
            throw .invalid("auth_types", "At least one of basic and ip.")
        }
        return types
    }

    /// No quote, backslash or colon: each would mean something else inside a digest.
    static func username(_ text: String) throws(ProvisioningError) -> String {
        guard !text.isEmpty, text.utf8.count <= Limits.usernameBytes, isPrintable(text),
            !text.utf8.contains(where: { $0 == 0x22 || $0 == 0x5c || $0 == 0x3a })
        else {
            throw .invalid(
                "username",
                "1 to \(Limits.usernameBytes) bytes without quotes, backslashes and colons.")
        }
        return text
    }

    static func password(_ text: String) throws(ProvisioningError) -> String {
        guard !text.isEmpty, text.utf8.count <= Limits.passwordBytes, isPrintable(text) else {
            throw .invalid(
                "password", "1 to \(Limits.passwordBytes) bytes without control characters.")
        }
        return text
    }

    /// Addresses and CIDR in the order given, repetitions left out.
    static func networks(_ texts: [String]) throws(ProvisioningError) -> [Network] {
        guard texts.count <= Limits.networksPerTrunk else {
            throw .invalid("allowed_ips", "At most \(Limits.networksPerTrunk) entries.")
        }
        var out: [Network] = []
        for text in texts {
            guard let network = Network(text) else {
                throw .invalid("allowed_ips", "Each entry is an IP address or a network in CIDR.")
            }
            if !out.contains(network) { out.append(network) }
        }
        return out
    }

    static func algorithms(_ names: [String]) throws(ProvisioningError) -> [DigestAlgorithm] {
        var out: [DigestAlgorithm] = []
        for name in names {
            guard let algorithm = DigestAlgorithm(name: name), !out.contains(algorithm) else {
                throw .invalid(
                    "digest_algorithms", "Any of MD5, SHA-256 and SHA-512-256, each once.")
            }
            out.append(algorithm)
        }
        guard !out.isEmpty else { throw .invalid("digest_algorithms", "At least one algorithm.") }
        return out
    }

    static func earlyMedia(_ name: String) throws(ProvisioningError) -> EarlyMedia {
        guard let found = EarlyMedia.allCases.first(where: { $0.name == name }) else {
            throw .invalid("early_media", "Either both or to_caller.")
        }
        return found
    }

    /// An IP address in its canonical form, or a host name in lower case.
    static func host(_ text: String) throws(ProvisioningError) -> String {
        if let address = IPAddress(text) {
            guard !address.isUnspecified else {
                throw .invalid("host", "An address that can be reached.")
            }
            return address.description
        }
        let name = text.lowercased()
        // All digits and dots is a mistyped address, which no resolver should be asked for.
        guard TrunkDomain.isHostName(name), !name.utf8.allSatisfy({ $0 < 0x3a && $0 != 0x2d })
        else { throw .invalid("host", "An IP address or a host name.") }
        return name
    }

    static func port(_ number: Int) throws(ProvisioningError) -> UInt16 {
        guard let port = UInt16(exactly: number), port > 0 else {
            throw .invalid("port", "1 to 65535.")
        }
        return port
    }

    static func small(_ number: Int, _ field: String) throws(ProvisioningError) -> UInt16 {
        guard let value = UInt16(exactly: number) else { throw .invalid(field, "0 to 65535.") }
        return value
    }

    static func prefix(_ text: String) throws(ProvisioningError) -> String {
        let digits = text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard text.utf8.count <= Limits.prefixBytes,
            digits.utf8.allSatisfy({ 0x30...0x39 ~= $0 })
        else {
            throw .invalid(
                "prefix", "At most \(Limits.prefixBytes) digits, optionally after a plus.")
        }
        return text
    }

    static func uri(_ text: String) throws(ProvisioningError) -> String {
        guard text.utf8.count <= Limits.uriBytes, text.utf8.allSatisfy({ 0x21...0x7e ~= $0 }),
            let uri = URI(parsing: Octets(text.utf8)), uri.scheme.elementsEqual("sip".utf8),
            uri.headers == nil, !text.utf8.contains(where: { $0 == 0x3c || $0 == 0x3e })
        else {
            throw .invalid("uri", "A sip: URI without headers, like sip:alice@192.0.2.1:5060.")
        }
        return text
    }

    private static func isPrintable(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f }
    }
}

extension EarlyMedia {
    /// The word in the API.
    package var name: String {
        switch self {
        case .both: "both"
        case .toCaller: "to_caller"
        }
    }
}
