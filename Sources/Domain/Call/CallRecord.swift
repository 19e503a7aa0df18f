// The call detail record: a reading of a call's events and of nothing else, so that anybody with the
// log can make it again and get the same.

/// What is known of a call, from its first event up to now.
package struct CallRecord: Sendable {
    package let id: CallID
    package let offered: CallOffered
    package let invited: Stamp
    package let firstEvent: EventNumber
    package private(set) var lastEvent: EventNumber
    package private(set) var authorised: CallAuthorised?
    package private(set) var refused: CallRefused?
    package private(set) var attempts: [Attempt] = []
    package private(set) var ring: Stamp?
    package private(set) var earlyMedia: WallTime?
    package private(set) var answered: (event: CallAnswered, at: Stamp)?
    package private(set) var ended: (event: CallEnded, at: Stamp)?
    package private(set) var refusedAt: Stamp?
    package private(set) var figures: MediaReported?
    package private(set) var hasLateAnswer = false
    /// Events were lost while the call was in progress: steps of it may be missing.
    package private(set) var hasLogGap = false
    private var hasMedia = false

    /// One try at a destination.
    package struct Attempt: Sendable {
        package var routed: CallRouted
        package var at: WallTime
        /// The destination's last status, 0 when it gave none.
        package var status: UInt16 = 0
        package var cause: EndCause?
        package var lateAnswer = false
        fileprivate var isSettled = false
    }

    /// Nil unless the record is the one that begins a call.
    package init?(beginning record: Record) {
        guard case .callOffered(let offered) = record.event else { return nil }
        self.offered = offered
        id = record.stream.call
        invited = record.stamp
        firstEvent = record.number
        lastEvent = record.number
    }

    /// Takes in an event of the call, or a gap in the log. What comes when the record is complete
    /// changes nothing, in whatever portions the log is read.
    package mutating func apply(_ record: Record) {
        guard !isComplete else { return }
        switch record.event {
        case .callAuthorised(let event): authorised = event
        case .callRefused(let event): (refused, refusedAt) = (event, record.stamp)
        case .callRouted(let event):
            attempts.append(Attempt(routed: event, at: record.stamp.wall))
        case .callProgressed(let event):
            change(event.attempt) { $0.status = event.status }
            if ring == nil { ring = record.stamp }
        case .callAnswered(let event):
            answered = (event, record.stamp)
            change(event.attempt) { $0.status = event.status }
        case .attemptFailed(let event):
            change(event.attempt) {
                if event.status != 0 { $0.status = event.status }
                $0.cause = event.cause ?? .rejected
            }
        case .attemptSettled(let event):
            if event.lateAnswer { hasLateAnswer = true }
            change(event.attempt) {
                $0.isSettled = true
                $0.lateAnswer = event.lateAnswer
                if event.status != 0 { $0.status = event.status }
            }
        case .callEnded(let event): ended = (event, record.stamp)
        case .mediaChanged: hasMedia = true
        case .mediaStarted(let event):
            if answered == nil, earlyMedia == nil { earlyMedia = event.at }
        case .mediaReported(let event): figures = event
        case .gapRecorded: hasLogGap = true
        default: return
        }
        lastEvent = record.number
    }

    private mutating func change(_ attempt: UInt8, _ body: (inout Attempt) -> Void) {
        guard let index = attempts.firstIndex(where: { $0.routed.attempt == attempt }) else {
            return
        }
        body(&attempts[index])
    }

    /// Drawn by the event that ended or refused the call; nil while it goes on.
    package var cdrNumber: UInt64? { ended?.event.cdrNumber ?? refused?.cdrNumber }

    /// Whether nothing more will come that belongs to the record.
    package var isComplete: Bool {
        cdrNumber != nil && (!hasMedia || figures?.isFinal == true)
            && attempts.allSatisfy { isSettled($0) }
    }

    private func isSettled(_ attempt: Attempt) -> Bool {
        attempt.isSettled || attempt.status >= 200 || attempt.routed.target == nil
    }

    /// From the arrival of the answer to the end: monotonic within one boot of the machine.
    package var talk: (nanoseconds: Int64, isMonotonic: Bool)? {
        guard let answered, let ended else { return nil }
        return Self.elapsed(from: answered.at, to: ended.at)
    }

    /// From the first ringing to the answer, or to the end.
    package var ringing: Int64? {
        guard let ring, let end = answered?.at ?? ended?.at else { return nil }
        return Self.elapsed(from: ring, to: end).nanoseconds
    }

    private static func elapsed(from: Stamp, to: Stamp) -> (nanoseconds: Int64, isMonotonic: Bool) {
        from.boot == to.boot
            ? ((to.instant - from.instant).nanoseconds, true)
            : ((to.wall - from.wall).nanoseconds, false)
    }
}
