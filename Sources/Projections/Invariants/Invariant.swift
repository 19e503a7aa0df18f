// What holds of every call as long as the gateway is well, whatever its peers do. When one of these does
// not, the gateway has a fault: each has a meaning, and something to do next.

/// A rule that no call may break.
package enum Invariant: String, CaseIterable, Sendable {
    case stuckCall = "stuck_call"
    case legWithoutPeer = "leg_without_peer"
    case answerWithoutMedia = "answer_without_media"
    case recordWithoutEnd = "record_without_end"
    case callOnDeletedTrunk = "call_on_deleted_trunk"

    /// What it means that the rule is broken.
    package var meaning: String {
        switch self {
        case .stuckCall: "the call goes on past its ring time or its maximum duration"
        case .legWithoutPeer: "one side is over, and the other was not told"
        case .answerWithoutMedia: "the call was answered, and no port was opened for its sound"
        case .recordWithoutEnd: "the call is over, and its record is not complete"
        case .callOnDeletedTrunk: "the call was taken for a trunk that had been deleted"
        }
    }

    /// What to do about it.
    package var advice: String {
        switch self {
        case .stuckCall, .legWithoutPeer:
            "see with `trunkline replay CALL` where it stopped; a restart takes it up and ends what is "
                + "overdue"
        case .answerWithoutMedia:
            "compare offer and answer with `trunkline replay CALL --messages`"
        case .recordWithoutEnd: "a restart completes the record with the last figures there are"
        case .callOnDeletedTrunk:
            "see with `trunkline call why CALL` who called; bill it when you know how it came in"
        }
    }
}
