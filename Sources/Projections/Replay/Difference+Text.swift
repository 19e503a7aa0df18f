// What a call did and what it would have done, for people: with as much as can be known, and the rest
// said to be unknown.

package import Domain
import EventStore

extension WhatIf.Difference {
    /// The ways in which a call can go otherwise.
    package enum Kind: String, CaseIterable, Sendable {
        case refused
        case challenged
        case letIn = "let_in"
        case sentElsewhere = "sent_elsewhere"
        case ended = "ended_otherwise"
        case goneOn = "gone_on"
        case otherTrunk = "other_trunk"
        case otherwise

        /// In a sentence that begins with a number.
        package var words: String {
            switch self {
            case .refused: "refused"
            case .challenged: "asked for a password"
            case .letIn: "let in"
            case .sentElsewhere: "sent elsewhere"
            case .ended: "ended otherwise"
            case .goneOn: "gone on"
            case .otherTrunk: "of another trunk"
            case .otherwise: "decided otherwise"
            }
        }
    }

    package var kind: Kind {
        switch departure.outcome {
        case .refused: .refused
        case .challenged: .challenged
        case .sent: record.refused == nil ? .sentElsewhere : .letIn
        case .ended: record.refused == nil ? .ended : .letIn
        case .goneOn: .goneOn
        case .taken: .otherTrunk
        case .otherwise: .otherwise
        }
    }

    /// What the call would have done.
    package var supposed: String {
        switch departure.outcome {
        case .refused(let reason, let status): "refused with \(status): \(reason.meaning)"
        case .challenged: "asked for a password; whether the caller has it is not known"
        case .taken(let trunk): "a call of trunk \(trunk)"
        case .sent(let name, let address): sent(to: name, address)
        case .ended(let cause, let status):
            (record.refused == nil ? "" : "let in, ")
                + "ended at \(departure.at): \(cause.meaning)"
                + (status == 0 ? "" : ", the caller told \(status)")
        case .goneOn(let timer): "\(Self.waiting(timer)); what then is not known"
        case .otherwise(let type): "otherwise: \(EventText.name(of: type))"
        }
    }

    private func sent(to name: String, _ address: Endpoint?) -> String {
        let letIn = record.refused == nil ? "" : "let in, "
        // The built-in destination answers every call.
        if name == CallRouted.echoDestination, address == nil { return "\(letIn)sent to \(name)" }
        return letIn + "sent to \(name)" + (address.map { " at \($0)" } ?? "")
            + "; what it would have answered is not known"
    }

    private static func waiting(_ timer: String) -> String {
        switch timer {
        case TimerFired.ring: "still ringing then"
        case TimerFired.noReply: "still waiting for the destination then"
        case TimerFired.duration: "still talking then"
        default: "no timer \(timer) then"
        }
    }

    /// What it did, up to the end of what was read.
    package var recorded: String {
        if let refused = record.refused {
            return "refused with \(refused.status): \(refused.reason.meaning)"
        }
        let destination = record.attempts.last.map { " by \($0.routed.destination)" } ?? ""
        let course = record.answered == nil ? "not answered" : "answered\(destination)"
        guard let ended = record.ended else { return "\(course), in progress" }
        return "\(course), ended at \(ended.at.wall): \(ended.event.cause.meaning)"
    }
}
