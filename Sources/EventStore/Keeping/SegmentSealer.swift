// A closed segment is read once more, proven, and written anew in groups that compress as well as LZ4
// can. The new file is proven from a fresh read before it takes the old one's place, so at every moment
// there is a whole one under the name.

import Crypto
import Domain

/// Seals one closed segment.
struct SegmentSealer {
    /// Why a segment was not sealed.
    enum Failure: Error {
        /// The segment itself is not right.
        case damaged(LogError)
        /// The new file could not be written or did not read back; the old one stays.
        case postponed(SystemCallFailure)
        /// A rename or directory sync failed: what stands on the disk is not known.
        case fatal(SystemCallFailure)
    }

    private let directory: String
    private let disk: any Disk
    private let source: Segment
    /// What the segment after it says about its end.
    private let next: SegmentHeader
    private var account = SealAccount()
    private var out: any DiskFile
    private var end: Int

    private var temporary: String { directory + "/" + source.name + ".sealing" }

    private init(
        _ source: Segment, before next: SegmentHeader, in directory: String, on disk: any Disk
    ) throws(Failure) {
        self.directory = directory
        self.disk = disk
        self.source = source
        self.next = next
        end = SegmentHeader.frontBytes + Seal.bytes
        do throws(SystemCallFailure) {
            out = try disk.open(directory + "/" + source.name + ".sealing", .replace)
        } catch { throw .postponed(error) }
    }

    /// Seals a segment, given the header of the one after it. Returns what it said of itself.
    static func seal(
        _ source: Segment, before next: SegmentHeader, in directory: String, on disk: any Disk
    ) throws(Failure) -> Seal {
        var sealer = try SegmentSealer(source, before: next, in: directory, on: disk)
        do throws(Failure) {
            return try sealer.run()
        } catch {
            try? disk.remove(sealer.temporary)
            throw error
        }
    }

    private mutating func run() throws(Failure) -> Seal {
        try copy()
        let seal = account.seal(
            reason: account.hasGap ? .integrity : next.previousClosure, chain: next.previousChain)
        var header = source.header
        do throws(SystemCallFailure) {
            header.isSealed = true
            header.segmentBytes = UInt64(end)
            header.dictionaryBytes = 0
            header.dictionaryHash = Octets(repeating: 0, count: 32)
            try out.write(header.front() + seal.encoded, at: 0)
            try out.sync()
        } catch { throw .postponed(error) }
        try prove(seal)
        do throws(SystemCallFailure) {
            try disk.rename(temporary, to: directory + "/" + source.name)
            try disk.syncDirectory(directory)
        } catch { throw .fatal(error) }
        // Without its index a segment is only read more slowly.
        let sealed = Segment(file: out, header: header, dictionary: nil)
        try? SegmentIndex(of: sealed).save(directory, header, on: disk)
        return seal
    }

    /// Reads and proves every batch, and writes them in groups.
    private mutating func copy() throws(Failure) {
        var cursor = SegmentCursor(source, check: .proven)
        var group: [Batch] = []
        var groupBytes = 0
        while cursor.lastEvent + 1 < next.firstEvent {
            let batch = try Self.next(&cursor)
            if !group.isEmpty, groupBytes + batch.raw.count > Limits.sealedGroupBytes {
                try write(group)
                (group, groupBytes) = ([], 0)
            }
            group.append(batch)
            groupBytes += batch.raw.count
            account.add(batch)
        }
        if !group.isEmpty { try write(group) }
        guard cursor.chain == next.previousChain, cursor.lastEvent + 1 == next.firstEvent else {
            throw .damaged(Self.damage(.chain, cursor))
        }
    }

    private static func next(_ cursor: inout SegmentCursor) throws(Failure) -> Batch {
        do throws(Batch.Fault) {
            guard let batch = try cursor.next() else { throw .end }
            return batch
        } catch { throw .damaged(damage(error, cursor)) }
    }

    private static func damage(_ fault: Batch.Fault, _ cursor: SegmentCursor) -> LogError {
        .damaged(
            fault.reason, segment: cursor.segment.name, offset: cursor.offset,
            event: cursor.lastEvent + 1)
    }

    private mutating func write(_ group: [Batch]) throws(Failure) {
        let bytes = SealedGroup.encoded(group, salt: source.header.salt)
        do throws(SystemCallFailure) {
            try out.write(bytes, at: end)
        } catch { throw .postponed(error) }
        end += bytes.count
    }

    /// Reads the new file back from the disk and holds it against what was read of the old one.
    private func prove(_ seal: Seal) throws(Failure) {
        let lie = SystemCallFailure(
            call: "reading back", path: temporary, number: SystemCall.ioError)
        do throws(SystemCallFailure) {
            // Drops what the page cache has; where the disk cannot be read past it, it is believed.
            _ = try? out.readUncached(at: 0, count: SegmentHeader.pageBytes)
            let page = try out.read(at: 0, count: SegmentHeader.pageBytes)
            guard let header = try? SegmentHeader(page: page[...]) else { throw lie }
            var cursor = SegmentCursor(
                Segment(file: out, header: header, dictionary: nil), check: .proven)
            var read = SealAccount()
            do throws(Batch.Fault) {
                while let batch = try cursor.next() { read.add(batch) }
            } catch { throw lie }
            guard read.seal(reason: seal.reason, chain: cursor.chain) == seal else { throw lie }
        } catch { throw .postponed(error) }
    }
}

/// Counts what is in a segment, batch by batch.
struct SealAccount {
    private var eventCount: UInt64 = 0
    private var lostCount: UInt64 = 0
    private var batchCount: UInt64 = 0
    private var rawBytes: UInt64 = 0
    private var firstWall: Int64?
    private var lastWall: Int64 = 0
    private var leaves: [SHA256Digest] = []
    private var types: [UInt16: UInt64] = [:]

    var hasGap: Bool { lostCount > 0 }

    mutating func add(_ batch: Batch) {
        eventCount += UInt64(batch.header.count)
        if batch.header.kind == .gap { lostCount += UInt64(batch.header.count) }
        batchCount += 1
        rawBytes += UInt64(batch.raw.count)
        firstWall = firstWall ?? batch.header.baseWall
        lastWall = max(lastWall, batch.header.latestWall)
        leaves += Chain.leaves(batch.raw, ends: batch.ends)
        for index in 0..<batch.recordCount {
            guard let header = RecordHeader(batch.bytes(of: index)) else { continue }
            types[header.type, default: 0] += 1
        }
    }

    func seal(reason: Closure, chain: Octets) -> Seal {
        Seal(
            reason: reason, eventCount: eventCount, lostCount: lostCount, batchCount: batchCount,
            rawBytes: rawBytes, firstWall: WallTime(nanoseconds: firstWall ?? 0),
            lastWall: WallTime(nanoseconds: lastWall), merkleRoot: Chain.merkleRoot(of: leaves),
            chain: chain,
            typeCounts: types.sorted { $0.key < $1.key }.map {
                Seal.TypeCount(type: $0.key, count: $0.value)
            })
    }
}
