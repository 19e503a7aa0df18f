// The caller of one simulated call: what it sends, and how it answers what it gets.

import Domain

/// A PBX or phone in one call.
final class CallerSide {
    let callID: Octets
    /// Nothing more will come for it or from it.
    private(set) var isOver = false
    let plan: CallPlan
    private let callIDText: String
    private let from: String
    private let target: String
    private let extras: [String]
    private let offer: String
    private var cseq: Int
    private var branch: String
    private var authorization: String?
    private var isCancelled = false
    private var isAnswered = false

    private var customer: Customer { plan.customer }
    private var agent: UserAgent { plan.customer.agent }

    init(_ plan: CallPlan, using random: inout SplitMix) {
        self.plan = plan
        let customer = plan.customer
        let agent = customer.agent
        let name = agent.callID.draw(using: &random)
        callIDText = agent.namesHost ? "\(name)@\(customer.host)" : name
        callID = Octets(callIDText.utf8)
        from =
            "\"\(plan.callerName)\" <\(customer.uri(of: plan.callerNumber))>;tag="
            + agent.tag.draw(using: &random)
        target = customer.uri(of: plan.calledNumber)
        extras = agent.filledExtras(plan, using: &random)
        cseq = Int.random(in: 1...30_000, using: &random)
        branch = agent.branch.draw(using: &random)
        offer = agent.session.offer(
            customer.host, codecs: Int.random(in: 1...8, using: &random),
            rotated: Int.random(in: 0..<4, using: &random), using: &random)
    }

    // MARK: Sending

    func invited() -> [Datagram] {
        var draft = draft("INVITE", to: "<\(target)>", branch: branch)
        draft.isFull = true
        draft.extras = extras + (authorization.map { ["Proxy-Authorization: \($0)"] } ?? [])
        draft.body = offer
        return [send("INVITE \(target) SIP/2.0", draft)]
    }

    private func draft(_ method: String, to: String, branch: String) -> UserAgent.Draft {
        UserAgent.Draft(
            via: "SIP/2.0/UDP \(customer.host):\(customer.source.port);branch=\(branch);rport",
            from: from, to: to,
            contact: "<sip:\(customer.username)@\(customer.host):\(customer.source.port)>",
            callID: callIDText, cseq: "\(cseq) \(method)", product: customer.product)
    }

    private func send(
        _ start: String, _ draft: UserAgent.Draft, after: Duration = .zero
    ) -> Datagram {
        Datagram(
            bytes: agent.message(start, draft), source: customer.source,
            after: customer.delay * 2 + after)
    }

    // MARK: Receiving

    func received(_ message: Message, using random: inout SplitMix) -> [Datagram] {
        if message.isRequest { return requested(message) }
        switch (message.method, message.status) {
        case (.invite, 407): return challenged(message, using: &random)
        case (.invite, 101...199): return rang()
        case (.invite, 200...299): return answered(message, using: &random)
        case (.invite, 300...): return refused(message)
        case (.bye, _):
            isOver = true
            return []
        default: return []
        }
    }

    private func requested(_ request: Message) -> [Datagram] {
        guard request.method == .bye else { return [] }
        isOver = true
        var draft = UserAgent.Draft(
            via: request.line(.via), from: request.line(.from), to: request.line(.to),
            callID: callIDText, cseq: request.line(.cseq), isRequest: false,
            product: customer.product)
        draft.isFull = false
        return [send("SIP/2.0 200 OK", draft)]
    }

    private func acknowledgement(of response: Message) -> Datagram {
        let draft = draft("ACK", to: response.line(.to), branch: branch)
        return send("ACK \(target) SIP/2.0", draft)
    }

    private func challenged(_ response: Message, using random: inout SplitMix) -> [Datagram] {
        let first = acknowledgement(of: response)
        cseq += 1
        branch = agent.branch.draw(using: &random)
        authorization = ProxyCredentials(response, customer, uri: target, using: &random).text
        return [first] + invited()
    }

    private func rang() -> [Datagram] {
        guard plan.outcome == .cancelled, !isCancelled else { return [] }
        isCancelled = true
        let draft = draft("CANCEL", to: "<\(target)>", branch: branch)
        return [send("CANCEL \(target) SIP/2.0", draft, after: plan.ringTime)]
    }

    private func answered(_ response: Message, using random: inout SplitMix) -> [Datagram] {
        guard !isAnswered else { return [] }
        isAnswered = true
        let contact = String(decoding: response.contact?.uri ?? [], as: UTF8.self)
        let to = response.line(.to)
        let ack = draft("ACK", to: to, branch: agent.branch.draw(using: &random))
        var out = [send("ACK \(contact) SIP/2.0", ack)]
        if plan.callerHangsUp {
            cseq += 1
            var bye = draft("BYE", to: to, branch: agent.branch.draw(using: &random))
            bye.extras = agent.session.isPlain ? ["Reason: Q.850;cause=16"] : []
            out.append(send("BYE \(contact) SIP/2.0", bye, after: plan.talkTime))
        }
        return out
    }

    private func refused(_ response: Message) -> [Datagram] {
        isOver = true
        return [acknowledgement(of: response)]
    }
}

extension Message {
    /// The first value of a header field.
    func line(_ name: HeaderName) -> String { String(decoding: header(name) ?? [], as: UTF8.self) }
}
