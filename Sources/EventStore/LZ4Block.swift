// One independent LZ4 block per batch. Sizes are in our own header, whose checksum was right before
// any of this runs.

import CLZ4
import Domain

enum LZ4Block {
    /// The block, or nil when it would not be smaller.
    static func compress(_ raw: UnsafeRawBufferPointer) -> Octets? {
        guard let source = raw.baseAddress?.assumingMemoryBound(to: CChar.self), raw.count > 64
        else { return nil }
        let stored = Octets(unsafeUninitializedCapacity: raw.count) { buffer, count in
            let written = buffer.withMemoryRebound(to: CChar.self) {
                LZ4_compress_default(
                    source, $0.baseAddress, Int32(raw.count), Int32(raw.count - 1))
            }
            count = Int(max(written, 0))
        }
        return stored.isEmpty ? nil : stored
    }

    /// Nil when the block does not give exactly `rawBytes`.
    static func decompress(_ stored: ArraySlice<UInt8>, rawBytes: Int) -> Octets? {
        var isWhole = false
        let raw = Octets(unsafeUninitializedCapacity: rawBytes) { buffer, count in
            let written = stored.withUnsafeBytes { source in
                buffer.withMemoryRebound(to: CChar.self) {
                    LZ4_decompress_safe(
                        source.baseAddress?.assumingMemoryBound(to: CChar.self), $0.baseAddress,
                        Int32(stored.count), Int32(rawBytes))
                }
            }
            count = Int(max(written, 0))
            isWhole = count == rawBytes
        }
        return isWhole ? raw : nil
    }
}
