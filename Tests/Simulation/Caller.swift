// A customer's phone that places one call, and what became of the call as far as it can tell.

import Domain
import SimulatedMachine

/// The calling side of one call.
final class Caller {
    /// What it is going to do.
    struct Plan {
        enum Proof: CaseIterable { case password, wrongPassword, address }

        var proof = Proof.password
        var number = "100"
        var sketch = Sketch.audio
        var cancelAfter: Duration?
        var hangUpAfter: Duration?
        var renegotiateAfter: [Duration] = []
        /// Whether it sends an ACK to the answer.
        var acknowledges = true
        /// Whether it dies so long after the INVITE.
        var diesAfter: Duration?
    }

    static let password = "correct horse"
    let agent: Agent
    let plan: Plan
    let callID: String
    /// The final responses to its last INVITE, repetitions left out.
    private(set) var finals: [UInt16] = []
    /// The CSeq of its last INVITE.
    private(set) var cseq = 0
    private(set) var side: Side?
    /// Whether the INVITE never got a final response.
    var isWaiting: Bool { cseq > 0 && finals.isEmpty && !hasGivenUp }
    private var hasGivenUp = false
    private var invite: Request?
    private var isProceeding = false
    private var wantsCancel = false
    private var ack: Octets = []
    private var tag = ""
    private let world: World

    init(_ index: Int, _ plan: Plan, _ world: World, _ network: Network) {
        self.plan = plan
        self.world = world
        callID = "call-\(index)"
        let host: UInt32 = plan.proof == .address ? 0x0a01_0001 : 0x0a00_0001
        agent = Agent(Endpoint(.v4(host), UInt16(5_060 + index)), world, network)
        agent.requested = { [weak self] request, served in
            guard let side = self?.side else { return served.reply(481, tag: "x") }
            side.requested(request, served)
        }
    }

    func place() {
        send(headers: [])
        if let delay = plan.cancelAfter { world.after(delay) { [weak self] in self?.cancel() } }
        if let delay = plan.diesAfter {
            world.after(delay) { [weak self] in self?.agent.isDead = true }
        }
    }

    private func send(headers: [String]) {
        cseq += 1
        isProceeding = false
        let label = plan.proof == .address ? "office" : "acme"
        let uri = "sip:\(plan.number)@\(label).trunk.test"
        let request = Request(
            method: "INVITE", uri: uri, from: "\"Ann\" <sip:200@pbx.test>;tag=ann", to: "<\(uri)>",
            callID: callID, cseq: cseq, branch: agent.newBranch(), headers: headers,
            body: plan.sketch.text(agent.endpoint.address))
        invite = request
        let number = cseq
        agent.send(request) { [weak self] response in self?.heard(response, to: number) }
    }

    private func heard(_ response: Message?, to number: Int) {
        guard let response else {
            hasGivenUp = true
            return
        }
        guard number == cseq else { return }
        switch response.status {
        case 100..<200:
            isProceeding = true
            if wantsCancel { cancel() }
        case 200..<300: answered(response)
        case 407 where cseq < 3 && plan.proof != .address: send(headers: [credentials(response)])
        default: finals.append(response.status)
        }
    }

    private func answered(_ response: Message) {
        if side != nil {
            if !ack.isEmpty { agent.transmit(ack) }
            // A second answer of another dialog would be a fault: it stands as a second final.
            if tag != response.text(.to) { finals.append(response.status) }
            return
        }
        finals.append(response.status)
        tag = response.text(.to)
        let target = response.contact.map { String(decoding: $0.uri, as: UTF8.self) } ?? ""
        let side = Side(
            agent, callID: callID, own: response.text(.from), peer: response.text(.to),
            target: target, cseq: cseq)
        self.side = side
        guard plan.acknowledges else { return }
        ack = side.acknowledgement(cseq: cseq, body: plan.sketch.answer(agent.endpoint.address))
        agent.transmit(ack)
        if wantsCancel { return side.hangUp() }
        for delay in plan.renegotiateAfter {
            world.after(delay) { [world] in
                side.renegotiate(world.pick([.audio, .held, .none, .audioAndVideo]))
            }
        }
        if let delay = plan.hangUpAfter { world.after(delay) { side.hangUp() } }
    }

    private func cancel() {
        wantsCancel = true
        guard isProceeding, finals.isEmpty, let invite else { return }
        agent.send(invite.cancel) { _ in }
    }

    // MARK: Digest

    private func credentials(_ response: Message) -> String {
        let challenge = response.text(.proxyAuthenticate)
        func value(_ name: String) -> String {
            let parts = challenge.split(separator: "\(name)=\"", maxSplits: 1)
            return parts.count < 2 ? "" : String(parts[1].prefix { $0 != "\"" })
        }
        let password = plan.proof == .password ? Self.password : "wrong"
        func text(_ response: String) -> String {
            "Digest username=\"acme\", realm=\"\(value("realm"))\", nonce=\"\(value("nonce"))\", "
                + "uri=\"\(invite?.uri ?? "")\", response=\"\(response)\", algorithm=MD5, qop=auth, "
                + "cnonce=\"c\", nc=00000001"
        }
        let hashes = Hashes.forTests
        let ha1 = hashes.md5(Octets("acme:\(value("realm")):\(password)".utf8))
        guard let open = DigestCredentials(parsing: Octets(text("00").utf8)[...]) else { return "" }
        let digest = DigestResponse.compute(
            .md5, ha1: ha1, method: Octets("INVITE".utf8), credentials: open, hashes: hashes)
        return "Proxy-Authorization: " + text(String(decoding: Hex.encode(digest), as: UTF8.self))
    }
}
