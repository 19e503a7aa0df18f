// Where things are in a sealed segment: groups by event number, and for each stream the groups that have
// something of it. Derived, never trusted beyond its checksum, and left out on any doubt: a reader that
// finds none walks the segment.

import Domain

/// The index of one sealed segment.
struct SegmentIndex: Hashable {
    private static let magic: UInt64 = 0x3158_4449_4b4e_4c54  // "TLNKIDX1"

    /// A place at which reading can begin.
    struct Entry: Hashable {
        var firstEvent: EventNumber
        /// Of the group in the file.
        var offset: UInt64
        /// Chain hash before the group.
        var chain: Octets
    }

    /// A group that has events of a stream.
    struct Posting: Hashable, Comparable {
        var stream: StreamKey
        var group: UInt32

        static func < (one: Posting, other: Posting) -> Bool {
            (one.stream.high, one.stream.low, one.group)
                < (other.stream.high, other.stream.low, other.group)
        }
    }

    /// Salt and chain of the sealed file that it was made of.
    var salt: UInt64
    var chain: Octets
    var lastEvent: EventNumber
    var entries: [Entry]
    /// Sorted, each once.
    var postings: [Posting]

    /// The group that an event is in.
    func group(holding number: EventNumber) -> Entry? {
        guard number <= lastEvent else { return nil }
        return entries.last { $0.firstEvent <= number }
    }

    /// The groups that have something of a stream, in order.
    func groups(of stream: StreamKey) -> [Entry] {
        let first = postings.partition(stream)
        return postings[first...].prefix { $0.stream == stream }.compactMap {
            Int($0.group) < entries.count ? entries[Int($0.group)] : nil
        }
    }

    // MARK: The file

    static func path(_ directory: String, _ header: SegmentHeader) -> String {
        folder(directory) + "/" + SegmentHeader.fileName(firstEvent: header.firstEvent).dropLast(4)
            + ".idx"
    }

    static func folder(_ directory: String) -> String { directory + "/index" }

    /// Nil when there is none, or any doubt about it.
    static func load(_ directory: String, _ header: SegmentHeader, on disk: any Disk)
        -> SegmentIndex?
    {
        guard header.isSealed,
            let file = try? disk.open(path(directory, header), .read),
            let bytes = try? file.read(at: 0, count: file.bytes),
            let index = SegmentIndex(bytes[...]), index.salt == header.salt,
            index.entries.first?.firstEvent == header.firstEvent, index.isWithin(header)
        else { return nil }
        return index
    }

    /// Whether all that it names can be in the segment: a right checksum does not say so.
    private func isWithin(_ header: SegmentHeader) -> Bool {
        entries.allSatisfy {
            $0.firstEvent >= header.firstEvent && $0.offset < header.segmentBytes
        }
    }

    /// Writes the index of a segment. It may be lost in a crash: it is made again.
    func save(_ directory: String, _ header: SegmentHeader, on disk: any Disk)
        throws(SystemCallFailure)
    {
        try disk.makeDirectory(Self.folder(directory))
        let path = Self.path(directory, header)
        let file = try disk.open(path + ".new", .replace)
        try file.write(encoded, at: 0)
        try file.sync()
        try disk.rename(path + ".new", to: path)
    }

    var encoded: Octets {
        var out: Octets = []
        out.append(littleEndian: Self.magic)
        out.append(littleEndian: salt)
        out += chain
        out.append(littleEndian: lastEvent)
        out.append(littleEndian: UInt64(entries.count))
        out.append(littleEndian: UInt64(postings.count))
        for entry in entries {
            out.append(littleEndian: entry.firstEvent)
            out.append(littleEndian: entry.offset)
            out += entry.chain
        }
        for posting in postings {
            out.append(littleEndian: posting.stream.high)
            out.append(littleEndian: posting.stream.low)
            out.append(littleEndian: UInt64(posting.group))
        }
        out.append(littleEndian: CRC32C.of(out))
        return out
    }

    /// Nil when the bytes are no index, or damaged.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count >= 76 else { return nil }
        var tail = FieldCursor(bytes.suffix(4))
        guard tail.take(UInt32.self) == CRC32C.of(bytes.dropLast(4)) else { return nil }
        var fields = FieldCursor(bytes)
        guard fields.take() == Self.magic else { return nil }
        salt = fields.take()
        chain = fields.take(bytes: 32)
        lastEvent = fields.take()
        let entryCount = fields.take(UInt64.self)
        let postingCount = fields.take(UInt64.self)
        let rest = UInt64(bytes.count - 76)
        guard entryCount <= rest / 48, postingCount <= rest / 24,
            entryCount * 48 + postingCount * 24 == rest
        else { return nil }
        entries = (0..<entryCount).map { _ in
            Entry(
                firstEvent: fields.take(), offset: fields.take(), chain: fields.take(bytes: 32))
        }
        postings = (0..<postingCount).map { _ in
            Posting(
                stream: StreamKey(high: fields.take(), low: fields.take()),
                group: UInt32(clamping: fields.take(UInt64.self)))
        }
    }

    init(
        salt: UInt64, chain: Octets, lastEvent: EventNumber, entries: [Entry],
        postings: [Posting]
    ) {
        self.salt = salt
        self.chain = chain
        self.lastEvent = lastEvent
        self.entries = entries
        self.postings = postings
    }
}

extension [SegmentIndex.Posting] {
    /// The first posting that is not before a stream's.
    fileprivate func partition(_ stream: StreamKey) -> Int {
        let wanted = SegmentIndex.Posting(stream: stream, group: 0)
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
