// The fields of events about trunks, carriers, routes and the gateway itself. Numbers are for ever:
// docs/events.proto says what each means.

import Domain

extension GatewayStarted: Coded {
    static var blank: GatewayStarted {
        GatewayStarted(build: "", bootID: "", epoch: 0, baseDomain: "", configuration: [])
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.text(1, &build)
        fields.text(2, &bootID)
        fields.varint(3, &epoch)
        fields.text(4, &baseDomain)
        fields.list(5, &configuration)
    }
}

extension GatewayStarted.Setting: Coded {
    static var blank: GatewayStarted.Setting { GatewayStarted.Setting(key: "", value: "") }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.text(1, &key)
        fields.text(2, &value)
    }
}

extension TornTailCut: Coded {
    static var blank: TornTailCut { TornTailCut(segment: "", offset: 0, length: 0, digest: []) }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.text(1, &segment)
        fields.varint(2, &offset)
        fields.varint(3, &length)
        fields.octets(4, &digest)
    }
}

extension GapRecorded: Coded {
    static var blank: GapRecorded {
        GapRecorded(
            firstLost: 0, lastLost: 0, segment: "", offset: 0, length: 0, digest: [], reason: "",
            operatorName: "", note: "", recorded: WallTime(nanoseconds: 0), lastCDR: 0,
            signature: [])
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &firstLost)
        fields.varint(2, &lastLost)
        fields.text(3, &segment)
        fields.varint(4, &offset)
        fields.varint(5, &length)
        fields.octets(6, &digest)
        fields.text(7, &reason)
        fields.text(8, &operatorName)
        fields.text(9, &note)
        fields.wall(10, &recorded)
        fields.octets(11, &signature)
        fields.varint(12, &lastCDR)
    }
}

extension HostResolved: Coded {
    static var blank: HostResolved { HostResolved(host: "", addresses: [], lifetimeSeconds: 0) }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.text(1, &host)
        fields.compactList(2, &addresses)
        fields.varint(3, &lifetimeSeconds)
    }
}

extension UnauthenticatedCounted: Coded {
    static var blank: UnauthenticatedCounted {
        UnauthenticatedCounted(
            from: WallTime(nanoseconds: 0), to: WallTime(nanoseconds: 0), challenges: 0,
            refusals: 0, malformed: 0, bytes: 0)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.wall(1, &from)
        fields.wall(2, &to)
        fields.varint(3, &challenges)
        fields.varint(4, &refusals)
        fields.varint(5, &malformed)
        fields.varint(6, &bytes)
    }
}

extension Trunk: Coded {
    static var blank: Trunk {
        Trunk(
            id: .compactDefault, version: 0, customer: .compactDefault, name: "", detail: "",
            domainName: "", authTypes: [], credential: nil, allowedNetworks: [],
            allowsBareAddress: false, digestAlgorithms: [], allowsLegacyDigest: false,
            earlyMedia: .both, created: WallTime(nanoseconds: 0),
            updated: WallTime(nanoseconds: 0), deleted: nil)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.compact(1, &id)
        fields.varint(2, &version)
        fields.compact(3, &customer)
        fields.text(4, &name)
        fields.text(5, &detail)
        fields.text(6, &domainName)
        var types = authTypes.rawValue
        fields.varint(7, &types)
        authTypes = AuthTypes(rawValue: types)
        fields.optional(8, &credential)
        fields.compactList(9, &allowedNetworks)
        fields.flag(10, &allowsBareAddress)
        var algorithms = digestAlgorithms.map(\.rawValue)
        fields.octets(11, &algorithms)
        digestAlgorithms = algorithms.compactMap { DigestAlgorithm(rawValue: $0) }
        fields.flag(12, &allowsLegacyDigest)
        fields.choice(13, &earlyMedia)
        fields.wall(14, &created)
        fields.wall(15, &updated)
        fields.deletion(16, &deleted)
    }
}

extension Credential: Coded {
    static var blank: Credential {
        Credential(username: "", realm: "", ha1MD5: [], ha1SHA256: [], ha1SHA512_256: [])
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.text(1, &username)
        fields.text(2, &realm)
        fields.sealed(3, &ha1MD5)
        fields.sealed(4, &ha1SHA256)
        fields.sealed(5, &ha1SHA512_256)
    }
}

extension Carrier: Coded {
    static var blank: Carrier {
        Carrier(
            id: .compactDefault, version: 0, name: "", host: "", port: 0, transport: .udp,
            created: WallTime(nanoseconds: 0), updated: WallTime(nanoseconds: 0), deleted: nil)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.compact(1, &id)
        fields.varint(2, &version)
        fields.text(3, &name)
        fields.text(4, &host)
        fields.varint(5, &port)
        fields.choice(6, &transport)
        fields.wall(7, &created)
        fields.wall(8, &updated)
        fields.deletion(9, &deleted)
    }
}

extension Route: Coded {
    static var blank: Route {
        Route(
            id: .compactDefault, version: 0, prefix: "", destination: .echo, priority: 0,
            weight: 0, created: WallTime(nanoseconds: 0), updated: WallTime(nanoseconds: 0),
            deleted: nil)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.compact(1, &id)
        fields.varint(2, &version)
        fields.text(3, &prefix)
        // One of carrier, URI, or neither for the echo destination.
        var carrier: CarrierID?
        var uri = ""
        switch destination {
        case .carrier(let id): carrier = id
        case .uri(let text): uri = text
        case .echo: break
        }
        fields.compact(4, &carrier)
        fields.text(5, &uri)
        destination = carrier.map { .carrier($0) } ?? (uri.isEmpty ? .echo : .uri(uri))
        fields.varint(6, &priority)
        fields.varint(7, &weight)
        fields.wall(8, &created)
        fields.wall(9, &updated)
        fields.deletion(10, &deleted)
    }
}

extension FieldCoder {
    /// A time that is nil when the field is missing.
    mutating func deletion(_ number: UInt32, _ value: inout WallTime?) {
        var time = value ?? WallTime(nanoseconds: 0)
        wall(number, &time)
        value = time.nanoseconds == 0 ? nil : time
    }
}
