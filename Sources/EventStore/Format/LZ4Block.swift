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

    /// Nil when the block does not give exactly `rawBytes`.
    static func decompress(
        _ stored: ArraySlice<UInt8>, rawBytes: Int, dictionary: Octets = []
    ) -> Octets? {
        var isWhole = false
        let raw = Octets(unsafeUninitializedCapacity: rawBytes) { buffer, count in
            let written = stored.withUnsafeBytes { source in
                dictionary.withUnsafeBytes { dictionary in
                    buffer.withMemoryRebound(to: CChar.self) {
                        LZ4_decompress_safe_usingDict(
                            source.baseAddress?.assumingMemoryBound(to: CChar.self),
                            $0.baseAddress, Int32(stored.count), Int32(rawBytes),
                            dictionary.baseAddress?.assumingMemoryBound(to: CChar.self),
                            Int32(dictionary.count))
                    }
                }
            }
            count = Int(max(written, 0))
            isWhole = count == rawBytes
        }
        return isWhole ? raw : nil
    }
}

/// Compresses the live batches of one segment. Confined to the writer.
final class BatchCompressor {
    let dictionary: CompressionDictionary?
    /// The state after the dictionary was loaded, of which each batch starts with a copy: loading it
    /// again would cost more than compressing a small batch.
    private let loaded: UnsafeMutablePointer<LZ4_stream_t>
    private let working: UnsafeMutablePointer<LZ4_stream_t>
    /// The loaded state points to these bytes, which therefore never move.
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ dictionary: CompressionDictionary?) {
        self.dictionary = dictionary
        loaded = .allocate(capacity: 1)
        working = .allocate(capacity: 1)
        bytes = .allocate(byteCount: max(1, dictionary?.bytes.count ?? 0), alignment: 16)
        bytes.copyBytes(from: dictionary?.bytes ?? [])
        LZ4_initStream(loaded, MemoryLayout<LZ4_stream_t>.size)
        LZ4_initStream(working, MemoryLayout<LZ4_stream_t>.size)
        LZ4_loadDict(
            loaded, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(dictionary?.bytes.count ?? 0))
    }

    deinit {
        loaded.deallocate()
        working.deallocate()
        bytes.deallocate()
    }

    /// The block and how it was made; the raw bytes themselves when that is no larger.
    func compress(_ raw: Octets) -> (stored: Octets, how: BatchHeader.Compression) {
        guard raw.count > 64 else { return (raw, .raw) }
        let usesDictionary =
            dictionary != nil && raw.count <= CompressionDictionary.largestBatch
        let stored = Octets(unsafeUninitializedCapacity: raw.count) { buffer, count in
            let written = raw.withUnsafeBytes { source in
                buffer.withMemoryRebound(to: CChar.self) {
                    run(source, into: $0, usesDictionary)
                }
            }
            count = Int(max(written, 0))
        }
        if stored.isEmpty { return (raw, .raw) }
        return (stored, usesDictionary ? .dictionary : .lz4)
    }

    private func run(
        _ raw: UnsafeRawBufferPointer, into buffer: UnsafeMutableBufferPointer<CChar>,
        _ usesDictionary: Bool
    ) -> Int32 {
        let source = raw.baseAddress?.assumingMemoryBound(to: CChar.self)
        let (size, room) = (Int32(raw.count), Int32(raw.count - 1))
        guard usesDictionary else {
            return LZ4_compress_default(source, buffer.baseAddress, size, room)
        }
        working.update(from: loaded, count: 1)
        return LZ4_compress_fast_continue(working, source, buffer.baseAddress, size, room, 1)
    }
}
