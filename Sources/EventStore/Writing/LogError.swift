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
        /// A newer version wrote it.
        case newerFormat = "newer_format"
        /// After a failure of the disk its contents cannot be told from memory's.
        case needsReboot = "needs_reboot"
        /// A write or sync failed: what was not acknowledged is unknown.
        case failedDisk = "failed_disk"
        /// An event of a newer version that must not be skipped.
        case unknownEvent = "unknown_event"
        /// Secrets were sealed with another key than the one beside the log.
        case wrongKey = "wrong_key"
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

    static let restore =
        "the log was not changed; put the file back from a copy, or run `trunkline log repair`"

    static func damaged(
        _ reason: String, segment: String, offset: Int, event: EventNumber
    ) -> LogError {
        LogError(
            .damaged, reason, advice: restore, segment: segment, offset: UInt64(max(0, offset)),
            event: event)
    }

    static func unavailable(_ failure: SystemCallFailure) -> LogError {
        LogError(
            .unavailable, failure.description,
            advice: "check that the directory exists, is writable, and has space")
    }

    static func failedDisk(
        _ failure: SystemCallFailure, segment: String?, event: EventNumber
    ) -> LogError {
        LogError(
            .failedDisk, failure.description,
            advice: "what was not acknowledged is unknown; check the disk, then start again",
            segment: segment, event: event)
    }

    static func cannotReread(_ failure: SystemCallFailure) -> LogError {
        LogError(
            .needsReboot,
            "the disk failed under the last writer, and cannot be read past the page cache "
                + "(\(failure))",
            advice: "reboot the machine, then start again; nothing was changed")
    }

    static func noSegments(_ durable: EventNumber) -> LogError {
        LogError(
            .inconsistent,
            "the mark file says that \(durable) events were written, but there is no segment",
            advice: "restore the segments from a copy; nothing was changed")
    }

    static func wrongKey(segment: String?, event: EventNumber) -> LogError {
        LogError(
            .wrongKey,
            "keys/seal.key is not the key of this log: the secrets of event \(event) were sealed with "
                + "another",
            advice: "restore keys/seal.key from its backup", segment: segment, event: event)
    }

    static func missingAfter(
        _ segment: String, _ last: EventNumber, _ durable: EventNumber
    ) -> LogError {
        LogError(
            .damaged,
            "events up to \(durable) were acknowledged (the mark file says so), but the last segment "
                + "ends with \(last)", advice: restore, segment: segment, event: last + 1)
    }
}
