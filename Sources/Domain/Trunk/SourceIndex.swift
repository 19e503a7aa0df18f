// Which trunks list a source address, without looking at every trunk: one dictionary look-up for
// each prefix length in use.

/// Networks and the trunks that list them.
struct SourceIndex: Sendable {
    private var trunks: [Network: [TrunkID]] = [:]
    /// How many networks of each prefix length there are.
    private var lengthsV4 = [Int](repeating: 0, count: 33)
    private var lengthsV6 = [Int](repeating: 0, count: 129)

    mutating func insert(_ network: Network, _ trunk: TrunkID) {
        if trunks[network] == nil { count(network, by: 1) }
        trunks[network, default: []].append(trunk)
    }

    mutating func remove(_ network: Network, _ trunk: TrunkID) {
        guard var listed = trunks[network] else { return }
        listed.removeAll { $0 == trunk }
        if listed.isEmpty { count(network, by: -1) }
        trunks[network] = listed.isEmpty ? nil : listed
    }

    /// The trunks listing the address, those with the longest prefix first; one group per prefix.
    func groups(listing address: IPAddress) -> [[TrunkID]] {
        let lengths = address.isV6 ? lengthsV6 : lengthsV4
        var out: [[TrunkID]] = []
        for length in lengths.indices.reversed() where lengths[length] > 0 {
            guard let network = Network(address, prefixLength: UInt8(length)),
                let listed = trunks[network]
            else { continue }
            out.append(listed)
        }
        return out
    }

    private mutating func count(_ network: Network, by step: Int) {
        let length = Int(network.prefixLength)
        if network.address.isV6 { lengthsV6[length] += step } else { lengthsV4[length] += step }
    }
}

/// Networks whose sources may call the gateway's bare address. None is wider than /16 or /48, so two
/// that overlap lie in one network of that size.
struct BareSources: Sendable {
    private var index = SourceIndex()
    private var blocks: [Network: [(network: Network, trunk: TrunkID)]] = [:]

    /// The widest network that may be listed, in its family.
    static func isNarrowEnough(_ network: Network) -> Bool {
        network.prefixLength >= widest(network.address)
    }

    mutating func insert(_ network: Network, _ trunk: TrunkID) {
        guard let block = Self.block(of: network) else { return }
        index.insert(network, trunk)
        blocks[block, default: []].append((network, trunk))
    }

    mutating func remove(_ network: Network, _ trunk: TrunkID) {
        guard let block = Self.block(of: network) else { return }
        index.remove(network, trunk)
        blocks[block]?.removeAll { $0.network == network && $0.trunk == trunk }
        if blocks[block]?.isEmpty == true { blocks[block] = nil }
    }

    /// Trunks that list a network which shares an address with this one.
    func overlapping(_ network: Network) -> [TrunkID] {
        guard let block = Self.block(of: network) else { return [] }
        return (blocks[block] ?? []).filter { $0.network.overlaps(network) }.map(\.trunk)
    }

    /// The trunks with the longest prefix that covers the address.
    func trunks(listing address: IPAddress) -> [TrunkID] {
        index.groups(listing: address).first ?? []
    }

    private static func widest(_ address: IPAddress) -> UInt8 {
        address.isV6 ? Limits.bareNetworkPrefixV6 : Limits.bareNetworkPrefixV4
    }

    private static func block(of network: Network) -> Network? {
        guard isNarrowEnough(network) else { return nil }
        return Network(network.address, prefixLength: widest(network.address))
    }
}
