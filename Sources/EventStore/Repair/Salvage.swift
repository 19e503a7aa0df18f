// What can still be read of a damaged segment: the whole batches, and the places between them.

import Domain

/// A segment read past its faults.
struct Salvage {
    /// A whole batch, and where it stands in the file; in a sealed segment that is its group.
    struct Found {
        var offset: Int
        var batch: Batch
    }

    /// Nil when both copies of it are damaged: then nothing else can be read either.
    let header: SegmentHeader?
    private(set) var batches: [Found] = []
    private(set) var holes: [Hole] = []
    private let name: String
    private let dictionary: CompressionDictionary?

    /// Reads a whole segment file.
    init(_ name: String, _ bytes: Octets) {
        self.name = name
        header = Self.header(bytes)
        guard let header else {
            dictionary = nil
            let reason = "both copies of the segment header are damaged"
            holes = [Hole(segment: name, offset: 0, bytes: bytes, reason: reason)]
            return
        }
        let stored = bytes.dropFirst(SegmentHeader.frontBytes).prefix(Int(header.dictionaryBytes))
        let found = CompressionDictionary(Octets(stored))
        dictionary = found.hash == header.dictionaryHash ? found : nil
        if header.isSealed {
            readGroups(bytes, header)
        } else {
            readBatches(bytes[min(header.dataOffset, bytes.count)...], header.salt)
        }
    }

    /// The header by itself, of a segment's first bytes.
    static func header(_ bytes: Octets) -> SegmentHeader? {
        [
            bytes.prefix(SegmentHeader.pageBytes),
            bytes.dropFirst(SegmentHeader.pageBytes).prefix(SegmentHeader.pageBytes),
        ].lazy.compactMap { try? SegmentHeader(page: $0) }.first
    }

    /// By their events, wherever they stand.
    var inOrder: [Found] {
        batches.sorted { $0.batch.header.firstEvent < $1.batch.header.firstEvent }
    }

    /// The first place from there on where nothing can be read.
    func hole(from offset: Int) -> Hole? { holes.first { $0.offset >= offset } }

    /// Batches may begin at every multiple of 8.
    private mutating func readBatches(_ bytes: ArraySlice<UInt8>, _ salt: UInt64) {
        var start = bytes.startIndex
        var fault: (at: Int, reason: String)?
        while bytes.endIndex - start >= BatchHeader.bytes {
            if let batch = batch(at: start, in: bytes, salt) {
                lose(fault, until: start, in: bytes)
                fault = nil
                batches.append(Found(offset: start, batch: batch))
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
        holes.append(
            Hole(
                segment: name, offset: fault.at, bytes: Octets(stretch),
                reason: fault.reason))
    }

    /// A group is there as a whole, or not at all.
    private mutating func readGroups(_ bytes: Octets, _ header: SegmentHeader) {
        var start = min(header.dataOffset, bytes.count)
        var fault: (at: Int, reason: String)?
        while start < bytes.count {
            if let (batches, end) = group(at: start, in: bytes, header.salt) {
                lose(fault, until: start, in: bytes[...])
                fault = nil
                self.batches += batches.map { Found(offset: start, batch: $0) }
                start = end
            } else {
                fault = fault ?? (start, Batch.Fault.payload.reason)
                start += 8
            }
        }
        lose(fault, until: bytes.count, in: bytes[...])
    }

    private func group(
        at start: Int, in bytes: Octets, _ salt: UInt64
    ) -> (batches: [Batch], end: Int)? {
        guard let header = GroupHeader(bytes[start...]), header.salt == salt,
            bytes.count - start >= header.totalBytes,
            var group = try? SealedGroup(bytes[start...], header)
        else { return nil }
        var place = Batch.Place(
            nextEvent: header.firstEvent, chain: header.previousChain, epoch: 0, salt: salt)
        var batches: [Batch] = []
        while !group.isAtEnd {
            guard let batch = try? group.next(after: place, check: .proven) else { return nil }
            batches.append(batch)
            place.nextEvent = batch.header.lastEvent + 1
            place.chain = batch.header.chain
        }
        return (batches, start + header.totalBytes)
    }
}
