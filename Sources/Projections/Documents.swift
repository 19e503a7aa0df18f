// Trunks, carriers and routes as the API shows them. Passwords and their hashes have no member here.

package import Domain

extension Trunk {
    /// The API's object. `base` is the gateway's base domain.
    package func document(base: String) -> JSON {
        let types = [(AuthTypes.basic, "basic"), (.ip, "ip")].filter { authTypes.contains($0.0) }
        return .object([
            JSON.Member("id", .string("\(id)")),
            JSON.Member("customer_id", .string("\(customer)")),
            JSON.Member("name", .string(name)),
            JSON.Member("detail", .string(detail)),
            JSON.Member("domain_name", .string(domainName)),
            JSON.Member("server", .string("sip:\(domainName).trunk.\(base)")),
            JSON.Member("auth_types", .array(types.map { .string($0.1) })),
            JSON.Member("username", .optional(credential?.username)),
            JSON.Member("allowed_ips", .array(allowedNetworks.map { .string("\($0)") })),
            JSON.Member("bare_address", .bool(allowsBareAddress)),
            JSON.Member("digest_algorithms", .array(digestAlgorithms.map { .string($0.name) })),
            JSON.Member("legacy_digest", .bool(allowsLegacyDigest)),
            JSON.Member("early_media", .string(earlyMedia.name)),
            JSON.Member("version", .unsigned(version)),
            JSON.Member("tm_create", .string("\(created)")),
            JSON.Member("tm_update", .string("\(updated)")),
            JSON.Member("tm_delete", .optional(deleted.map { "\($0)" })),
        ])
    }
}

extension Carrier {
    package var document: JSON {
        .object([
            JSON.Member("id", .string("\(id)")),
            JSON.Member("name", .string(name)),
            JSON.Member("host", .string(host)),
            JSON.Member("port", .unsigned(port)),
            JSON.Member("transport", .string("\(transport)")),
            JSON.Member("version", .unsigned(version)),
            JSON.Member("tm_create", .string("\(created)")),
            JSON.Member("tm_update", .string("\(updated)")),
            JSON.Member("tm_delete", .optional(deleted.map { "\($0)" })),
        ])
    }
}

extension Route {
    package var document: JSON {
        var carrier: String?
        var uri: String?
        switch destination {
        case .carrier(let id): carrier = "\(id)"
        case .uri(let text): uri = text
        case .echo: break
        }
        return .object([
            JSON.Member("id", .string("\(id)")),
            JSON.Member("prefix", .string(prefix)),
            JSON.Member("carrier", .optional(carrier)),
            JSON.Member("echo", .bool(destination == .echo)),
            JSON.Member("uri", .optional(uri)),
            JSON.Member("priority", .unsigned(priority)),
            JSON.Member("weight", .unsigned(weight)),
            JSON.Member("version", .unsigned(version)),
            JSON.Member("tm_create", .string("\(created)")),
            JSON.Member("tm_update", .string("\(updated)")),
            JSON.Member("tm_delete", .optional(deleted.map { "\($0)" })),
        ])
    }
}
