// The first bytes of a snapshot file: what log and which of its events it stands for, and how much follows.
// Nothing after them is believed before they are known to be right.

import Domain

/// Header of a snapshot file.
struct SnapshotHeader: Hashable, Sendable {
    static let magic: UInt64 = 0x3150_4e53_4b4e_4c54  // "TLNKSNP1"
    static let formatVersion: UInt16 = 1
    static let bytes = 96

    var foldVersion: UInt16
    /// The last event that it stands for, and the log's chain after the batch with that event.
    var number: EventNumber
    var chain: Octets
    var wall: WallTime
    var wallBeforeStart: WallTime
    var lastCDRNumber: UInt64
    var recordCount: UInt32
    var blockCount: UInt32

    var encoded: Octets {
        var out: Octets = []
        out.append(littleEndian: Self.magic)
        out.append(littleEndian: Self.formatVersion)
        out.append(littleEndian: foldVersion)
        out.append(littleEndian: recordCount)
        out.append(littleEndian: number)
        out.append(littleEndian: wall.nanoseconds)
        out.append(littleEndian: wallBeforeStart.nanoseconds)
        out.append(littleEndian: lastCDRNumber)
        out += chain
        out.append(littleEndian: blockCount)
        out.append(littleEndian: UInt64(0))
        out.append(littleEndian: CRC32C.of(out))
        return out
    }

    /// Refuses what is damaged, or was written by another version of the format or of the fold.
    init(_ bytes: ArraySlice<UInt8>) throws(SnapshotDoubt) {
        guard bytes.count == Self.bytes else { throw .damaged }
        var tail = FieldCursor(bytes.suffix(4))
        guard tail.take(UInt32.self) == CRC32C.of(Octets(bytes.dropLast(4))) else {
            throw .damaged
        }
        var fields = FieldCursor(bytes)
        guard fields.take() == Self.magic else { throw .damaged }
        guard fields.take() == Self.formatVersion else { throw .otherVersion }
        foldVersion = fields.take()
        guard foldVersion == SwitchboardState.foldVersion else { throw .otherVersion }
        recordCount = fields.take()
        number = fields.take()
        wall = WallTime(nanoseconds: fields.take())
        wallBeforeStart = WallTime(nanoseconds: fields.take())
        lastCDRNumber = fields.take()
        chain = fields.take(bytes: 32)
        blockCount = fields.take()
    }

    init(_ snapshot: Snapshot, chain: Octets, blockCount: Int) {
        foldVersion = SwitchboardState.foldVersion
        number = snapshot.number
        self.chain = chain
        wall = snapshot.wall
        wallBeforeStart = snapshot.wallBeforeStart
        lastCDRNumber = snapshot.lastCDRNumber
        recordCount = UInt32(snapshot.records.count)
        self.blockCount = UInt32(blockCount)
    }

    /// Whether the records can be of the events up to `number`: none has a later number or time. What is
    /// computed from times later must not overflow.
    func isPlausible(_ records: [Record]) -> Bool {
        let epoch = WallTime(nanoseconds: 0)
        return epoch <= wallBeforeStart && wallBeforeStart <= wall
            && records.allSatisfy {
                $0.number <= number && epoch <= $0.stamp.wall && $0.stamp.wall <= wall
            }
    }
}

/// Why a snapshot is not used. It is an optimisation only, so there is never more to do about it.
package enum SnapshotDoubt: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(String)
    case damaged
    case otherVersion
    case otherLog

    package var description: String {
        switch self {
        case .unreadable(let reason): "it cannot be read: \(reason)"
        case .damaged: "it is damaged"
        case .otherVersion: "another version of the program wrote it"
        case .otherLog: "it is not of this log, or the log does not reach so far"
        }
    }
}
