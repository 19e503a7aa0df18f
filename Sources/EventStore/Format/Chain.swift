// The chain over what was recorded: each batch's hash covers all before it, and is made of the records
// uncompressed, so that storing them differently later changes no proof.

import Crypto
package import Domain

/// Chain and Merkle hashes.
package enum Chain {
    private static let tag = Octets("trunkline/batch/1".utf8)
    private static let gapTag = Octets("trunkline/gap/1".utf8)
    private static let leafPrefix: Octets = [0]
    private static let nodePrefix: Octets = [1]
    private static let genesisTag = Octets("trunkline/log/1".utf8)

    /// What the first batch of a log continues.
    package static func genesis(logID: Octets) -> Octets {
        Octets(SHA256.hash(data: genesisTag + logID))
    }

    /// The chain after a batch with these leaves.
    static func next(
        after previous: Octets, firstEvent: EventNumber, epoch: UInt64, leaves: [SHA256Digest]
    ) -> Octets {
        var numbers: Octets = []
        numbers.append(littleEndian: firstEvent)
        numbers.append(littleEndian: UInt64(leaves.count))
        numbers.append(littleEndian: epoch)
        return Octets(SHA256.hash(data: tag + previous + numbers + merkleRoot(of: leaves)))
    }

    /// What follows events that are lost, when nothing after them says how the chain went on.
    static func next(afterGap previous: Octets, lost: ClosedRange<EventNumber>) -> Octets {
        var numbers: Octets = []
        numbers.append(littleEndian: lost.lowerBound)
        numbers.append(littleEndian: lost.upperBound)
        return Octets(SHA256.hash(data: gapTag + previous + numbers))
    }

    /// The leaf of each record, of which only the ends are given.
    static func leaves(_ raw: Octets, ends: [Int]) -> [SHA256Digest] {
        raw.withUnsafeBytes { raw in
            var start = 0
            return ends.map { end in
                var hash = SHA256()
                hash.update(data: leafPrefix)
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: raw[start..<end]))
                start = end
                return hash.finalize()
            }
        }
    }

    /// RFC 6962 §2.1, for whole records.
    package static func merkleRoot(_ records: [ArraySlice<UInt8>]) -> Octets {
        merkleRoot(of: records.map { leaves(Octets($0), ends: [$0.count])[0] })
    }

    /// RFC 6962 §2.1: leaves and nodes are told apart by their first byte.
    static func merkleRoot(of leaves: [SHA256Digest]) -> Octets {
        guard !leaves.isEmpty else { return Octets(SHA256.hash(data: [])) }
        var level = leaves
        while level.count > 1 {
            var above: [SHA256Digest] = []
            above.reserveCapacity(level.count / 2 + 1)
            for index in stride(from: 0, to: level.count - 1, by: 2) {
                var hash = SHA256()
                hash.update(data: nodePrefix)
                level[index].withUnsafeBytes { hash.update(bufferPointer: $0) }
                level[index + 1].withUnsafeBytes { hash.update(bufferPointer: $0) }
                above.append(hash.finalize())
            }
            // An odd one rises as it is, which gives RFC 6962's tree for every count.
            if level.count % 2 == 1 { above.append(level[level.count - 1]) }
            level = above
        }
        return Octets(level[0])
    }
}

extension Chain {
    /// Plain SHA-256.
    static func digest(_ bytes: Octets) -> Octets { Octets(SHA256.hash(data: bytes)) }
}
