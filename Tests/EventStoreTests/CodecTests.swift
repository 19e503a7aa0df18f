// Events to bytes and back, bytes that must never change, and bytes that are not ours.

import Domain
import EventStore
import Foundation
import Testing

@Suite struct CodecTests {
    private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 9, count: 32)))
    private static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func encoded(_ event: Event) -> Octets {
        var bytes: Octets = []
        codec.encode(event, into: &bytes)
        return bytes
    }

    private func decoded(_ event: Event, _ bytes: Octets) throws -> Event? {
        try codec.decode(type: event.type.rawValue, version: 1, body: bytes[...])
    }

    @Test func everyTypeHasASample() {
        #expect(Set(Samples.all.map(\.type)) == Set(EventType.allCases))
    }

    @Test(arguments: Samples.all) func roundTrip(event: Event) throws {
        #expect(try decoded(event, encoded(event)) == event)
    }

    @Test func bytesAreAppended() {
        var bytes: Octets = [1, 2, 3]
        codec.encode(Samples.all[0], into: &bytes)
        #expect(bytes.starts(with: [1, 2, 3]) && bytes.count > 3)
    }

    @Test func secretsAreNotInTheBytes() {
        let bytes = encoded(.trunkCreated(Samples.trunk()))
        #expect(!bytes.contains(Octets(repeating: 1, count: 16)))
        let step = Samples.step(secrets: [SecretSpan(offset: 32, length: 6)])
        #expect(!encoded(.requestReceived(step)).contains(Octets("secret".utf8)))
    }

    @Test func withoutTheKeySecretsStayMasked() throws {
        let event = Event.requestReceived(
            Samples.step(secrets: [SecretSpan(offset: 32, length: 6)]))
        let blind = EventCodec(sealer: nil)
        let read = try blind.decode(
            type: event.type.rawValue, version: 1, body: encoded(event)[...])
        guard case .requestReceived(let step)? = read else {
            Issue.record("it was not read")
            return
        }
        #expect(String(decoding: step.message, as: UTF8.self).hasSuffix("******"))
        let other = EventCodec(sealer: Sealer(key: Octets(repeating: 8, count: 32)))
        #expect(throws: CodecError.self) {
            try other.decode(type: event.type.rawValue, version: 1, body: encoded(event)[...])
        }
    }

    @Test(arguments: Samples.all) func damageNeverTraps(event: Event) {
        let bytes = encoded(event)
        var generator = SplitMix(seed: UInt64(event.type.rawValue))
        for end in bytes.indices { _ = try? decoded(event, Octets(bytes[..<end])) }
        for _ in 0..<500 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                damaged[Int.random(in: damaged.indices, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            _ = try? decoded(event, damaged)
        }
    }

    @Test func unknownTypes() throws {
        #expect(try codec.decode(type: 0x0fff, version: 1, body: []) == nil)
        #expect(throws: CodecError.self) {
            try codec.decode(type: 0x8fff, version: 1, body: [])
        }
        #expect(throws: CodecError.self) {
            try codec.decode(type: EventType.callEnded.rawValue, version: 2, body: [])
        }
    }

    /// The reference decoder reads our bytes by the published contract.
    @Test(arguments: Samples.all) func protocReads(event: Event) throws {
        let program = URL(filePath: "/usr/bin/protoc")
        guard FileManager.default.isExecutableFile(atPath: program.path()) else {
            print("skipped: protoc is missing (apt-get install protobuf-compiler)")
            return
        }
        let name =
            "\(Mirror(reflecting: event).children.first.map { type(of: $0.value) } ?? Any.self)"
        let process = Process()
        process.executableURL = program
        process.arguments = [
            "--decode=trunkline.\(name)", "--proto_path=\(Self.root.path())docs", "events.proto",
        ]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        try input.fileHandleForWriting.write(contentsOf: Data(encoded(event)))
        try input.fileHandleForWriting.close()
        let text = String(
            decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        #expect(!text.isEmpty)
        // A field that the contract does not have is printed by its bare number.
        #expect(text.firstMatch(of: /(?m)^\s*[0-9]+[: ]/) == nil, "\(text)")
    }
}
