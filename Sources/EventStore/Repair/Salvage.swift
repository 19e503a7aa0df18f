// What can still be read of a damaged segment: the whole batches, and the places between them.

package import Domain

/// A segment read past its faults.
package struct Salvage {
    /// How often a file is read in vain at most. A header claims bytes that no other one claims, so whatever
    /// damage does to a file that a gateway wrote, it is read in vain once, and little more where blocks
    /// went astray. Only a file that was made for it claims the same bytes again and again, with a header at
    /// every step: its reading would take days. What is behind the bound is given up, as a hole.
    package static let patience = 8

    /// A whole batch, and where it stands in the file; in a sealed segment that is its group.
    struct Found {
        var offset: Int
        var batch: Batch
    }

    /// Nil when both copies of it are damaged: then nothing else can be read either.
    let header: SegmentHeader?
    private(set) var batches: [Found] = []
    private(set) var holes: [Hole] = []
    /// Bytes that a header claimed and that were not what it said.
    package private(set) var bytesInVain = 0
    private let fileBytes: Int
    private let name: String
    private let dictionary: CompressionDictionary?

    /// Reads a whole segment file.
    package init(_ name: String, _ bytes: Octets) {
        self.name = name
        fileBytes = bytes.count
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

    /// The first place from there on where nothing can be read. There may be as many as batches.
    func hole(from offset: Int) -> Hole? {
        var (low, high) = (0, holes.count)
        while low < high {
            let middle = (low + high) / 2
            if holes[middle].offset < offset { low = middle + 1 } else { high = middle }
        }
        return low < holes.count ? holes[low] : nil
    }

    private var isExhausted: Bool { bytesInVain > Self.patience * fileBytes }

    private static let exhaustion = "more in it looks like events than there is room for"

    /// Batches may begin at every multiple of 8.
    private mutating func readBatches(_ bytes: ArraySlice<UInt8>, _ salt: UInt64) {
        var start = bytes.startIndex
        var fault: (at: Int, reason: String)?
        while bytes.endIndex - start >= BatchHeader.bytes, !isExhausted {
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

    private mutating func batch(at start: Int, in bytes: ArraySlice<UInt8>, _ salt: UInt64)
        -> Batch?
    {
        guard bytes[start] == 0x54, let header = try? Batch.header(bytes[start...], salt: salt),
            bytes.endIndex - start >= header.totalBytes
        else { return nil }
        let place = Batch.Place(
            nextEvent: header.firstEvent, chain: header.previousChain, epoch: 0, salt: salt)
        let batch = try? Batch(
            bytes[start...], after: place, dictionary: dictionary, check: .proven)
        if batch == nil { bytesInVain += header.totalBytes }
        return batch
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
        let reason = isExhausted ? Self.exhaustion : fault.reason
        var stretch = bytes[fault.at..<end]
        while stretch.last == 0 { stretch.removeLast() }
        // Nothing but zeros is the end of a live segment.
        guard !stretch.isEmpty else { return }
        holes.append(
            Hole(
                segment: name, offset: fault.at, bytes: Octets(stretch), reason: reason))
    }

    /// A group is there as a whole, or not at all.
    private mutating func readGroups(_ bytes: Octets, _ header: SegmentHeader) {
        var start = min(header.dataOffset, bytes.count)
        var fault: (at: Int, reason: String)?
        while start < bytes.count, !isExhausted {
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

    private mutating func group(
        at start: Int, in bytes: Octets, _ salt: UInt64
    ) -> (batches: [Batch], end: Int)? {
        guard let header = GroupHeader(bytes[start...]), header.salt == salt,
            bytes.count - start >= header.totalBytes
        else { return nil }
        let batches = Self.batches(bytes[start...], header)
        if batches == nil { bytesInVain += header.totalBytes }
        return batches.map { ($0, start + header.totalBytes) }
    }

    /// All batches of a group; nil when there is anything wrong with it.
    private static func batches(_ bytes: ArraySlice<UInt8>, _ header: GroupHeader) -> [Batch]? {
        guard var group = try? SealedGroup(bytes, header) else { return nil }
        var place = Batch.Place(
            nextEvent: header.firstEvent, chain: header.previousChain, epoch: 0, salt: header.salt)
        var batches: [Batch] = []
        while !group.isAtEnd {
            guard let batch = try? group.next(after: place, check: .proven) else { return nil }
            batches.append(batch)
            place.nextEvent = batch.header.lastEvent + 1
            place.chain = batch.header.chain
        }
        return batches
    }
}
