// Independent LZ4 blocks. Sizes are in our own headers, whose checksum was right before any of this
// runs, and nothing is written past the size that they name.

import CLZ4
import Domain

enum LZ4Block {
    /// For sealed segments: as small as LZ4 can make it. Nil when it would not be smaller.
    static func compressHard(_ raw: Octets) -> Octets? {
        let stored = Octets(unsafeUninitializedCapacity: raw.count) { buffer, count in
            let written = raw.withUnsafeBytes { source in
                buffer.withMemoryRebound(to: CChar.self) {
                    LZ4_compress_HC(
                        source.baseAddress?.assumingMemoryBound(to: CChar.self), $0.baseAddress,
                        Int32(raw.count), Int32(raw.count - 1), Limits.sealCompressionLevel)
                }
            }
            count = Int(max(written, 0))
        }
        return stored.isEmpty ? nil : stored
    }

    /// Nil when it is no block, or gives more bytes than that.
    static func decompress(
        _ stored: ArraySlice<UInt8>, atMost largest: Int, dictionary: Octets = []
    ) -> Octets? {
        var isWhole = false
        let raw = Octets(unsafeUninitializedCapacity: largest) { buffer, count in
            let written = stored.withUnsafeBytes { source in
                dictionary.withUnsafeBytes { dictionary in
                    buffer.withMemoryRebound(to: CChar.self) {
                        LZ4_decompress_safe_usingDict(
                            source.baseAddress?.assumingMemoryBound(to: CChar.self),
                            $0.baseAddress, Int32(stored.count), Int32(largest),
                            dictionary.baseAddress?.assumingMemoryBound(to: CChar.self),
                            Int32(dictionary.count))
                    }
                }
            }
            count = Int(max(written, 0))
            isWhole = written >= 0
        }
        return isWhole ? raw : nil
    }

    /// Nil when the block does not give exactly so many bytes.
    static func decompress(_ stored: ArraySlice<UInt8>, rawBytes: Int) -> Octets? {
        guard let raw = decompress(stored, atMost: rawBytes), raw.count == rawBytes else {
            return nil
        }
        return raw
    }
}
