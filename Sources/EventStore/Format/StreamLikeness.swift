// Which calls are stored side by side in a sealed group. Messages of one peer are like each other, down to
// the product that wrote them, and LZ4 looks back no further than six calls.

import Domain

/// Finds for each stream who its caller is.
struct StreamLikeness {
    /// The first endpoint that a message of the caller's leg came from or went to.
    private var callers: [StreamKey: Octets] = [:]
    private static let messages: Set<UInt16> = [
        EventType.requestReceived.rawValue, EventType.requestSent.rawValue,
        EventType.responseReceived.rawValue, EventType.responseSent.rawValue,
    ]

    /// Looks at a record.
    mutating func add(_ record: ArraySlice<UInt8>, of header: RecordHeader) {
        guard Self.messages.contains(header.type), callers[header.stream] == nil else { return }
        callers[header.stream] = record.dropFirst(RecordHeader.bytes).withUnsafeBytes {
            Self.caller(in: $0)
        }
    }

    /// The places of the streams, sorted by caller, and by themselves where that is the same.
    func order(of streams: [StreamKey]) -> [Int] {
        let keys = streams.map { callers[$0] ?? [] }
        return streams.indices.sorted {
            if keys[$0] == keys[$1] { return $0 < $1 }
            return keys[$0].lexicographicallyPrecedes(keys[$1])
        }
    }

    /// `leg` and `remote` of a `SignallingStep`; nil when it is of another leg, or cannot be read.
    private static func caller(in body: UnsafeRawBufferPointer) -> Octets? {
        var offset = 0
        var isCallers = false
        while let field = WireField(body, at: offset) {
            if field.number == 1 { isCallers = field.value == 1 }
            if field.number == 8, field.type == .delimited {
                return isCallers ? Octets(field.content(of: body)) : nil
            }
            offset = field.end
        }
        return nil
    }
}
