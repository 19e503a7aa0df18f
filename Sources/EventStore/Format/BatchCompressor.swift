// How live batches are compressed: with the segment's dictionary, and with as much effort as there is
// time for.

import CLZ4
import Domain

/// Compresses the batches of one segment. Confined to the writer.
final class BatchCompressor {
    /// How much time a batch may take.
    enum Effort {
        case fast
        case hard
    }

    let dictionary: CompressionDictionary?
    /// The loaded states point to these bytes, which therefore never move.
    private let bytes: UnsafeMutableRawBufferPointer
    private let fast: LoadedState<LZ4_stream_t>
    private let hard: LoadedState<LZ4_streamHC_t>

    init(_ dictionary: CompressionDictionary?) {
        self.dictionary = dictionary
        bytes = .allocate(byteCount: max(1, dictionary?.bytes.count ?? 0), alignment: 16)
        bytes.copyBytes(from: dictionary?.bytes ?? [])
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        let count = Int32(dictionary?.bytes.count ?? 0)
        fast = LoadedState { (state: UnsafeMutablePointer<LZ4_stream_t>, size) in
            LZ4_initStream(state, size)
            LZ4_loadDict(state, start, count)
        }
        hard = LoadedState { (state: UnsafeMutablePointer<LZ4_streamHC_t>, size) in
            LZ4_initStreamHC(state, size)
            LZ4_resetStreamHC_fast(state, Limits.liveCompressionLevel)
            LZ4_loadDictHC(state, start, count)
        }
    }

    deinit { bytes.deallocate() }

    /// The block and how it was made; the payload itself when that is no larger.
    func compress(
        _ payload: Octets, _ effort: Effort
    ) -> (stored: Octets, how: BatchHeader.Compression) {
        guard payload.count > 64 else { return (payload, .raw) }
        let stored = Octets(unsafeUninitializedCapacity: payload.count) { buffer, count in
            let written = payload.withUnsafeBytes { source in
                buffer.withMemoryRebound(to: CChar.self) { run(source, into: $0, effort) }
            }
            count = Int(max(written, 0))
        }
        if stored.isEmpty { return (payload, .raw) }
        return (stored, dictionary == nil ? .lz4 : .dictionary)
    }

    private func run(
        _ payload: UnsafeRawBufferPointer, into buffer: UnsafeMutableBufferPointer<CChar>,
        _ effort: Effort
    ) -> Int32 {
        let source = payload.baseAddress?.assumingMemoryBound(to: CChar.self)
        let (size, room) = (Int32(payload.count), Int32(payload.count - 1))
        if effort == .hard, payload.count <= Limits.hardBatchBytes {
            return LZ4_compress_HC_continue(
                hard.renewed(), source, buffer.baseAddress, size, room)
        }
        return LZ4_compress_fast_continue(
            fast.renewed(), source, buffer.baseAddress, size, room, 1)
    }
}

/// The state of a compressor after the dictionary was loaded, of which each batch starts with a copy:
/// loading it again would cost more than compressing a small batch.
private final class LoadedState<State> {
    private let loaded: UnsafeMutablePointer<State>
    private let working: UnsafeMutablePointer<State>

    init(load: (_ state: UnsafeMutablePointer<State>, _ bytes: Int) -> Void) {
        loaded = .allocate(capacity: 1)
        working = .allocate(capacity: 1)
        load(loaded, MemoryLayout<State>.size)
    }

    deinit {
        loaded.deallocate()
        working.deallocate()
    }

    func renewed() -> UnsafeMutablePointer<State> {
        working.update(from: loaded, count: 1)
        return working
    }
}
