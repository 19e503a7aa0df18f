// A carrier: every INVITE that reaches it meets with something else.

import Domain
import SimulatedMachine

/// The called side of all calls that are routed to one address.
final class SimulatedCarrier {
    /// What one INVITE meets with.
    enum Manner: CaseIterable {
        case answer, answerAtOnce, ringForever, forks, busy, fails, silent, trying, lateAnswer
        case unauthorised, hangsUp, renegotiates, badAnswer
    }

    /// One INVITE and what it was answered.
    final class Leg {
        let callID: String
        let invite: Agent.Served
        let manner: Manner
        var tag = "a"
        var isCancelled = false
        /// The first ACK to its 2xx came.
        var isAcknowledged = false
        var side: Side?

        init(_ invite: Agent.Served, _ manner: Manner) {
            callID = invite.request.callIDText
            self.invite = invite
            self.manner = manner
        }

        var status: UInt16 { invite.status }
    }

    let agent: Agent
    private(set) var legs: [Leg] = []
    private let world: World
    private let manners: [Manner]

    init(_ endpoint: Endpoint, _ manners: [Manner], _ world: World, _ network: Network) {
        self.world = world
        self.manners = manners
        agent = Agent(endpoint, world, network)
        agent.requested = { [weak self] request, served in self?.requested(request, served) }
        agent.acknowledged = { [weak self] ack in self?.acknowledged(ack) }
    }

    private func requested(_ request: Message, _ served: Agent.Served) {
        let known = legs.first { $0.callID == request.callIDText }
        switch request.method {
        case .cancel: cancelled(request, served, known)
        case .invite where request.to.tag == nil:
            let leg = Leg(served, world.pick(manners))
            legs.append(leg)
            meet(leg)
        default:
            guard let side = known?.side else { return served.reply(481, tag: "") }
            side.requested(request, served)
        }
    }

    private func cancelled(_ request: Message, _ served: Agent.Served, _ leg: Leg?) {
        guard let leg, agent.cancelled(by: request) === leg.invite else {
            return served.reply(481, tag: "x")
        }
        served.reply(200, tag: leg.tag)
        leg.isCancelled = true
        guard leg.manner != .lateAnswer, leg.status < 200 else { return }
        leg.invite.reply(487, tag: leg.tag)
    }

    private func acknowledged(_ ack: Message) {
        guard let leg = legs.first(where: { $0.callID == ack.callIDText }),
            leg.invite.request.cseq == ack.cseq
        else { return }
        leg.isAcknowledged = true
        if leg.isCancelled { return }
        switch leg.manner {
        case .hangsUp: after(100...20_000, leg) { $0.side?.hangUp() }
        case .renegotiates:
            after(100...9_000, leg) { [world] in
                $0.side?.renegotiate(world.pick([.audio, .held, .none]))
            }
        default: break
        }
    }

    private func after(
        _ milliseconds: ClosedRange<Int>, _ leg: Leg, _ action: @escaping (Leg) -> Void
    ) {
        world.after(world.milliseconds(milliseconds)) { action(leg) }
    }

    // MARK: Manners

    private func meet(_ leg: Leg) {
        let invite = leg.invite
        if leg.manner == .silent { return }
        if world.chance(60) || leg.manner == .trying { invite.reply(100, tag: "") }
        switch leg.manner {
        case .silent, .trying: break
        case .answerAtOnce: answer(leg)
        case .badAnswer: after(0...900, leg) { [weak self] in self?.answer($0, with: .none) }
        case .busy: after(0...900, leg) { $0.invite.reply(486, tag: "a", reason: "Q.850;cause=17") }
        case .fails:
            after(0...2_000, leg) { [world] in
                $0.invite.reply(world.pick([500, 503, 408]), tag: "a")
            }
        case .unauthorised: after(0...900, leg) { $0.invite.reply(407, tag: "a") }
        case .forks:
            ring(leg, "a")
            ring(leg, "b")
            after(1_000...5_000, leg) { [weak self] leg in
                leg.tag = "b"
                self?.answer(leg)
            }
        case .ringForever: ring(leg, "a")
        default:
            ring(leg, "a")
            after(200...15_000, leg) { [weak self] in self?.answer($0) }
        }
    }

    private func ring(_ leg: Leg, _ tag: String) {
        let hasMedia = world.chance(40)
        after(0...900, leg) { [agent] leg in
            leg.invite.reply(
                hasMedia ? 183 : 180, tag: tag,
                body: hasMedia ? Sketch.audio.text(agent.endpoint.address) : "")
        }
    }

    private func answer(_ leg: Leg, with sketch: Sketch = .audio) {
        guard leg.status < 200 else { return }
        let request = leg.invite.request
        leg.side = Side(
            agent, callID: leg.callID, own: request.text(.to) + ";tag=\(leg.tag)",
            peer: request.text(.from),
            target: request.contact.map { String(decoding: $0.uri, as: UTF8.self) } ?? "", cseq: 0)
        leg.invite.reply(200, tag: leg.tag, body: sketch.text(agent.endpoint.address))
    }
}
