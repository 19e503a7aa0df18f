// The destination of one simulated call: a carrier's equipment that rings, answers, or does not.

import Domain

/// One leg at a carrier.
final class DestinationSide {
    /// Nothing more will come for it or from it.
    private(set) var isOver = false
    private let invite: Message
    private let plan: CallPlan
    private let at: Endpoint
    private let agent: UserAgent
    private let product: String
    private let tag: String
    private let isOutOfService: Bool

    /// Whether this leg comes to an answer, whose ACK is not its end.
    private var answers: Bool {
        !isOutOfService && (plan.outcome == .answered || plan.outcome == .answeredElsewhere)
    }

    private static let delay = Duration.milliseconds(9)

    init(_ invite: Message, _ plan: CallPlan, at: Endpoint, using random: inout SplitMix) {
        self.invite = invite
        self.plan = plan
        self.at = at
        let last = if case .v4(let value) = at.address { Int(value & 0xff) } else { 0 }
        agent = UserAgent.carriers[last % UserAgent.carriers.count]
        product = agent.products[last / 2 % agent.products.count]
        tag = agent.tag.draw(using: &random)
        // 203.0.113.11 is the last choice of every route: there the call gets through.
        isOutOfService = plan.outcome == .answeredElsewhere && last != 11
    }

    // MARK: Answering the INVITE

    func invited(using random: inout SplitMix) -> [Datagram] {
        var out = [respond(100, "Trying")]
        let ringing = plan.postDialDelay
        if isOutOfService {
            return out + [respond(503, "Service Unavailable", after: ringing)]
        }
        switch plan.outcome {
        case .busy:
            return out + [respond(486, "Busy Here", reason: 17, after: ringing)]
        case .unknownNumber:
            return out + [respond(404, "Not Found", reason: 1, after: ringing)]
        default: break
        }
        let description = agent.session.answer(
            "\(at.address)", to: String(decoding: invite.body, as: UTF8.self), using: &random)
        out.append(
            plan.hasEarlyMedia
                ? respond(183, "Session Progress", after: ringing, body: description)
                : respond(180, "Ringing", after: ringing))
        let settled = ringing + plan.ringTime
        switch plan.outcome {
        case .noAnswer:
            out.append(respond(480, "Temporarily Unavailable", reason: 19, after: settled))
        case .cancelled: break
        default:
            out.append(respond(200, "OK", after: settled, body: description))
            if !plan.callerHangsUp {
                out.append(hangUp(after: settled + plan.talkTime, using: &random))
            }
        }
        return out
    }

    private func respond(
        _ status: Int, _ phrase: String, reason: Int? = nil, after: Duration = .zero,
        body: String = ""
    ) -> Datagram {
        var draft = UserAgent.Draft(
            via: invite.line(.via), from: invite.line(.from),
            to: status == 100 ? invite.line(.to) : "\(invite.line(.to));tag=\(tag)",
            contact: (101..<300).contains(status) ? contact : "", callID: invite.line(.callID),
            cseq: invite.line(.cseq), isRequest: false, product: product,
            isFull: (101..<300).contains(status), body: body)
        if let reason { draft.extras = ["Reason: Q.850;cause=\(reason)"] }
        return send("SIP/2.0 \(status) \(phrase)", draft, after: after)
    }

    private var contact: String { "<sip:\(plan.calledNumber)@\(at.address):\(at.port)>" }

    private func hangUp(after: Duration, using random: inout SplitMix) -> Datagram {
        let target = String(decoding: invite.contact?.uri ?? [], as: UTF8.self)
        let branch = agent.branch.draw(using: &random)
        let draft = UserAgent.Draft(
            via: "SIP/2.0/UDP \(at.address):\(at.port);branch=\(branch)",
            from: "\(invite.line(.to));tag=\(tag)", to: invite.line(.from), contact: contact,
            callID: invite.line(.callID), cseq: "1 BYE", product: product,
            extras: ["Max-Forwards: 68", "Reason: Q.850;cause=16;text=\"Normal call clearing\""])
        return send("BYE \(target) SIP/2.0", draft, after: after)
    }

    private func send(_ start: String, _ draft: UserAgent.Draft, after: Duration) -> Datagram {
        Datagram(bytes: agent.message(start, draft), source: at, after: Self.delay * 2 + after)
    }

    // MARK: Answering the rest

    func received(_ message: Message, using random: inout SplitMix) -> [Datagram] {
        guard message.isRequest else {
            if message.method == .bye { isOver = true }
            return []
        }
        switch message.method {
        case .bye:
            isOver = true
            return [accept(message)]
        case .ack:
            isOver = !answers
            return []
        case .cancel: return [accept(message), respond(487, "Request Terminated")]
        default: return []
        }
    }

    private func accept(_ request: Message) -> Datagram {
        let draft = UserAgent.Draft(
            via: request.line(.via), from: request.line(.from), to: request.line(.to),
            callID: request.line(.callID), cseq: request.line(.cseq), isRequest: false,
            product: product)
        return send("SIP/2.0 200 OK", draft, after: .zero)
    }
}
