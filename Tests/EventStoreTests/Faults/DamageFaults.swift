// Every bit, byte, sector and batch of a log at rest is changed, lost or moved. Whatever was
// acknowledged is read back as it was, or somebody says that it is not. The answers are a table.

import Domain
import EventStore
import Foundation
import SimulatedMachine
import Testing

@Suite struct DamageFaults {
    private static let table = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../docs/verdicts.txt")

    /// What is said for each kind of damage, in the words of the table.
    @Test func verdictTable() throws {
        let marked = try LogImage()
        let unmarked = try LogImage(isMarked: false)
        var cases = DamageCases(known: try knownLines())
        try exchange(marked) { cases.add($0, $1) }
        try move(marked) { cases.add($0, $1) }
        cases.finish("moved, swapped and exchanged")
        cut(marked) { cases.add($0, $1) }
        cases.finish("cut short")
        zero(marked) { cases.add($0, $1) }
        zeroBeforeTheLastBatch(unmarked) { cases.add($0, $1) }
        cases.finish("zeroed")
        for (image, name) in [(marked, ""), (unmarked, ", mark behind")] {
            flip(image) { cases.add($0 + name, $1) }
            cases.finish("flipped" + name)
        }
        try compare(cases.lines)
    }

    private func compare(_ lines: Set<String>) throws {
        let text = Self.heading + lines.sorted().joined(separator: "\n") + "\n"
        if FaultSettings.isUpdating, FaultSettings.isFull {
            return try text.write(to: Self.table, atomically: true, encoding: .utf8)
        }
        if FaultSettings.isFull {
            #expect(try text == String(contentsOf: Self.table, encoding: .utf8))
        }
    }

    private func knownLines() throws -> Set<String> {
        Set(
            try String(contentsOf: Self.table, encoding: .utf8).split(separator: "\n").map(
                String.init))
    }

    private static let heading = """
        # What the log says to damage. Made by the tests (TRUNKLINE_FAULTS=all TRUNKLINE_UPDATE=1), compared in
        # full by `make fault-tests`. "gives all" is every acknowledged event, byte for byte.

        """

    // MARK: Bits

    private func flip(_ image: LogImage, _ note: (String, DamagedLog) -> Void) {
        for (kind, name) in zip(["sealed", "closed", "live"], image.segments) {
            let map = SegmentMap(image, name, kind)
            flip(image, name, upTo: image.usedBytes(name) + 16, note) { map.part(at: $0) }
        }
        flip(image, "COMMIT", upTo: 1_024, note) { _ in "COMMIT" }
        flip(image, "LOCK", upTo: 128, note) { _ in "LOCK" }
        let index = "index/" + (image.segments.first ?? "").dropLast(4) + ".idx"
        flip(image, index, upTo: image.bytes(index).count, note) { _ in "index" }
    }

    private func flip(
        _ image: LogImage, _ name: String, upTo end: Int, _ note: (String, DamagedLog) -> Void,
        _ part: (Int) -> String
    ) {
        let bytes = image.bytes(name)
        var offset = 0
        while offset < min(end, bytes.count) {
            for bit in FaultSettings.isFull ? Array(0..<8) : [offset % 8] {
                var changed = bytes
                changed[offset] ^= 1 << UInt8(bit)
                note("a bit of \(part(offset)) flipped", image.damage(name, changed))
            }
            // The zeros in the pages of a header are many and all alike.
            let isZeros = bytes[offset] == 0 && offset < 12_288 && end > 12_288
            offset += isZeros ? FaultSettings.step(sampled: 97) : FaultSettings.step(sampled: 3)
        }
    }

    // MARK: Ends and sectors

    private func cut(_ image: LogImage, _ note: (String, DamagedLog) -> Void) {
        for (kind, name) in zip(["sealed", "closed", "live"], image.segments) {
            let bytes = image.bytes(name)
            let used = image.usedBytes(name)
            for end in stride(from: 0, to: used, by: FaultSettings.step(sampled: 17)) {
                note(
                    "the \(kind) segment cut short in \(end < 8_192 ? "its header" : "its events")",
                    image.damage(name, Octets(bytes.prefix(end))))
            }
            if kind != "sealed" {
                note(
                    "the \(kind) segment cut short after its events",
                    image.damage(name, Octets(bytes.prefix(used + 100))))
            }
        }
        for end in [0, 30, 60, 500, 512, 540, 571] {
            note(
                "COMMIT cut short",
                image.damage("COMMIT", Octets(image.bytes("COMMIT").prefix(end))))
        }
    }

    private func zero(_ image: LogImage, _ note: (String, DamagedLog) -> Void) {
        for (kind, name) in zip(["sealed", "closed", "live"], image.segments) {
            let bytes = image.bytes(name)
            let sectors = (image.usedBytes(name) + 511) / 512
            for first in stride(from: 0, to: sectors, by: FaultSettings.step(sampled: 3)) {
                for end in stride(
                    from: first + 1, through: sectors, by: FaultSettings.step(sampled: 5))
                {
                    var changed = bytes
                    for index in first * 512..<min(end * 512, bytes.count) { changed[index] = 0 }
                    guard changed != bytes else { continue }
                    note("sectors of the \(kind) segment zeroed", image.damage(name, changed))
                }
            }
        }
    }

    /// Only the last batch knows that those before it were acknowledged.
    private func zeroBeforeTheLastBatch(
        _ image: LogImage, _ note: (String, DamagedLog) -> Void
    ) {
        let name = image.segments[2]
        let bytes = image.bytes(name)
        let batches = image.batches(name)
        guard let one = batches.first, let last = batches.last else { return }
        let end = last.lowerBound / 512 * 512
        for start in stride(from: (one.lowerBound / 512 + 1) * 512, to: end, by: 512) {
            var changed = bytes
            for index in start..<end { changed[index] = 0 }
            note("sectors before the last batch zeroed, mark behind", image.damage(name, changed))
        }
    }

    // MARK: Batches

    private func move(_ image: LogImage, _ note: (String, DamagedLog) -> Void) throws {
        let other = try LogImage(seed: 6)
        for (kind, name) in zip(["closed", "live"], image.segments.dropFirst()) {
            let bytes = image.bytes(name)
            let batches = image.batches(name)
            for one in batches {
                for two in batches + [image.usedBytes(name)..<image.usedBytes(name) + 8]
                where one != two {
                    var changed = bytes
                    let end = min(two.lowerBound + one.count, bytes.count)
                    changed.replaceSubrange(two.lowerBound..<end, with: bytes[one])
                    note(
                        "a batch of the \(kind) segment written over another",
                        image.damage(name, changed))
                    guard one.lowerBound < two.lowerBound, batches.contains(two) else { continue }
                    let between = bytes[one.upperBound..<two.lowerBound]
                    changed = bytes
                    changed.replaceSubrange(
                        one.lowerBound..<two.upperBound, with: bytes[two] + between + bytes[one])
                    note("batches of the \(kind) segment swapped", image.damage(name, changed))
                }
                var changed = bytes
                changed.replaceSubrange(one, with: [])
                changed += Octets(repeating: 0, count: one.count)
                note("a batch of the \(kind) segment taken out", image.damage(name, changed))
                for foreign in other.batches(other.segments[2]) {
                    changed = bytes
                    changed.replaceSubrange(
                        one.lowerBound..<one.lowerBound + foreign.count,
                        with: other.bytes(other.segments[2])[foreign])
                    note(
                        "a batch of another log put into the \(kind) segment",
                        image.damage(name, changed))
                }
            }
        }
    }

    // MARK: Files

    private func exchange(_ image: LogImage, _ note: (String, DamagedLog) -> Void) throws {
        let other = try LogImage(seed: 6)
        for (kind, name) in zip(["sealed", "closed", "live"], image.segments) {
            note(
                "the \(kind) segment missing",
                image.damage { $0.remove(LogWorld.directory + "/" + name) })
            if let foreign = other.segments.first(where: { $0 == name }) {
                note(
                    "the \(kind) segment of another log", image.damage(name, other.bytes(foreign)))
            }
            let newer = image.damage(name, image.header(of: name, with: 2, at: 10))
            note("the \(kind) segment of a newer version", newer)
            let flagged = image.damage(name, image.header(of: name, with: 2, at: 12))
            note("the \(kind) segment with a flag of a newer version", flagged)
            note("the \(kind) segment under another name", image.damage { $0.misname(name) })
        }
        let longer = image.bytes(image.segments[0]) + [0, 0, 0, 0, 0, 0, 0, 0]
        note("bytes after the end of the sealed segment", image.damage(image.segments[0], longer))
        let index = "index/" + image.segments[0].dropLast(4) + ".idx"
        note("the index of another log", image.damage(index, other.bytes(index)))
        let behind = try LogImage(seed: 6, isMarked: false)
        note(
            "COMMIT of another log, behind its end",
            image.damage("COMMIT", behind.bytes("COMMIT")))
        note("COMMIT missing", image.damage { $0.remove(LogWorld.directory + "/COMMIT") })
        note("COMMIT of another log", image.damage("COMMIT", other.bytes("COMMIT")))
        note("LOCK missing", image.damage { $0.remove(LogWorld.directory + "/LOCK") })
        misidentify(image, note)
        try mixHistories(image, note)
        try forge(image, note)
    }

    /// All segments agree on another log identifier, and everything follows; only the beginning of the chain
    /// tells.
    private func misidentify(_ image: LogImage, _ note: (String, DamagedLog) -> Void) {
        for isDropped in [false, true] {
            note(
                "another log identifier in all segments"
                    + (isDropped ? ", the oldest dropped" : ""),
                image.damage { disk in
                    for name in image.segments {
                        let bytes = image.header(of: name, with: ~image.bytes(name)[16], at: 16)
                        disk.replace(LogWorld.directory + "/" + name, with: bytes)
                    }
                    if isDropped { disk.remove(LogWorld.directory + "/" + image.segments[0]) }
                })
        }
        let name = image.segments[0]
        let other = image.header(of: name, with: ~image.bytes(name)[80], at: 80)
        note("another chain hash before the first event", image.damage(name, other))
        let second = image.segments[1]
        let first = image.header(of: second, with: 1, at: 32)
        note(
            "a later segment with the number of the first, the oldest dropped",
            image.damage { disk in
                disk.replace(LogWorld.directory + "/" + second, with: first)
                disk.remove(LogWorld.directory + "/" + name)
            })
    }

    /// Parts of logs that began alike.
    private func mixHistories(
        _ image: LogImage, _ note: (String, DamagedLog) -> Void
    ) throws {
        let name = image.segments[2]
        let (one, two) = try (image.goingOn(1), image.goingOn(2))
        var mixed = one.bytes(name)
        guard let end = one.batches(name).last, let source = two.batches(name).last else {
            throw Broken("no batch")
        }
        mixed.replaceSubrange(
            end.lowerBound..<end.lowerBound + source.count, with: two.bytes(name)[source])
        note("a batch of another history of the same log", one.damage(name, mixed))
        for isSealed in [false, true] {
            let (one, two) = try (
                image.goingOn(1, isRolled: true), image.goingOn(2, isRolled: true)
            )
            if isSealed { one.sealAll() }
            let name = two.segments[3]
            let last = two.bytes(name)
            note(
                "the last segment of another history after a \(isSealed ? "sealed" : "closed") one",
                one.damage {
                    $0.replace(LogWorld.directory + "/" + name, with: last)
                    $0.remove(LogWorld.directory + "/COMMIT")
                })
        }
    }

    /// What damage does not do, but a wrong program might: checksums are right, contents are not.
    private func forge(_ image: LogImage, _ note: (String, DamagedLog) -> Void) throws {
        let name = image.segments[2]
        guard let last = image.batches(name).last else { throw Broken("no batch") }
        var stale = image.bytes(name)
        for index in 32..<40 { stale[last.lowerBound + index] = 0 }
        stale.seal(last.lowerBound..<last.lowerBound + 140)
        note("a batch of an earlier writer after a later one's", image.damage(name, stale))
        var chain = image.bytes(name)
        chain[last.lowerBound + 104] ^= 1
        chain.seal(last.lowerBound..<last.lowerBound + 140)
        note(
            "a chain hash that is not the records', COMMIT missing",
            image.damage {
                $0.replace(LogWorld.directory + "/" + name, with: chain)
                $0.remove(LogWorld.directory + "/COMMIT")
            })
        var seal = image.bytes(image.segments[0])
        seal[8_192 + 40] ^= 1
        seal.seal(8_192..<12_284)
        note("a seal that does not say what is there", image.damage(image.segments[0], seal))
        seal = image.bytes(image.segments[0])
        seal[8_192 + 16] ^= 1
        seal.seal(8_192..<12_284)
        note("a seal with another count of events", image.damage(image.segments[0], seal))
        let path = "index/" + image.segments[0].dropLast(4) + ".idx"
        for byte in [82, 87] {
            var index = image.bytes(path)
            index[byte] = 0xff
            index.seal(0..<index.count - 4)
            note("an index that names a place beyond the segment", image.damage(path, index))
        }
        var newer = image.bytes(name)
        newer[last.lowerBound + 4] = 2
        newer.seal(last.lowerBound..<last.lowerBound + 140)
        note("a batch of a newer version", image.damage(name, newer))
        let second = image.segments[1]
        let first = image.segments[0]
        let number = image.damage(first, image.header(of: first, with: 2, at: 32))
        note("a segment with the number of the one before it", number)
        let epoch = image.damage(second, image.header(of: second, with: 0, at: 48))
        note("a segment of an earlier writer than the one before it", epoch)
    }
}

/// What stands where in a segment.
struct SegmentMap {
    private let kind: String
    private let batches: [Range<Int>]

    init(_ image: LogImage, _ name: String, _ kind: String) {
        self.kind = kind
        batches = kind == "sealed" ? [] : image.batches(name)
    }

    func part(at offset: Int) -> String {
        if offset < 4_096 { return "the \(kind) segment's header" }
        if offset < 8_192 { return "the copy of the \(kind) segment's header" }
        guard kind != "sealed" else { return offset < 12_288 ? "the seal" : "a sealed group" }
        guard let first = batches.first, offset >= first.lowerBound else {
            return "the \(kind) segment's dictionary"
        }
        guard let at = batches.firstIndex(where: { $0.contains(offset) }) else {
            return "the zeros after the \(kind) segment's events"
        }
        let which = at == batches.count - 1 ? "the last batch" : "a batch"
        let place = offset - batches[at].lowerBound
        let part =
            place < 144 ? "header" : offset >= batches[at].upperBound - 24 ? "trailer" : "payload"
        return "the \(part) of \(which) of the \(kind) segment"
    }
}
