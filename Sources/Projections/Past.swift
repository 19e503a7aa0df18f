// The tables as they stood at some time. The log has every change, so any moment can be read again; no
// gateway and no SQLite is needed for it.

package import Domain
package import EventStore

/// Trunks, carriers, routes and calls in progress, folded up to a time.
package struct Past {
    private var directory = Directory(baseDomain: "")
    private var baseDomain = ""
    private var open: [CallID: CallRecord] = [:]

    /// What is read for objects, and for calls: messages are neither.
    private static let objects: Set<EventType> = [
        .gatewayStarted, .trunkCreated, .trunkUpdated, .trunkCredentialRotated, .trunkDeleted,
        .carrierCreated, .carrierUpdated, .carrierDeleted, .routeCreated, .routeUpdated,
        .routeDeleted,
    ]
    private static let calls: Set<EventType> = [
        .callOffered, .callAuthorised, .callRefused, .callRouted, .callProgressed, .callAnswered,
        .attemptFailed, .attemptSettled, .callEnded, .mediaChanged, .mediaStarted, .mediaReported,
        .gapRecorded,
    ]

    /// Trunks, carriers and routes after the last event that is not later than the time. `each` is told
    /// how far the reading is.
    package static func objects(
        in reader: LogReader, at time: WallTime, each: (EventNumber) -> Void = { _ in }
    ) throws(LogError) -> Past {
        try read(reader, objects, until: time, each)
    }

    /// Calls in progress, likewise.
    package static func calls(
        in reader: LogReader, at time: WallTime, each: (EventNumber) -> Void = { _ in }
    ) throws(LogError) -> Past {
        try read(reader, calls, until: time, each)
    }

    private static func read(
        _ start: LogReader, _ types: Set<EventType>, until time: WallTime,
        _ each: (EventNumber) -> Void
    ) throws(LogError) -> Past {
        var past = Past()
        var reader = start
        reader.wanted = { types.contains($0) }
        // Stamps never go back within a log.
        while let record = try reader.next(), record.stamp.wall <= time {
            past.fold(record)
            each(record.number)
        }
        return past
    }

    private mutating func fold(_ record: Record) {
        if case .gatewayStarted(let event) = record.event { baseDomain = event.baseDomain }
        if case .gapRecorded = record.event {
            for id in open.keys { open[id]?.apply(record) }
        }
        directory.evolve(record.event)
        if let call = CallRecord(beginning: record) { open[call.id] = call }
        let id = record.stream.call
        open[id]?.apply(record)
        if open[id]?.isComplete == true { open[id] = nil }
    }

    /// Living objects as they were, newest first.
    package func documents(_ kind: Readings.Kind) -> [JSON] {
        switch kind {
        case .trunks: directory.trunks.map { $0.document(base: baseDomain) }
        case .carriers: directory.carriers.map(\.document)
        case .routes: directory.routes.map(\.document)
        }
    }

    /// Calls in progress as they were, by their first event.
    package var callDocuments: [JSON] {
        open.values.sorted { $0.firstEvent < $1.firstEvent }.map { .object($0.columns) }
    }
}
