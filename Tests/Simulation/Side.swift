// One end of an established call, as a user agent sees it: it hangs up, asks for another session, and
// answers when it is asked.

import Domain

/// A user agent's side of a dialog.
final class Side {
    let agent: Agent
    let callID: String
    private let own: String
    private let peer: String
    private let target: String
    private var cseq: Int
    private var version = 1
    /// The dialog ended: by a BYE of either side, or because nobody answered ours.
    private(set) var isOver = false
    private(set) var hungUp = false

    /// `own` and `peer` are the parties with their tags.
    init(_ agent: Agent, callID: String, own: String, peer: String, target: String, cseq: Int) {
        self.agent = agent
        self.callID = callID
        self.own = own
        self.peer = peer
        self.target = target
        self.cseq = cseq
    }

    private func request(_ method: String, cseq: Int, body: String = "") -> Request {
        Request(
            method: method, uri: target, from: own, to: peer, callID: callID, cseq: cseq,
            branch: agent.newBranch(), body: body)
    }

    private func next() -> Int {
        cseq += 1
        return cseq
    }

    /// The ACK to a 2xx, with the answer when that had the offer.
    func acknowledgement(cseq: Int, body: String) -> Octets {
        request("ACK", cseq: cseq, body: body).octets(of: agent)
    }

    func hangUp() {
        guard !isOver, !hungUp else { return }
        hungUp = true
        agent.send(request("BYE", cseq: next())) { [self] response in
            if (response?.status ?? 408) >= 200 { isOver = true }
        }
    }

    func renegotiate(_ sketch: Sketch) {
        guard !isOver, !hungUp else { return }
        version += 1
        let number = next()
        var ack: Octets = []
        let body = sketch.text(agent.endpoint.address, version: version)
        agent.send(request("INVITE", cseq: number, body: body)) { [self] response in
            guard let response, 200..<300 ~= response.status else { return }
            if ack.isEmpty {
                ack = acknowledgement(cseq: number, body: sketch.answer(agent.endpoint.address))
            }
            agent.transmit(ack)
        }
    }

    /// A request of the gateway in this dialog.
    func requested(_ request: Message, _ served: Agent.Served) {
        switch request.method {
        case .bye:
            served.reply(200, tag: "")
            isOver = true
        case .invite where isOver: served.reply(481, tag: "")
        case .invite where agent.world.chance(15):
            served.reply(agent.world.pick([488, 500]), tag: "")
        case .invite:
            served.reply(100, tag: "")
            agent.world.after(agent.world.milliseconds(0...800)) { [self] in
                version += 1
                served.reply(
                    200, tag: "", body: Sketch.audio.text(agent.endpoint.address, version: version))
            }
        case .options: served.reply(200, tag: "")
        default: served.reply(501, tag: "")
        }
    }
}
