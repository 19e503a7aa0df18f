// How far the log is known to be on disk, kept apart from it: what is below the mark was acknowledged,
// and its absence is damage, not a torn tail.

import Domain
import Glibc

/// The mark file: two slots, written in turn, so that one is whole whatever happens.
final class CommitMarks {
    struct Mark: Hashable {
        var counter: UInt64
        var durable: EventNumber
    }

    private static let slotBytes = 512
    private static let magic: UInt64 = 0x314b_524d_4b4e_4c54
    private let file: LogFile
    private(set) var mark: Mark

    init(_ directory: String, forWriting: Bool) throws(SystemCallFailure) {
        file = try LogFile(
            directory + "/COMMIT", forWriting ? O_RDWR | O_CREAT : O_RDONLY)
        mark = Mark(counter: 0, durable: 0)
        try refresh()
    }

    /// Reads the newest whole slot.
    func refresh() throws(SystemCallFailure) {
        let bytes = try file.read(at: 0, count: 2 * Self.slotBytes)
        for start in [0, Self.slotBytes] where bytes.count >= start + 28 {
            let slot = bytes[start..<start + 28]
            var fields = FieldCursor(slot)
            guard fields.take() == Self.magic else { continue }
            let found = Mark(counter: fields.take(), durable: fields.take())
            guard fields.take(UInt32.self) == CRC32C.of(Octets(slot.prefix(24))) else { continue }
            if found.counter > mark.counter { mark = found }
        }
    }

    /// Writes and syncs the other slot.
    func advance(to durable: EventNumber) throws(SystemCallFailure) {
        let next = Mark(counter: mark.counter + 1, durable: durable)
        var slot: Octets = []
        slot.append(littleEndian: Self.magic)
        slot.append(littleEndian: next.counter)
        slot.append(littleEndian: next.durable)
        slot.append(littleEndian: CRC32C.of(slot))
        try file.write(slot, at: Int(next.counter % 2) * Self.slotBytes)
        try file.sync()
        mark = next
    }
}
