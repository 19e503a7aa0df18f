// What a replay found: where this build decides otherwise than the one that wrote the log.

/// One decision that is not as recorded.
package struct ReplayDifference: Sendable {
    /// The event in the log at which it was found, and its time.
    package var number: EventNumber
    package var at: WallTime
    /// The call, in most cases.
    package var stream: StreamKey
    /// What the log says; nil when it says nothing of this call there.
    package var recorded: EventType?
    /// What was decided now; nil for nothing.
    package var decided: EventType?
    /// Where the two part, when both decided the same kind of thing.
    package var place: String

    init(_ record: Record, decided: EventType?, place: String) {
        number = record.number
        at = record.stamp.wall
        stream = record.stream
        recorded = record.event.type
        self.decided = decided
        self.place = place
    }
}

extension String {
    /// The first line of two messages, or the first member of two events, that differs.
    static func between(_ recorded: Event, _ decided: Event) -> String {
        if let old = recorded.sentMessage, let new = decided.sentMessage, old != new {
            let lines = [old, new].map { $0.split { $0 == Octet.cr || $0 == Octet.lf } }
            let same = zip(lines[0], lines[1]).prefix { $0 == $1 }.count
            let texts = lines.map { line in
                same < line.count ? String(decoding: line[same], as: UTF8.self) : "nothing"
            }
            return "“\(texts[0])” is now “\(texts[1])”"
        }
        return CanonicalText.difference(of: recorded, from: decided) ?? ""
    }
}

extension Event {
    fileprivate var sentMessage: Octets? {
        switch self {
        case .requestSent(let step), .responseSent(let step), .requestReceived(let step),
            .responseReceived(let step):
            step.message
        default: nil
        }
    }
}
