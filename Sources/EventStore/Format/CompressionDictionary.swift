// A message alone hardly compresses; with others of its kind before it, it does, three to one. Each
// segment carries a dictionary: payloads of the segment before, or, in a new log, a starter that has
// what our own messages say.

package import Domain

/// Bytes that small batches refer back to.
package struct CompressionDictionary: Hashable, Sendable {
    /// LZ4 looks back 64 KiB and no further.
    static let largestBytes = 65_536

    package let bytes: Octets
    /// SHA-256 of the bytes: the identity of this version.
    package let hash: Octets

    init(_ bytes: Octets) {
        precondition(bytes.count <= Self.largestBytes, "a dictionary has at most 64 KiB")
        self.bytes = bytes
        hash = Chain.digest(bytes)
    }

    /// The front of the hash, by which a batch names it. Never 0, which is none.
    var id: UInt32 { Self.id(of: hash) }

    static func id(of hash: Octets) -> UInt32 {
        var fields = FieldCursor(hash.prefix(4))
        return max(1, fields.take())
    }
}

/// Gathers what the next segment's dictionary is made of.
struct DictionarySample {
    private var recent: Octets = []

    /// Adds the payload of a batch.
    mutating func add(_ payload: Octets) {
        recent += payload.suffix(CompressionDictionary.largestBytes)
        let excess = recent.count - 4 * CompressionDictionary.largestBytes
        if excess > 0 { recent.removeFirst(recent.count - CompressionDictionary.largestBytes) }
    }

    /// The newest payloads; nil when there is too little to be worth it. A dictionary may
    /// take a sixteenth of a segment.
    func dictionary(segmentBytes: Int) -> CompressionDictionary? {
        let size = min(CompressionDictionary.largestBytes, segmentBytes / 16)
        guard recent.count >= size else { return nil }
        return CompressionDictionary(Octets(recent.suffix(size)))
    }
}
