// Bytes that were written once and must be readable for ever. Each file of `Golden` has those of one
// version of the event types, a line for each form: type number, type, body, and what it says as text.

import Crypto
import Domain
import EventStore
import Foundation
import Testing

@Suite struct GoldenTests {
    /// The SHA-256 of so many first lines of a file. Lines are only ever added, and a pin with them.
    private static let pins: [(version: UInt8, lines: Int, digest: String)] = [
        (1, 36, "6510d03dbeb9919ec9531afcf5d78e0858319300b76036bf62eb458fcbfd128f"),
        (1, 37, "75e1aab6555682075b641ecab7341a062299692ffb1ad60b1c145dfbc0df9917"),
        (1, 43, "aba780d78e13c078cffb922564222b6f79bd2cb85236b69045e61237dc7bc074"),
        (1, 44, "56d794f40b11fc031cad422ea6cc8411a9832d9d1adacd498adac787b4b6cba0"),
    ]
    private static let directory = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "Golden")
    private static let versions = Set(pins.map(\.version))

    private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 9, count: 32)))

    private static func file(_ version: UInt8) -> URL {
        directory.appending(path: "v\(version).txt")
    }

    private static func lines(_ version: UInt8) throws -> [Substring] {
        try String(contentsOf: file(version), encoding: .utf8).split(separator: "\n")
    }

    /// A type in a version, and a body.
    private struct Form {
        let type: EventType
        let body: Octets
        let text: String

        init?(_ line: Substring) {
            let parts = line.split(separator: " ", maxSplits: 3)
            guard parts.count == 4, let number = UInt16(parts[0], radix: 16),
                let type = EventType(rawValue: number), "\(type)" == parts[1],
                let body = Hex.decode(parts[2].utf8)
            else { return nil }
            (self.type, self.body, text) = (type, body, String(parts[3]))
        }
    }

    private func encoded(_ event: Event) -> Octets {
        var bytes: Octets = []
        codec.encode(event, into: &bytes)
        return bytes
    }

    private func text(_ event: Event) -> String {
        let record = Record(
            number: 1,
            stamp: Stamp(wall: Samples.wall, instant: Instant(nanoseconds: 0), boot: 1),
            stream: .gateway, eventID: EventID(epoch: 1, ordinal: 1), event: event)
        return EventText.json(record).text
    }

    @Test(arguments: pins) func linesDoNotChange(
        pin: (version: UInt8, lines: Int, digest: String)
    ) throws {
        let lines = try Self.lines(pin.version).prefix(pin.lines)
        let text = lines.map { $0 + "\n" }.joined()
        let digest = Octets(SHA256.hash(data: Data(text.utf8)))
        #expect(String(decoding: Hex.encode(digest), as: UTF8.self) == pin.digest)
    }

    @Test(arguments: versions) func everyLineIsPinned(version: UInt8) throws {
        let pinned = Self.pins.filter { $0.version == version }.map(\.lines).max()
        #expect(try Self.lines(version).count == pinned)
    }

    /// A field that was added since may say more; nothing that was said is said otherwise.
    @Test(arguments: versions) func everyLineSaysWhatItSaid(version: UInt8) throws {
        for line in try Self.lines(version) {
            let form = try #require(Form(line), "\(line.prefix(60))")
            let event = try #require(
                try codec.decode(
                    type: form.type.rawValue, version: version, body: form.body[...]))
            let now = try JSONSerialization.jsonObject(with: Data(text(event).utf8))
            let then = try JSONSerialization.jsonObject(with: Data(form.text.utf8))
            #expect(Self.isContained(then, in: now), "\(form.type)")
        }
    }

    private static func isContained(_ old: Any, in new: Any) -> Bool {
        if let old = old as? [String: Any], let new = new as? [String: Any] {
            return old.allSatisfy { name, value in
                new[name].map { isContained(value, in: $0) } ?? false
            }
        }
        if let old = old as? [Any], let new = new as? [Any] {
            return old.count == new.count && zip(old, new).allSatisfy(isContained)
        }
        return (old as? NSObject) == (new as? NSObject)
    }

    /// The last line of a type has a value in every field, in clear or sealed, and is what is written
    /// today. Lines that are missing are added with TRUNKLINE_WRITE_GOLDEN=1.
    @Test(arguments: Samples.all) func lastLineIsTodaysForm(event: Event) throws {
        let version = Upcasters.present.version(of: event.type)
        let bytes = encoded(event)
        let last = try? Self.lines(version).compactMap(Form.init).last { $0.type == event.type }
        if let last,
            try codec.decode(
                type: event.type.rawValue, version: version, body: last.body[...]) == event
        {
            // A sealed field has a random nonce, so only its length stays.
            let isSealed = encoded(event) != bytes
            #expect(isSealed ? last.body.count == bytes.count : last.body == bytes)
            return
        }
        guard ProcessInfo.processInfo.environment["TRUNKLINE_WRITE_GOLDEN"] != nil else {
            Issue.record("\(event.type) has no line for its present form")
            return
        }
        try write(event, bytes, version)
    }

    private func write(_ event: Event, _ bytes: Octets, _ version: UInt8) throws {
        let number = String(event.type.rawValue, radix: 16)
        let body = String(decoding: Hex.encode(bytes), as: UTF8.self)
        let line = "\(number) \(event.type) \(body) \(text(event))\n"
        let file = Self.file(version)
        let before = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        try (before + line).write(to: file, atomically: true, encoding: .utf8)
    }
}
