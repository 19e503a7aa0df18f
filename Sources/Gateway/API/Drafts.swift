// The fields of trunks, carriers and routes as clients send them. What each may hold is decided in the
// core; here it is only read.

import Domain

extension TrunkDraft {
    init(_ body: RequestBody) throws {
        try body.allow([
            "customer_id", "name", "detail", "domain_name", "auth_types", "username", "password",
            "allowed_ips", "bare_address", "digest_algorithms", "legacy_digest", "early_media",
        ])
        self.init(
            customerID: try body.string("customer_id"), name: try body.string("name") ?? "",
            detail: try body.string("detail"), domainName: try body.string("domain_name"),
            authTypes: try body.strings("auth_types") ?? [],
            username: try body.string("username"), password: try body.string("password"),
            allowedIPs: try body.strings("allowed_ips"),
            allowsBareAddress: try body.flag("bare_address"),
            digestAlgorithms: try body.strings("digest_algorithms"),
            allowsLegacyDigest: try body.flag("legacy_digest"),
            earlyMedia: try body.string("early_media"))
    }
}

extension CarrierDraft {
    init(_ body: RequestBody) throws {
        try body.allow(["name", "host", "port", "transport"])
        self.init(
            name: try body.string("name") ?? "", host: try body.string("host") ?? "",
            port: try body.integer("port"), transport: try body.string("transport"))
    }
}

extension RouteDraft {
    init(_ body: RequestBody) throws {
        try body.allow(["prefix", "carrier", "echo", "uri", "priority", "weight"])
        self.init(
            prefix: try body.string("prefix"), carrier: try body.string("carrier"),
            echo: try body.flag("echo"), uri: try body.string("uri"),
            priority: try body.integer("priority"), weight: try body.integer("weight"))
    }
}
