// Protobuf's rules for bytes that another writer might have made: fields in any order, fields that are
// not known, fields that occur twice.

import Domain
import EventStore
import Testing

@Suite struct FieldOrderTests {
    private let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 9, count: 32)))

    private func fields(of event: Event) -> [Field] {
        var bytes: Octets = []
        codec.encode(event, into: &bytes)
        return Field.all(in: bytes)
    }

    private func decoded(_ event: Event, _ fields: [Field]) throws -> Event? {
        let bytes = fields.flatMap(\.bytes)
        return try codec.decode(type: event.type.rawValue, version: 1, body: bytes[...])
    }

    /// In any order that keeps the elements of a repeated field in theirs.
    private func shuffled(
        _ fields: [Field], using generator: inout SplitMix
    ) -> [Field] {
        let order = fields.map(\.number).shuffled(using: &generator)
        var left = Dictionary(grouping: fields, by: \.number)
        return order.compactMap { left[$0]?.removeFirst() }
    }

    private func unknown(using generator: inout SplitMix) -> Field {
        let number = UInt32.random(in: 100..<1 << 29, using: &generator)
        let forms: [(UInt32, Octets)] = [
            (0, [0xff, 0x01]), (1, Octets(repeating: 7, count: 8)), (2, [3, 1, 2, 3]),
            (5, [1, 2, 3, 4]),
        ]
        let (type, value) = forms[Int.random(in: forms.indices, using: &generator)]
        return Field(number: number, bytes: Field.varint(number << 3 | type) + value)
    }

    @Test(arguments: Samples.all) func anyOrderIsTheSame(event: Event) throws {
        var generator = SplitMix(seed: UInt64(event.type.rawValue))
        let fields = fields(of: event)
        for _ in 0..<200 {
            #expect(try decoded(event, shuffled(fields, using: &generator)) == event)
        }
    }

    @Test(arguments: Samples.all) func unknownFieldsAreSkipped(event: Event) throws {
        var generator = SplitMix(seed: UInt64(event.type.rawValue))
        for _ in 0..<200 {
            var fields = shuffled(fields(of: event), using: &generator)
            for _ in 0..<3 {
                let place = Int.random(in: 0...fields.count, using: &generator)
                fields.insert(unknown(using: &generator), at: place)
            }
            #expect(try decoded(event, fields) == event)
        }
    }

    @Test func lastValueWins() throws {
        func fired(_ attempt: UInt8, _ timer: String) -> Event {
            .timerFired(TimerFired(leg: .caller, attempt: attempt, timer: timer))
        }
        let both = fields(of: fired(1, "B")) + fields(of: fired(2, "F"))
        #expect(try decoded(fired(0, ""), both) == fired(2, "F"))
        let ascending = both.sorted { $0.number < $1.number }
        #expect(try decoded(fired(0, ""), ascending) == fired(2, "F"))
    }

    @Test func elementsOfARepeatedFieldNeedNotBeTogether() throws {
        let event = Event.callOffered(Samples.offered)
        let fields = fields(of: event)
        let first = try #require(fields.firstIndex { $0.number == 14 })
        var apart = fields
        apart.insert(apart.remove(at: first), at: 0)
        #expect(try decoded(event, apart) == event)
    }

    @Test func wireTypeOfTheLastOneCounts() {
        let event = Event.timerFired(TimerFired(leg: .caller, attempt: 1, timer: "B"))
        let wrong = Field(number: 2, bytes: [2 << 3 | 2, 1, 0])
        #expect {
            try decoded(event, fields(of: event) + [wrong])
        } throws: {
            "\($0)" == "field 2 has another wire type"
        }
        #expect(throws: Never.self) { try decoded(event, [wrong] + fields(of: event)) }
    }
}

/// A field with its key, cut out of a message.
private struct Field {
    let number: UInt32
    let bytes: Octets

    static func all(in bytes: Octets) -> [Field] {
        var fields: [Field] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let whole = rest
            let key = take(&rest)
            switch key & 7 {
            case 0: _ = take(&rest)
            case 1: rest = rest.dropFirst(8)
            default:
                let count = take(&rest)
                rest = rest.dropFirst(count)
            }
            let taken = whole.prefix(whole.count - rest.count)
            fields.append(Field(number: UInt32(key >> 3), bytes: Octets(taken)))
        }
        return fields
    }

    private static func take(_ bytes: inout ArraySlice<UInt8>) -> Int {
        let count = (bytes.firstIndex { $0 < 0x80 } ?? bytes.startIndex) + 1 - bytes.startIndex
        defer { bytes = bytes.dropFirst(count) }
        return bytes.prefix(count).reversed().reduce(0) { $0 << 7 | Int($1 & 0x7f) }
    }

    static func varint(_ value: UInt32) -> Octets {
        value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
    }
}
