// The state as a shorter log: of all records up to an event those that still matter. There is no second
// way of writing a call or a trunk down, so a snapshot cannot say what events could not.

/// Records that, folded in order, give the same state as the whole log up to an event.
package struct Snapshot: Hashable, Sendable {
    /// The event up to which it stands for the log, and its wall time.
    package var number: EventNumber
    package var wall: WallTime
    /// Wall time of the event before the last start: the outage of calls began there.
    package var wallBeforeStart: WallTime
    package var lastCDRNumber: UInt64
    /// With their own numbers, which rise and have gaps.
    package var records: [Record]

    package init(
        number: EventNumber, wall: WallTime, wallBeforeStart: WallTime, lastCDRNumber: UInt64,
        records: [Record]
    ) {
        self.number = number
        self.wall = wall
        self.wallBeforeStart = wallBeforeStart
        self.lastCDRNumber = lastCDRNumber
        self.records = records
    }
}
