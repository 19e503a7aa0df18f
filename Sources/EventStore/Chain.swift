// The chain over what was recorded: each batch's hash covers all before it, and is made of the records
// uncompressed, so that storing them differently later changes no proof.

import Crypto
package import Domain

/// Chain and Merkle hashes.
package enum Chain {
    private static let tag = Octets("trunkline/batch/1".utf8)
    private static let genesisTag = Octets("trunkline/log/1".utf8)

    /// What the first batch of a log continues.
    package static func genesis(logID: Octets) -> Octets {
        Octets(SHA256.hash(data: genesisTag + logID))
    }

    /// The chain after a batch with these records, each as its bytes in the payload.
    static func next(
        after previous: Octets, firstEvent: EventNumber, epoch: UInt64, records: [ArraySlice<UInt8>]
    ) -> Octets {
        var numbers: Octets = []
        numbers.append(littleEndian: firstEvent)
        numbers.append(littleEndian: UInt64(records.count))
        numbers.append(littleEndian: epoch)
        return Octets(SHA256.hash(data: tag + previous + numbers + merkleRoot(records)))
    }

    /// RFC 6962 §2.1: leaves and nodes are told apart by their first byte.
    package static func merkleRoot(_ leaves: [ArraySlice<UInt8>]) -> Octets {
        var level = leaves.map { leaf in
            var hash = SHA256()
            hash.update(data: [0])
            leaf.withUnsafeBytes { hash.update(bufferPointer: $0) }
            return hash.finalize()
        }
        guard !level.isEmpty else { return Octets(SHA256.hash(data: [])) }
        while level.count > 1 {
            var above: [SHA256Digest] = []
            above.reserveCapacity(level.count / 2 + 1)
            for index in stride(from: 0, to: level.count - 1, by: 2) {
                var hash = SHA256()
                hash.update(data: [1])
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
