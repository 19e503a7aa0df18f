// What an operator or a test may set about a log, and who is told what happens to it.

package import Domain

/// Sizes of a log.
package struct LogOptions: Sendable {
    /// Size of a segment file; existing segments keep theirs.
    package var segmentBytes: Int
    /// Under load this long between the starts of two syncs.
    package var syncSpacing: Duration

    package init(
        segmentBytes: Int = Limits.segmentBytes, syncSpacing: Duration = Limits.syncSpacing
    ) {
        precondition(
            segmentBytes >= 65_536 && segmentBytes % 4_096 == 0,
            "a segment has at least 64 KiB, in whole pages")
        self.segmentBytes = segmentBytes
        self.syncSpacing = syncSpacing
    }
}

/// Told of what happens to the log, on its writer's thread.
package struct LogObserver: Sendable {
    /// All events up to this one are on disk.
    package var durable: @Sendable (EventNumber) -> Void
    /// Space runs out (true): what is going on may end, nothing new may begin. Or there is enough again.
    package var space: @Sendable (_ isLow: Bool) -> Void
    /// The disk failed. Nothing is acknowledged any more; the process has to end.
    package var fatal: @Sendable (LogError) -> Void

    package init(
        durable: @escaping @Sendable (EventNumber) -> Void = { _ in },
        space: @escaping @Sendable (_ isLow: Bool) -> Void = { _ in },
        fatal: @escaping @Sendable (LogError) -> Void
    ) {
        self.durable = durable
        self.space = space
        self.fatal = fatal
    }
}
