// The benchmark's only way to the log: what changes in EventStore's face is followed here.

import Domain
import EventStore
import Glibc

/// A log that is being written.
struct Store {
    private let log: EventLog

    /// Opens a log, or makes one. `durable` is told on the writer's thread.
    init(
        _ directory: String,
        durable: @escaping @Sendable (EventNumber) -> Void = { _ in }
    ) throws {
        log = try EventLog.open(
            directory, codec: Self.codec,
            observer: LogObserver(
                durable: durable,
                fatal: { error in
                    print("\(error)")
                    exit(4)
                }))
    }

    /// Without a key: what is measured has no secrets but made-up ones.
    static let codec = EventCodec(sealer: nil)

    /// Appends the body of an event.
    static func encode(_ event: Event, into bytes: inout Octets) {
        codec.encode(event, into: &bytes)
    }

    /// The event of a body that was just encoded.
    static func decode(_ type: EventType, _ body: Octets) -> Event {
        guard let event = try? codec.decode(type: type.rawValue, version: 1, body: body[...]) else {
            preconditionFailure("what was encoded can be decoded")
        }
        return event
    }

    var epoch: UInt64 { log.epoch }
    var lastNumber: EventNumber { log.lastNumber }
    var durableNumber: EventNumber { log.durableNumber }
    var pendingBytes: Int { log.pendingBytes }

    func append(_ records: [Record]) {
        do { try log.append(records) } catch { preconditionFailure("\(error)") }
    }
    func close() { log.close() }

    /// Reads as a gateway does at its start, when it knows where the log ends.
    static func reader(_ directory: String, through last: EventNumber) throws -> LogReader {
        try LogReader(directory, codec: codec, durable: { last })
    }

    /// Bytes of all batches: before compression, as stored, and how many batches and events.
    struct Sizes {
        var raw = 0
        var stored = 0
        var batches = 0
        var events: EventNumber = 0
    }

    /// Verifies everything; throws when something is wrong.
    static func verify(_ directory: String) throws -> Sizes {
        var sizes = Sizes()
        for verdict in try LogVerifier.run(directory, each: { _, _, _ in }) {
            if let fault = verdict.fault { throw Damage(text: "\(verdict.segment): \(fault)") }
            sizes.raw += verdict.rawBytes
            sizes.stored += verdict.usedBytes
            sizes.batches += verdict.batches
            sizes.events = verdict.lastEvent
        }
        return sizes
    }
}

/// A log that does not verify is no measure of anything.
struct Damage: Error, CustomStringConvertible {
    let text: String
    var description: String { text }
}
