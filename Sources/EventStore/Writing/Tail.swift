// What follows the last whole batch of a log. Unacknowledged remains of a write may be cut; everything
// else is damage. This file is the whole of that rule.

import Domain

/// The end of the last segment, from the place where no whole batch stands.
struct Tail {
    /// What it is.
    enum Verdict: Hashable {
        /// Zeros to the end.
        case clean
        /// The remains of a write that was never acknowledged.
        case torn
        /// Something else: what, and how it is known that it was acknowledged or is no remains.
        case damaged(String)
    }

    /// The last event before it.
    let lastEvent: EventNumber
    private let chain: Octets
    private let header: SegmentHeader
    private let fault: Batch.Fault
    /// Where it begins in the file.
    let offset: Int
    /// From there to the end of the file.
    private let bytes: Octets
    /// Bytes that the file should have, but does not.
    private let missing: Int
    /// Up to the last byte that is not zero.
    let length: Int

    /// The smallest piece that a disk writes in one go.
    private static let sectorBytes = 512

    /// Reads what follows a cursor.
    init(of cursor: SegmentCursor, fault: Batch.Fault) throws(LogError) {
        lastEvent = cursor.lastEvent
        chain = cursor.chain
        header = cursor.segment.header
        offset = cursor.offset
        self.fault = fault
        let file = cursor.segment.file
        do throws(SystemCallFailure) {
            let count = max(0, file.bytes - offset)
            bytes = try file.read(at: offset, count: count)
        } catch { throw .unavailable(error) }
        missing = max(0, Int(clamping: header.segmentBytes) - offset - bytes.count)
        length = Self.end(of: bytes[...])
    }

    /// The bytes that are not zero at the end.
    var remains: Octets { Octets(bytes.prefix(length)) }

    /// Whether the file must be made whole again.
    var isShort: Bool { missing > 0 }

    /// The rule. `mark` is what the mark file says.
    func verdict(mark: CommitMarks.Mark) -> Verdict {
        let reason = fault == .empty ? "the log ends early" : fault.reason
        if mark.durable > lastEvent {
            return .damaged(
                "\(reason), but events up to \(mark.durable) were acknowledged (the mark file says "
                    + "so)")
        }
        if !mark.agrees(with: chain, after: lastEvent) { return .damaged(mark.disagreement) }
        guard length > 0 else { return .clean }
        if let proof = laterProof {
            return .damaged(
                "\(reason), but a batch at offset \(offset + proof) says that what was before it "
                    + "had been synced")
        }
        guard isTornInShape else {
            return .damaged(
                "\(reason), and no part of it is missing, as it would be if its write had been cut "
                    + "short")
        }
        return .torn
    }

    /// Where a batch begins that was written after the missing events were durable: it says so itself.
    /// Batches of the same write as the missing ones do not.
    private var laterProof: Int? {
        // Batches are 8-byte aligned, because all their parts are.
        stride(from: 8, to: length, by: 8).first { start in
            guard bytes[start] == 0x54,
                let header = try? Batch.header(bytes[start...], salt: header.salt)
            else { return false }
            return header.durableThrough > lastEvent
        }
    }

    /// Whether the first batch lacks a sector: a write that was cut short leaves zeros where it did not
    /// reach, while damage leaves something everywhere.
    private var isTornInShape: Bool {
        let header = try? Batch.header(bytes[...], salt: header.salt)
        let extent = header?.totalBytes ?? BatchHeader.bytes
        if extent > bytes.count { return missing > 0 }
        var start = 0
        while start < extent {
            let next = (offset + start) / Self.sectorBytes * Self.sectorBytes + Self.sectorBytes
            let end = min(next - offset, extent)
            if Self.end(of: bytes[start..<end]) == start { return true }
            start = end
        }
        return false
    }

    /// The end of the last byte that is not zero; the start when all are.
    private static func end(of bytes: ArraySlice<UInt8>) -> Int {
        bytes.withUnsafeBytes { buffer in
            var end = buffer.count
            // Whole words first: most of a segment may be zeros.
            while end >= 8, buffer.loadUnaligned(fromByteOffset: end - 8, as: UInt64.self) == 0 {
                end -= 8
            }
            while end > 0, buffer[end - 1] == 0 { end -= 1 }
            return bytes.startIndex + end
        }
    }
}
