// What an operator or a test may set about a log, and who is told what happens to it.

package import Domain

/// Sizes and promises of a log.
package struct LogOptions: Sendable {
    /// No segment is made smaller.
    static let smallestSegmentBytes = 65_536

    /// Size of a segment file; existing segments keep theirs.
    package var segmentBytes: Int
    /// Under load this long between the starts of two syncs.
    package var syncSpacing: Duration
    /// Whether the mark file is synced before every acknowledgement. It costs a second sync, and leaves
    /// no acknowledged event that damage could pass off as never written.
    package var hasStrictMarks: Bool
    /// A segment is closed when it is this old.
    package var segmentAge: Duration

    package init(
        segmentBytes: Int = Limits.segmentBytes, syncSpacing: Duration = Limits.syncSpacing,
        hasStrictMarks: Bool = false, segmentAge: Duration = Limits.segmentAge
    ) {
        precondition(
            segmentBytes >= Self.smallestSegmentBytes && segmentBytes % 4_096 == 0,
            "a segment has at least 64 KiB, in whole pages")
        self.segmentBytes = segmentBytes
        self.syncSpacing = syncSpacing
        self.hasStrictMarks = hasStrictMarks
        self.segmentAge = segmentAge
    }
}

/// Told of what happens to the log, on the log's own threads.
package struct LogObserver: Sendable {
    /// All events up to this one are on disk.
    package var durable: @Sendable (EventNumber) -> Void
    /// Space runs out (true): what is going on may end, nothing new may begin. Or there is enough again.
    package var space: @Sendable (_ isLow: Bool, _ reason: String) -> Void
    /// A sealed segment is damaged. Writing goes on; an operator has to look.
    package var damaged: @Sendable (LogError) -> Void
    /// The disk failed. Nothing is acknowledged any more; the process has to end.
    package var fatal: @Sendable (LogError) -> Void

    package init(
        durable: @escaping @Sendable (EventNumber) -> Void = { _ in },
        space: @escaping @Sendable (_ isLow: Bool, _ reason: String) -> Void = { _, _ in },
        damaged: @escaping @Sendable (LogError) -> Void = { _ in },
        fatal: @escaping @Sendable (LogError) -> Void
    ) {
        self.durable = durable
        self.space = space
        self.damaged = damaged
        self.fatal = fatal
    }
}
