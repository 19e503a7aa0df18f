// A while of traffic, taken down to be had again under other names: the core that makes it takes ten times
// as long for an event as the log does.

import Domain

/// The events of calls that were simulated once.
struct Period {
    /// What is there before the first call: the start, trunks, carriers and routes.
    private(set) var beginning: [Record] = []
    /// Events of calls, in their order.
    private(set) var entries: [Entry] = []
    /// From the first call to the last one's first event, and to the last event of all.
    private(set) var arrivals = Duration.zero
    private(set) var length = Duration.zero
    private var calls: [StreamKey: Course] = [:]
    private var start = Instant(nanoseconds: 0)

    /// One event of a call.
    struct Entry {
        let stream: StreamKey
        /// Since the first call.
        let after: Duration
        let type: EventType
        fileprivate let body: Octets
        /// Digits of names that only this call has.
        fileprivate let digits: [Digit]
        /// The call is in progress, and was answered.
        fileprivate let isTalking: Bool
    }

    /// A hexadecimal digit in a body, and how far it is from the end of its name.
    fileprivate struct Digit {
        let offset: Int
        let place: Int
    }

    /// How far a call has come.
    private struct Course {
        var names: Set<Octets> = []
        var isAnswered = false
        var isEnding = false

        mutating func take(_ event: Event) {
            switch event {
            case .callAnswered: isAnswered = true
            case .callEnded: isEnding = true
            case .requestReceived(let step), .requestSent(let step):
                if step.method == Method.bye.octets { isEnding = true }
            default: break
            }
        }
    }

    init(seed: UInt64, calls: Int, callsPerSecond: Double) throws {
        var records: [Record] = []
        try Traffic(seed: seed, callsPerSecond: callsPerSecond).run(calls: calls) { records += $0 }
        for record in records {
            if case .callOffered = record.event { self.calls[record.stream] = Course() }
            self.calls[record.stream]?.names.formUnion(record.event.names)
        }
        for record in records {
            if self.calls[record.stream] != nil {
                add(record)
            } else if entries.isEmpty {
                beginning.append(record)
            }
        }
    }

    private mutating func add(_ record: Record) {
        guard var course = calls[record.stream] else { return }
        if entries.isEmpty { start = record.stamp.instant }
        course.take(record.event)
        calls[record.stream] = course
        length = record.stamp.instant - start
        if case .callOffered = record.event { arrivals = length }
        var body: Octets = []
        Store.encode(record.event, into: &body)
        entries.append(
            Entry(
                stream: record.stream, after: length, type: record.event.type, body: body,
                digits: Self.digits(of: course.names, in: body),
                isTalking: course.isAnswered && !course.isEnding))
    }

    /// The events of so many answered calls, each up to the last before its end begins.
    func talking(_ count: Int) throws -> [Entry] {
        var order: [StreamKey] = []
        var last: [StreamKey: Int] = [:]
        for (index, entry) in entries.enumerated() where entry.isTalking {
            if last.updateValue(index, forKey: entry.stream) == nil { order.append(entry.stream) }
        }
        guard order.count >= count else {
            throw Damage(text: "of the simulated calls only \(order.count) are answered")
        }
        let chosen = Set(order.prefix(count))
        return entries.enumerated().filter { index, entry in
            chosen.contains(entry.stream) && last[entry.stream].map { index <= $0 } == true
        }.map(\.element)
    }

    /// The last dozen digits of each name, wherever it stands.
    private static func digits(of names: Set<Octets>, in body: Octets) -> [Digit] {
        var digits: [Int: Int] = [:]
        for name in names {
            for start in body.places(of: name) {
                let end = start + name.count
                for offset in max(start, end - 12)..<end where Hex.value(body[offset]) != nil {
                    digits[offset] = end - 1 - offset
                }
            }
        }
        return digits.sorted { $0.key < $1.key }.map { Digit(offset: $0.key, place: $0.value) }
    }
}

extension Period.Entry {
    private static let digits = Octets("0123456789abcdef".utf8)

    /// The event and its stream in the repetition of a number.
    func repeated(_ number: UInt64) -> (event: Event, stream: StreamKey) {
        var random = SplitMix(seed: number)
        let shift = random.next()
        var body = body
        for digit in digits {
            let value = Hex.value(body[digit.offset]) ?? 0
            let turned = UInt64(value) + shift >> (4 * UInt64(digit.place))
            body[digit.offset] = Self.digits[Int(turned & 0xf)]
        }
        let event = Store.decode(type, body)
        // The bits that make it a UUID of version 4 stay.
        let key = StreamKey(
            high: stream.high ^ random.next() & 0xffff_ffff_ffff_0fff,
            low: stream.low ^ random.next() & 0x3fff_ffff_ffff_ffff)
        return (event, key)
    }
}

extension Event {
    /// Names that no other call has.
    fileprivate var names: [Octets] {
        let all: [Octets] =
            switch self {
            case .callOffered(let event):
                [
                    event.sipCallID, event.remoteTag, event.localTag, event.remoteSession,
                    event.localSession,
                ]
            case .callRouted(let event): [event.sipCallID, event.localTag]
            case .callProgressed(let event): [event.remoteTag, event.callerTag]
            case .callAnswered(let event): [event.remoteTag, event.callerTag]
            case .requestReceived(let step), .requestSent(let step), .responseReceived(let step),
                .responseSent(let step):
                [step.branch.octets]
            default: []
            }
        return all.filter { $0.count >= 8 }
    }
}

extension Octets {
    /// Where a sequence of bytes begins.
    fileprivate func places(of wanted: Octets) -> [Int] {
        guard let first = wanted.first, count >= wanted.count else { return [] }
        return (0...count - wanted.count).filter {
            self[$0] == first && self[$0..<$0 + wanted.count].elementsEqual(wanted)
        }
    }
}
