// Everything provisioned, as the call path needs it: a fold of the provisioning events with an index
// for each question that is asked while a call waits.

/// The living trunks, carriers and routes, and the names of deleted trunks.
package struct Directory: Sendable {
    package internal(set) var domain: TrunkDomain
    private(set) var trunksByID: [TrunkID: Trunk] = [:]
    private var trunksByLabel: [String: TrunkID] = [:]
    private var deletedByLabel: [String: Trunk] = [:]
    private var sources = SourceIndex()
    private(set) var bareSources = BareSources()
    private(set) var carriersByID: [CarrierID: Carrier] = [:]
    private var carriersByName: [String: CarrierID] = [:]
    private(set) var routesByID: [RouteID: Route] = [:]
    private var routesByPrefix: [Octets: [RouteID]] = [:]
    /// How many routes have a prefix of each length.
    private var prefixLengths: [Int: Int] = [:]
    private var routesToCarrier: [CarrierID: Int] = [:]

    package init(baseDomain: String) { domain = TrunkDomain(base: baseDomain) }

    /// Takes an event in; those of other families change nothing.
    package mutating func evolve(_ event: Event) {
        switch event {
        case .trunkCreated(let trunk), .trunkUpdated(let trunk), .trunkCredentialRotated(let trunk):
            store(trunk)
        case .trunkDeleted(let trunk): bury(trunk)
        case .carrierCreated(let carrier), .carrierUpdated(let carrier):
            drop(carrier.id)
            carriersByID[carrier.id] = carrier
            carriersByName[carrier.name] = carrier.id
        case .carrierDeleted(let carrier): drop(carrier.id)
        case .routeCreated(let route), .routeUpdated(let route):
            drop(route.id)
            store(route)
        case .routeDeleted(let route): drop(route.id)
        default: break
        }
    }
}

// MARK: Questions

extension Directory {
    /// The living trunk with that label, which must be in lower case.
    package func trunk(named label: String) -> Trunk? {
        trunksByLabel[label].flatMap { trunksByID[$0] }
    }

    /// The trunk that last had the label and was deleted; nil when a living one has it.
    package func deletedTrunk(named label: String) -> Trunk? {
        trunksByLabel[label] == nil ? deletedByLabel[label] : nil
    }

    /// Whether this is the deletion that is remembered for its label.
    func remembersDeletion(of trunk: Trunk) -> Bool {
        deletedByLabel[trunk.domainName]?.id == trunk.id
    }

    /// A living trunk.
    package func trunk(id: TrunkID) -> Trunk? { trunksByID[id] }

    /// Living trunks whose list covers the address, the longest prefix first.
    package func trunks(listing address: IPAddress) -> [Trunk] {
        sources.groups(listing: address).joined().compactMap { trunksByID[$0] }
    }

    /// Trunks that take bare-address calls from the address, all with the longest matching prefix.
    package func bareTrunks(listing address: IPAddress) -> [Trunk] {
        bareSources.trunks(listing: address).compactMap { trunksByID[$0] }
    }

    package func carrier(id: CarrierID) -> Carrier? { carriersByID[id] }

    /// The living carrier with exactly that name.
    package func carrier(named name: String) -> Carrier? {
        carriersByName[name].flatMap { carriersByID[$0] }
    }

    package func route(id: RouteID) -> Route? { routesByID[id] }

    /// A living trunk whose credential was made for another base domain and is void under this one;
    /// nil when there is none. A start that finds one is refused.
    package var trunkWithVoidCredential: Trunk? {
        trunks.last { trunk in
            trunk.credential.map { $0.realm != domain.name(of: trunk.domainName) } ?? false
        }
    }

    /// Whether any living route sends calls there.
    package func isUsed(_ carrier: CarrierID) -> Bool { routesToCarrier[carrier] != nil }

    /// Living trunks, newest first.
    package var trunks: [Trunk] {
        trunksByID.values.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
    }

    /// Living carriers, newest first.
    package var carriers: [Carrier] {
        carriersByID.values.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
    }

    /// Living routes, newest first.
    package var routes: [Route] {
        routesByID.values.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
    }

    /// Routes whose prefix is exactly that.
    func routes(prefix: some Collection<UInt8>) -> [Route] {
        (routesByPrefix[Octets(prefix)] ?? []).compactMap { routesByID[$0] }
    }

    /// The prefixes of a number that can have routes, longest first.
    func prefixes(of number: Octets) -> [ArraySlice<UInt8>] {
        prefixLengths.keys.filter { $0 <= number.count }.sorted(by: >).map { number[..<$0] }
    }
}

// MARK: Changes

extension Directory {
    private mutating func store(_ trunk: Trunk) {
        if let old = trunksByID[trunk.id] { unlist(old) }
        trunksByID[trunk.id] = trunk
        trunksByLabel[trunk.domainName] = trunk.id
        guard trunk.authTypes.contains(.ip) else { return }
        for network in trunk.allowedNetworks {
            sources.insert(network, trunk.id)
            if trunk.allowsBareAddress { bareSources.insert(network, trunk.id) }
        }
    }

    private mutating func unlist(_ trunk: Trunk) {
        for network in trunk.allowedNetworks {
            sources.remove(network, trunk.id)
            bareSources.remove(network, trunk.id)
        }
    }

    /// Removes a trunk but keeps it under its label, so that a refusal can say why.
    private mutating func bury(_ trunk: Trunk) {
        if let old = trunksByID.removeValue(forKey: trunk.id) { unlist(old) }
        if trunksByLabel[trunk.domainName] == trunk.id { trunksByLabel[trunk.domainName] = nil }
        deletedByLabel[trunk.domainName] = trunk
        if deletedByLabel.count > Limits.deletedTrunks { forgetDeleted() }
    }

    /// Forgets the older half, so that it need not be done often.
    private mutating func forgetDeleted() {
        let oldest = deletedByLabel.values.sorted { ($0.updated, $0.id) < ($1.updated, $1.id) }
        for trunk in oldest.prefix(oldest.count / 2) { deletedByLabel[trunk.domainName] = nil }
    }

    private mutating func drop(_ id: CarrierID) {
        guard let old = carriersByID.removeValue(forKey: id) else { return }
        if carriersByName[old.name] == id { carriersByName[old.name] = nil }
    }

    private mutating func store(_ route: Route) {
        routesByID[route.id] = route
        let prefix = Octets(route.prefix.utf8)
        routesByPrefix[prefix, default: []].append(route.id)
        prefixLengths[prefix.count, default: 0] += 1
        if case .carrier(let carrier) = route.destination {
            routesToCarrier[carrier, default: 0] += 1
        }
    }

    private mutating func drop(_ id: RouteID) {
        guard let old = routesByID.removeValue(forKey: id) else { return }
        let prefix = Octets(old.prefix.utf8)
        routesByPrefix[prefix]?.removeAll { $0 == id }
        if routesByPrefix[prefix]?.isEmpty == true { routesByPrefix[prefix] = nil }
        let others = (prefixLengths[prefix.count] ?? 1) - 1
        prefixLengths[prefix.count] = others > 0 ? others : nil
        guard case .carrier(let carrier) = old.destination else { return }
        let left = (routesToCarrier[carrier] ?? 1) - 1
        routesToCarrier[carrier] = left > 0 ? left : nil
    }
}
