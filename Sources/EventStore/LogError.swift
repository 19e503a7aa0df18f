// What can be wrong with a log, in words that say where, and what to do next.

package import Domain

/// A failure of the log.
package struct LogError: Error, Sendable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// A system call failed while opening; nothing was promised yet.
        case unavailable
        /// Another process writes this log.
        case locked
        /// Bytes that were acknowledged are missing or changed.
        case damaged
        /// Segments are missing, foreign or from the future.
        case inconsistent
        /// A write or sync failed: what was not acknowledged is unknown.
        case failedDisk = "failed_disk"
        /// An event of a newer version that must not be skipped.
        case unknownEvent = "unknown_event"
    }

    package var kind: Kind
    /// File name of the segment, where one is concerned.
    package var segment: String?
    package var offset: UInt64?
    /// The first event that is affected.
    package var event: EventNumber?
    package var reason: String
    /// What to do.
    package var advice: String

    package init(
        _ kind: Kind, _ reason: String, advice: String, segment: String? = nil,
        offset: UInt64? = nil, event: EventNumber? = nil
    ) {
        self.kind = kind
        self.reason = reason
        self.advice = advice
        self.segment = segment
        self.offset = offset
        self.event = event
    }

    package var description: String {
        var place = ""
        if let segment { place += " in segment \(segment)" }
        if let offset { place += " at offset \(offset)" }
        if let event { place += " from event \(event)" }
        return "\(reason)\(place); \(advice)"
    }

    static func damaged(
        _ reason: String, segment: String, offset: Int, event: EventNumber
    ) -> LogError {
        LogError(
            .damaged, reason,
            advice: "the log was not changed; run `trunkline log verify`, and restore the segment "
                + "from a copy", segment: segment, offset: UInt64(offset), event: event)
    }
}
