// What an operator is told of a repair, and what the operator has to say for it.

package import Domain

/// Something in a log that is not right, and what became of it.
package struct RepairFinding: Sendable {
    package enum Outcome: String, Sendable {
        /// A copy had the same events, by the hash chain.
        case restored
        /// A gap was recorded.
        case recorded
        /// No events are concerned; the file was written anew.
        case rewritten
        /// Nothing was changed.
        case open
    }

    package var segment: String
    package var offset: Int
    package var reason: String
    package var lost: ClosedRange<EventNumber>?
    package var outcome: Outcome
}

/// Who accepts that events are lost, and why.
package struct LossAcceptance: Sendable {
    package var operatorName: String
    package var note: String
    /// The highest number of a call detail record that was drawn up to `knownThrough`.
    package var lastCDR: UInt64
    package var knownThrough: EventNumber

    package init(
        operatorName: String, note: String, lastCDR: UInt64, knownThrough: EventNumber
    ) {
        self.operatorName = operatorName
        self.note = note
        self.lastCDR = lastCDR
        self.knownThrough = knownThrough
    }

    /// The highest number that can have been drawn up to an event: each event draws one at most.
    func lastCDR(at event: EventNumber) -> UInt64 {
        guard event > knownThrough else { return lastCDR }
        let (sum, isTooLarge) = lastCDR.addingReportingOverflow(event - knownThrough)
        return isTooLarge ? .max : sum
    }
}

/// A place in a segment where nothing can be read.
struct Hole {
    var segment: String
    var offset: Int
    var bytes: Octets
    var reason: String
}
