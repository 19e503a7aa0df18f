// Old forms of an event under a history that only this test has: no released type has a second version.

import Domain
import EventStore
import Testing

@Suite struct UpcasterTests {
    /// Version 1 had the timer in field 7; version 2 had the leg as a letter, in field 1 as now.
    private static let upcasters = Upcasters([
        .timerFired: [
            { fields in
                fields.map { $0.number == 7 ? BodyField(3, $0.value) : $0 }
            },
            { fields in
                fields.map { field in
                    guard field.number == 1, case .bytes(let letter) = field.value else {
                        return field
                    }
                    return BodyField(1, .varint(letter == Octets("d".utf8) ? 2 : 1))
                }
            },
        ],
        // Version 1 had the secrets of a message in field 20.
        .requestReceived: [
            { fields in fields.map { $0.number == 20 ? BodyField(12, $0.value) : $0 } }
        ],
    ])
    private let codec = EventCodec(
        sealer: Sealer(key: Octets(repeating: 9, count: 32)), upcasters: upcasters)
    private let fired = Event.timerFired(TimerFired(leg: .destination, attempt: 1, timer: "B"))

    private func decoded(_ event: Event, version: UInt8, _ bytes: Octets) throws -> Event? {
        try codec.decode(type: event.type.rawValue, version: version, body: bytes[...])
    }

    @Test func eachVersionIsLiftedByTheStepsFromItOn() throws {
        let first: Octets = [0x0a, 1, UInt8(ascii: "d"), 0x10, 1, 0x3a, 1, UInt8(ascii: "B")]
        let second: Octets = [0x0a, 1, UInt8(ascii: "d"), 0x10, 1, 0x1a, 1, UInt8(ascii: "B")]
        var third: Octets = []
        codec.encode(fired, into: &third)
        #expect(try decoded(fired, version: 1, first) == fired)
        #expect(try decoded(fired, version: 2, second) == fired)
        #expect(try decoded(fired, version: 3, third) == fired)
        // The present form is not lifted.
        #expect(throws: CodecError.self) { try decoded(fired, version: 3, first) }
    }

    @Test func versionsAreThoseOfTheSteps() {
        #expect(Self.upcasters.version(of: .timerFired) == 3)
        #expect(Self.upcasters.version(of: .callEnded) == 1)
        for type in EventType.allCases { #expect(Upcasters.present.version(of: type) == 1) }
        #expect(throws: CodecError.self) { try decoded(fired, version: 4, []) }
        #expect(throws: CodecError.self) { try decoded(fired, version: 0, []) }
    }

    @Test func sealedFieldsCanBeMoved() throws {
        let event = Event.requestReceived(
            Samples.step(secrets: [SecretSpan(offset: 32, length: 6)]))
        var bytes: Octets = []
        codec.encode(event, into: &bytes)
        // The key of field 12 becomes that of field 20, of two bytes.
        let sealed = try #require(bytes.firstRange(of: [12 << 3 | 2, 6 + 28]))
        bytes.replaceSubrange(sealed, with: [0xa2, 0x01, 6 + 28])
        #expect(try decoded(event, version: 1, bytes) == event)
        #expect(try decoded(event, version: 2, bytes) != event)
    }

    @Test func damagedOldFormsAreRefused() {
        #expect(throws: CodecError.self) { try decoded(fired, version: 1, [0x0a, 9, 1]) }
        var generator = SplitMix(seed: 4)
        for _ in 0..<10_000 {
            let bytes = (0..<12).map { _ in UInt8.random(in: 0...40, using: &generator) }
            _ = try? decoded(fired, version: 1, bytes)
        }
    }
}
