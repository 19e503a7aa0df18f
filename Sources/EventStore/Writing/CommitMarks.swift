// How far the log is known to be on disk, kept apart from it: what is below the mark was acknowledged,
// and its absence is damage, not a torn tail.

import Domain

/// The mark file: two slots, written in turn, so that one is whole whatever happens.
struct CommitMarks {
    struct Mark: Hashable {
        var counter: UInt64
        /// The last event that is on disk.
        var durable: EventNumber
        /// Chain hash after it.
        var chain: Octets

        static let none = Mark(counter: 0, durable: 0, chain: Octets(repeating: 0, count: 32))

        /// What the lack of a mark means for a log that ends with an event; nil when there is a mark, or
        /// nothing that it could speak of.
        func doubt(at lastEvent: EventNumber) -> String? {
            guard counter == 0, lastEvent > 0 else { return nil }
            return "the mark file COMMIT is missing or unreadable: should acknowledged events be "
                + "missing at the end of the log, nothing tells"
        }

        /// Whether it is the mark of a log that has that chain hash after that event, as far as it says.
        func agrees(with chain: Octets, after event: EventNumber) -> Bool {
            event != durable || event == 0 || chain == self.chain
        }

        /// What is wrong when it does not agree.
        var disagreement: String {
            "the mark file is of another history: its chain hash after event \(durable) is not this "
                + "log's"
        }
    }

    private static let slotBytes = 512
    private static let fieldBytes = 60
    private static let magic: UInt64 = 0x324b_524d_4b4e_4c54  // "TLNKMRK2"
    private let file: any DiskFile
    private(set) var mark: Mark

    static func path(_ directory: String) -> String { directory + "/COMMIT" }

    /// Opens the marks for writing.
    init(_ directory: String, on disk: any Disk) throws(SystemCallFailure) {
        file = try disk.open(Self.path(directory), .create)
        let bytes = try file.read(at: 0, count: 2 * Self.slotBytes)
        mark = Self.newest(bytes)
    }

    /// What the marks say now; no mark when they cannot be read.
    static func newest(in directory: String, on disk: any Disk) -> Mark {
        guard let file = try? disk.open(path(directory), .read),
            let bytes = try? file.read(at: 0, count: 2 * slotBytes)
        else { return .none }
        return newest(bytes)
    }

    private static func newest(_ bytes: Octets) -> Mark {
        var newest = Mark.none
        for start in [0, slotBytes] where bytes.count >= start + fieldBytes {
            let slot = bytes[start..<start + fieldBytes]
            var fields = FieldCursor(slot)
            guard fields.take() == magic else { continue }
            let found = Mark(
                counter: fields.take(), durable: fields.take(), chain: fields.take(bytes: 32))
            guard fields.take(UInt32.self) == CRC32C.of(slot.dropLast(4)) else { continue }
            if found.counter > newest.counter { newest = found }
        }
        return newest
    }

    /// Writes and syncs the other slot.
    mutating func advance(to durable: EventNumber, chain: Octets) throws(SystemCallFailure) {
        let next = Mark(counter: mark.counter + 1, durable: durable, chain: chain)
        var slot: Octets = []
        slot.append(littleEndian: Self.magic)
        slot.append(littleEndian: next.counter)
        slot.append(littleEndian: next.durable)
        slot += next.chain
        slot.append(littleEndian: CRC32C.of(slot))
        try file.write(slot, at: Int(next.counter % 2) * Self.slotBytes)
        try file.sync()
        mark = next
    }
}
