// What can still be read of a damaged segment: the whole batches, and the places between them.

import Domain

/// A segment read past its faults.
struct Salvage {
    /// A stretch of a segment.
    enum Piece {
        case batch(Batch)
        /// Bytes that hold nothing readable, and what is wrong with them.
        case lost(offset: Int, bytes: Octets, reason: String)
    }

    /// Nil when both copies of it are damaged: then nothing else can be read either.
    let header: SegmentHeader?
    private(set) var pieces: [Piece] = []
    private let dictionary: CompressionDictionary?

    /// Reads a whole segment file.
    init(_ bytes: Octets) {
        let pages = [
            bytes.prefix(SegmentHeader.pageBytes),
            bytes.dropFirst(SegmentHeader.pageBytes).prefix(SegmentHeader.pageBytes),
        ]
        header = pages.lazy.compactMap { try? SegmentHeader(page: $0) }.first
        guard let header else {
            dictionary = nil
            let reason = "both copies of the segment header are damaged"
            pieces = [.lost(offset: 0, bytes: bytes, reason: reason)]
            return
        }
        let stored = bytes.dropFirst(SegmentHeader.frontBytes).prefix(Int(header.dictionaryBytes))
        let found = CompressionDictionary(Octets(stored))
        dictionary = found.hash == header.dictionaryHash ? found : nil
        if header.isSealed {
            readBlocks(bytes, header)
        } else {
            readBatches(bytes[min(header.dataOffset, bytes.count)...], header.salt)
        }
    }

    /// Batches may begin at every multiple of 8.
    private mutating func readBatches(_ bytes: ArraySlice<UInt8>, _ salt: UInt64) {
        var start = bytes.startIndex
        var fault: (at: Int, reason: String)?
        while bytes.endIndex - start >= BatchHeader.bytes {
            if let batch = batch(at: start, in: bytes, salt) {
                lose(fault, until: start, in: bytes)
                fault = nil
                pieces.append(.batch(batch))
                start += batch.header.totalBytes
            } else {
                fault = fault ?? (start, reason(at: start, in: bytes, salt))
                start += 8
            }
        }
        lose(fault, until: bytes.endIndex, in: bytes)
    }

    private func batch(at start: Int, in bytes: ArraySlice<UInt8>, _ salt: UInt64) -> Batch? {
        guard bytes[start] == 0x54, let header = try? Batch.header(bytes[start...], salt: salt)
        else { return nil }
        let place = Batch.Place(
            nextEvent: header.firstEvent, chain: header.previousChain, epoch: 0, salt: salt)
        return try? Batch(bytes[start...], after: place, dictionary: dictionary, check: .proven)
    }

    private func reason(at start: Int, in bytes: ArraySlice<UInt8>, _ salt: UInt64) -> String {
        guard let header = try? Batch.header(bytes[start...], salt: salt) else {
            return Batch.Fault.header.reason
        }
        let needsDictionary = header.compression == .dictionary && dictionary == nil
        return (needsDictionary ? Batch.Fault.dictionary : .payload).reason
    }

    private mutating func lose(
        _ fault: (at: Int, reason: String)?, until end: Int, in bytes: ArraySlice<UInt8>
    ) {
        guard let fault else { return }
        var stretch = bytes[fault.at..<end]
        while stretch.last == 0 { stretch.removeLast() }
        // Nothing but zeros is the end of a live segment.
        guard !stretch.isEmpty else { return }
        pieces.append(
            .lost(offset: fault.at, bytes: Octets(stretch), reason: fault.reason))
    }

    private mutating func readBlocks(_ bytes: Octets, _ header: SegmentHeader) {
        var start = min(header.dataOffset, bytes.count)
        var fault: Int?
        while bytes.count - start >= BlockHeader.bytes {
            let block = BlockHeader(bytes[start..<start + BlockHeader.bytes])
            if let block, block.salt == header.salt, let raw = raw(of: block, at: start, in: bytes)
            {
                lose(
                    fault.map { ($0, Batch.Fault.payload.reason) }, until: start, in: bytes[...])
                fault = nil
                readBatches(raw[...], header.salt)
                start += block.totalBytes
            } else {
                fault = fault ?? start
                start += 8
            }
        }
        lose(fault.map { ($0, Batch.Fault.payload.reason) }, until: bytes.count, in: bytes[...])
    }

    private func raw(of block: BlockHeader, at start: Int, in bytes: Octets) -> Octets? {
        let stored = bytes[(start + BlockHeader.bytes)...].prefix(Int(block.storedBytes))
        guard CRC32C.of(stored) == block.payloadCRC else { return nil }
        return block.isCompressed
            ? LZ4Block.decompress(stored, rawBytes: Int(block.rawBytes)) : Octets(stored)
    }
}
