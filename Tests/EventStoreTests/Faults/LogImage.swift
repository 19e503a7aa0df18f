// A small log at rest that has one segment of every kind, and what becomes of it when its bytes change.

import Domain
import EventStore
import SimulatedMachine

/// A log with a sealed, a closed and a live segment.
struct LogImage {
    let world: LogWorld
    let records: [Record]

    /// `isMarked`: whether the mark file says all that was acknowledged, or is some batches behind.
    init(seed: UInt64 = 5, isMarked: Bool = true) throws {
        let world = LogWorld(
            seed: seed, options: LogOptions(segmentBytes: 65_536, segmentAge: .seconds(3_600)))
        world.messageBytes = 500
        try world.open()
        do throws(SystemCallFailure) {
            for _ in 0..<2 { try world.keep() }
            // Enough for the next segment to have a dictionary.
            for _ in 0..<9 { try world.append(3) }
            world.age()
            try world.append(3)
            for _ in 0..<3 { try world.keep() }
            for _ in 0..<2 { try world.append(2) }
            world.age()
            try world.append(1)
            try world.keep()
            for _ in 0..<3 { try world.append(2) }
            if isMarked { try world.close() }
        } catch { throw Broken("\(error)") }
        self.init(atRest: world)
    }

    /// A log that nobody writes any more.
    init(atRest world: LogWorld) {
        self.world = world
        world.endProcess()
        world.disk.with { $0.settleAll() }
        records = world.appended
    }

    /// Names of the segments, oldest first.
    var segments: [String] {
        (world.disk.with { $0.names(in: LogWorld.directory) } ?? []).filter { $0.hasSuffix(".evl") }
    }

    func bytes(_ name: String) -> Octets { world.bytes(name) }

    /// Bytes up to the last that is not zero.
    func usedBytes(_ name: String) -> Int {
        (bytes(name).lastIndex { $0 != 0 } ?? -1) + 1
    }

    /// Where batches begin and end in a live segment, by the documented format.
    func batches(_ name: String) -> [Range<Int>] {
        let bytes = bytes(name)
        func number(_ offset: Int) -> Int {
            (0..<4).reduce(0) { $0 | Int(bytes[offset + $1]) << ($1 * 8) }
        }
        var start = 8_192 + (number(152) + 7) / 8 * 8
        var found: [Range<Int>] = []
        while number(start) == 0x4254_4c54 {
            let end = start + 144 + (number(start + 8) + 7) / 8 * 8 + 24
            found.append(start..<end)
            start = end
        }
        return found
    }

    /// The log as it might have gone on: other events have the numbers after its last one. With `isRolled`
    /// a segment follows them. With `common` the first of them is that one, whatever the seed.
    func goingOn(
        _ seed: UInt64, isRolled: Bool = false, common: UInt8? = nil
    ) throws -> LogImage {
        let world = world.fork()
        world.random = SplitMix(seed: seed)
        world.messageBytes = 0
        try world.open()
        do throws(SystemCallFailure) {
            try world.append(1, byte: common ?? UInt8(seed))
            if isRolled { world.age() }
            try world.append(1, byte: UInt8(seed))
            try world.close()
        } catch { throw Broken("\(error)") }
        return LogImage(atRest: world)
    }

    /// A segment whose header has another byte somewhere, and the right checksums.
    func header(of name: String, with byte: UInt8, at offset: Int) -> Octets {
        var bytes = bytes(name)
        for page in [0, 4_096] {
            bytes[page + offset] = byte
            bytes.seal(page..<page + 4_092)
        }
        return bytes
    }

    /// A segment in which a record of the last batch is another one, and all checksums are right.
    func withOtherRecord(in name: String) throws -> Octets {
        var bytes = bytes(name)
        guard let start = batches(name).last?.lowerBound else { throw Broken("no batch") }
        let stored = Int(bytes[start + 8]) | Int(bytes[start + 9]) << 8
        let payload = start + 144..<start + 144 + stored
        bytes[payload.upperBound - 1] ^= 1
        let crc = CRC32C.of(bytes[payload])
        for index in 0..<4 {
            bytes[start + 136 + index] = UInt8(truncatingIfNeeded: crc >> UInt32(index * 8))
        }
        bytes.seal(start..<start + 140)
        return bytes
    }

    /// Seals whatever is closed.
    func sealAll() {
        let keeper = LogKeeper(LogWorld.directory, options: world.options, host: world.host)
        while case .done = try? keeper.step() {}
        world.disk.with { $0.settleAll() }
    }

    // MARK: Damage

    /// The machine with a log that was changed.
    func changed(_ change: (inout DiskState) -> Void) -> LogWorld {
        let changed = world.fork()
        changed.disk.with { change(&$0) }
        return changed
    }

    /// A log whose bytes were changed.
    func damage(_ change: (inout DiskState) -> Void) -> DamagedLog {
        DamagedLog(world: changed(change), records: records)
    }

    /// With other bytes in one file.
    func damage(_ name: String, _ bytes: Octets) -> DamagedLog {
        damage { $0.replace(LogWorld.directory + "/" + name, with: bytes) }
    }
}

/// A log that was changed, and what it had.
struct DamagedLog {
    let world: LogWorld
    let records: [Record]

    /// What is said about it, and whether that is right.
    var verdict: DamageVerdict { DamageVerdict(of: world, expecting: records) }
}

/// What opening, verifying and reading say.
struct DamageVerdict {
    let opening: String
    let verification: String
    let reading: String
    /// Whether events that were acknowledged are missing or others there, and nobody says so.
    let isSilentlyWrong: Bool

    var text: String { "open: \(opening) | verify: \(verification) | read: \(reading)" }

    init(of world: LogWorld, expecting records: [Record]) {
        (verification, reading) = (Self.verify(world), Self.read(world, records))
        opening = Self.open(world, EventNumber(records.count))
        let isReported = ["finds it", "fails"].contains(verification) && reading.hasPrefix("stops")
        isSilentlyWrong =
            reading == "WRONG" || opening == "WRONG"
            || reading == "FEWER" && verification == "finds nothing"
            || opening.hasPrefix("opens") && reading.hasPrefix("stops") && !isReported
    }

    private static func verify(_ world: LogWorld) -> String {
        do {
            let verdicts = try LogVerifier.run(LogWorld.directory, host: world.host) { _, _, _ in }
            if verdicts.contains(where: { $0.fault != nil }) { return "finds it" }
            let doubt = LogVerifier.doubt(of: verdicts, LogWorld.directory, host: world.host)
            return doubt == nil ? "finds nothing" : "warns"
        } catch { return "fails" }
    }

    private static func read(_ world: LogWorld, _ records: [Record]) -> String {
        var found: [Record] = []
        do throws(LogError) {
            var reader = try LogReader(
                LogWorld.directory, codec: LogWorld.codec, host: world.host)
            while let record = try reader.next() { found.append(record) }
            for low in 0..<UInt64(5) {
                let stream = StreamKey(high: 7, low: low)
                let got = try StreamReader.records(
                    of: stream, in: LogWorld.directory, codec: LogWorld.codec, host: world.host)
                if got != found.filter({ $0.stream == stream }) { return "WRONG" }
            }
        } catch {
            return records.starts(with: found) ? "stops: \(error.kind.rawValue)" : "WRONG"
        }
        if found == records { return "gives all" }
        if let first = found.first, first.number > 1, found == records.suffix(found.count) {
            return "begins with event \(first.number)"
        }
        return records.starts(with: found) ? "FEWER" : "WRONG"
    }

    private static func open(_ world: LogWorld, _ count: EventNumber) -> String {
        do throws(LogError) {
            let opening = try LogOpening.run(
                LogWorld.directory, options: world.options, host: world.host)
            guard opening.writer.durable == count else { return "WRONG" }
            return opening.notices.isEmpty ? "opens" : "opens and warns"
        } catch { return "refuses: \(error.kind.rawValue)" }
    }
}

extension Octets {
    /// Puts the right checksum behind a range.
    mutating func seal(_ range: Range<Int>) {
        let crc = CRC32C.of(self[range])
        for index in 0..<4 {
            self[range.upperBound + index] = UInt8(truncatingIfNeeded: crc >> UInt32(index * 8))
        }
    }
}

extension DiskState {
    /// Gives a segment the name of one that begins an event later.
    mutating func misname(_ name: String) {
        guard let number = UInt64(name.prefix(20)) else { return }
        let digits = String(number + 1)
        let other = String(repeating: "0", count: 20 - digits.count) + digits + ".evl"
        let path = LogWorld.directory + "/" + name
        names[LogWorld.directory + "/" + other] = names.removeValue(forKey: path)
    }
}
