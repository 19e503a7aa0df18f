// The customers and carriers of simulated traffic, provisioned as an operator would do it.

import Domain

/// One trunk and the PBX or phone behind it.
struct Customer: Sendable {
    let domain: String
    let username: String
    let password: String
    let agent: UserAgent
    let product: String
    /// Where its messages come from, and the address that it believes to have.
    let source: Endpoint
    let host: String
    /// Number prefix of its extensions.
    let numberBlock: String
    /// From the PBX to the gateway.
    let delay: Duration

    static let count = 48

    /// Carriers, the routes to them, and the customers' trunks.
    static func furnish(
        _ core: Switchboard, at now: Moment, using random: inout SplitMix
    ) throws -> [Customer] {
        for (index, name) in ["north", "south", "west"].enumerated() {
            let carrier = CarrierDraft(name: name, host: "203.0.113.\(10 + index)")
            _ = try core.provision(.createCarrier(carrier), at: now)
        }
        let routes = [
            ("", "north", 10), ("", "south", 20), ("+44", "west", 10), ("00", "south", 5),
        ]
        for (prefix, carrier, priority) in routes {
            let draft = RouteDraft(prefix: prefix, carrier: carrier, priority: priority)
            _ = try core.provision(.createRoute(draft), at: now)
        }
        return try (0..<count).map { index in
            let customer = Customer(index, using: &random)
            _ = try core.provision(.createTrunk(customer.draft(index)), at: now)
            return customer
        }
    }

    private init(_ index: Int, using random: inout SplitMix) {
        domain = "customer\(index)"
        username = "trunk-\(1_000 + index * 37)"
        password = "password-\(random.next())"
        agent = UserAgent.all[index % UserAgent.all.count]
        product = agent.products[Int.random(in: 0..<agent.products.count, using: &random)]
        source = Endpoint(
            .v4(0xc633_6400 + UInt32(index) + 2), index % 3 == 0 ? 5_060 : 5_060 + UInt16(index))
        let isBehindNAT = index % 3 == 1
        host = isBehindNAT ? "192.168.\(index).10" : "\(source.address)"
        numberBlock = "+49\(30 + index)\(Int.random(in: 10_000...99_999, using: &random))"
        delay = .microseconds(Int.random(in: 3_000...40_000, using: &random))
    }

    /// Every other customer is known by its address, the others by digest.
    private func draft(_ index: Int) -> TrunkDraft {
        index % 2 == 0
            ? TrunkDraft(
                name: "Customer \(index)", domainName: domain, authTypes: ["ip"],
                allowedIPs: ["\(source.address)"])
            : TrunkDraft(
                name: "Customer \(index)", domainName: domain, authTypes: ["basic"],
                username: username, password: password)
    }

    func uri(of number: String) -> String { "sip:\(number)@\(domain).trunk.\(Traffic.baseDomain)" }
}

/// A message on its way to the gateway.
struct Datagram {
    let bytes: Octets
    let source: Endpoint
    let after: Duration
}
