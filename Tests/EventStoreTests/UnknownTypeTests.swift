// A log that a newer program wrote: what may be skipped is skipped and counted, what must not is refused.
// The batch is put together by docs/log-format.md alone.

import Crypto
import Domain
import EventStore
import Foundation
import Testing

@Suite struct UnknownTypeTests {
    private let directory = NSTemporaryDirectory() + "trunkline-unknown-\(UUID().uuidString)"
    private let codec = EventCodec(sealer: nil)
    private let known = Event.timerFired(TimerFired(leg: .caller, attempt: 1, timer: "B"))

    private func open() throws -> EventLog {
        try EventLog.open(
            directory, options: LogOptions(segmentBytes: 65_536), codec: codec,
            observer: LogObserver(fatal: { Issue.record("\($0)") }))
    }

    /// A log of three events, the second of which has a type of a newer program.
    private func write(type: UInt16) throws {
        let log = try open()
        let stamp = Stamp(wall: Samples.wall, instant: Instant(nanoseconds: 0), boot: 1)
        try log.append([
            Record(
                number: 1, stamp: stamp, stream: .gateway, eventID: EventID(epoch: 1, ordinal: 1),
                event: known)
        ])
        log.close()
        let names = try FileManager.default.contentsOfDirectory(atPath: directory)
        let name = try #require(names.first { $0.hasSuffix(".evl") })
        let file = URL(filePath: directory + "/" + name)
        var bytes = Octets(try Data(contentsOf: file))
        // After the header's two pages and the dictionary.
        let dictionary = bytes[152..<156].reversed().reduce(0) { $0 << 8 | Int($1) }
        let start = 8_192 + (dictionary + 7) / 8 * 8
        let batch = batch(Octets(bytes[start..<start + 144]), unknown: type)
        bytes.replaceSubrange(start..<start + batch.count, with: batch)
        try Data(bytes).write(to: file)
    }

    private func record(_ type: UInt16, _ body: Octets, ordinal: UInt64) -> Octets {
        number(UInt32(64 + body.count)) + number(type) + [1, 2] + Octets(repeating: 0, count: 48)
            + number(ordinal) + body
    }

    /// The batch of an existing header, not compressed, with other records.
    private func batch(_ header: Octets, unknown: UInt16) -> Octets {
        var body: Octets = []
        codec.encode(known, into: &body)
        let timer = EventType.timerFired.rawValue
        let records = [
            record(timer, body, ordinal: 1), record(unknown, [1, 2, 3], ordinal: 2),
            record(timer, body, ordinal: 3),
        ]
        let payload = payload(of: records)
        var header = header
        func put(_ bytes: Octets, at offset: Int) {
            header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        put([0], at: 6)
        put(number(UInt32(payload.count)) + number(UInt32(records.joined().count)), at: 8)
        put(number(UInt32(records.count)) + [0, 0, 0, 0], at: 24)
        put(chain(header, records), at: 104)
        put(number(CRC32C.of(payload)), at: 136)
        put(number(CRC32C.of(Octets(header[..<140]))), at: 140)
        let padding = Octets(repeating: 0, count: (8 - payload.count % 8) % 8)
        let whole = header.count + payload.count + padding.count + 24
        let salt = header[56..<64].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return header + payload + padding + number(UInt64(whole)) + number(UInt64(records.count))
            + number(salt ^ 0x646e_4562_4b4e_4c54)
    }

    /// Bodies, rows, and the stream of all.
    private func payload(of records: [Octets]) -> Octets {
        let rows = records.enumerated().map { index, record in
            let type = Octets(record[4..<6])
            let length = UInt8(record.count - 64)
            // The identifier of the first is of the epoch before the batch's; of the others it is the next.
            return type + (index == 0 ? [0x22, 0, 1, 2] : [0x0a]) + [length]
        }
        return records.flatMap { $0.dropFirst(64) } + rows.joined()
            + Octets(repeating: 0, count: 16)
    }

    private func chain(_ header: Octets, _ records: [Octets]) -> Octets {
        var hashed = Octets("trunkline/batch/1".utf8) + header[72..<104] + header[16..<24]
        hashed += number(UInt64(records.count)) + header[32..<40]
        hashed += Chain.merkleRoot(records.map { $0[...] })
        return Octets(SHA256.hash(data: hashed))
    }

    private func number(_ value: some FixedWidthInteger) -> Octets {
        withUnsafeBytes(of: value.littleEndian) { Octets($0) }
    }

    private func read() throws -> (numbers: [EventNumber], reader: LogReader) {
        var reader = try LogReader(directory, codec: codec)
        var numbers: [EventNumber] = []
        while let record = try reader.next() { numbers.append(record.number) }
        return (numbers, reader)
    }

    @Test func ignorableTypeIsSkippedAndCounted() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write(type: 0x0fff)
        let (numbers, reader) = try read()
        #expect(numbers == [1, 3])
        #expect(reader.skipped == 1)
        #expect(reader.position == 3)
        #expect(try LogVerifier.run(directory) { _, _, _ in }.allSatisfy { $0.fault == nil })
        let log = try open()
        #expect(log.lastNumber == 3)
        log.close()
    }

    @Test func criticalTypeIsRefused() throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try write(type: 0x8fff)
        do {
            _ = try read()
            Issue.record("an event that must not be skipped was skipped")
        } catch let error as LogError {
            #expect(error.kind == .unknownEvent)
            #expect("\(error)".contains("newer"))
        }
    }
}
