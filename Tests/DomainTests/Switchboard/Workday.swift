// A seeded random day of a gateway: calls that overlap and end in every way, changes of what is
// provisioned, lookups, and restarts. It is not meant to be sensible, only to be different each time.

import Domain

struct Workday {
    private(set) var stage: Stage
    private var generator: SplitMix
    private var calls = 0
    /// Answered calls by Call-ID: our tag towards the caller.
    private var answered: [String: String] = [:]

    init(seed: UInt64, steps: Int) {
        generator = SplitMix(seed: seed)
        stage = Stage(seed: seed)
        stage.furnish()
        for _ in 0..<steps { step() }
    }

    private mutating func draw(_ count: Int) -> Int { Int.random(in: 0..<count, using: &generator) }

    private mutating func step() {
        switch draw(12) {
        case 0...3: place()
        case 4: hangUp()
        case 5, 6: provision()
        case 7: stage.wait(.seconds(draw(400)))
        case 8: stage.wait(.milliseconds(700))
        case 9 where draw(4) == 0: restart()
        default: cancel()
        }
        reply()
    }

    private mutating func place() {
        calls += 1
        send(Lines.invite(), as: calls)
    }

    private func send(_ text: String, as call: Int) {
        let own = text.replacing("call-a", with: "call-\(call).")
            .replacing("branch=z9hG4bK", with: "branch=z9hG4bK\(call).")
        stage.receive(own, from: Stage.caller)
    }

    private mutating func cancel() {
        guard calls > 0 else { return }
        send(Lines.request("CANCEL"), as: 1 + draw(calls))
    }

    private mutating func hangUp() {
        guard let (id, tag) = answered.min(by: { $0.key < $1.key }) else { return }
        answered[id] = nil
        let call = Int(id.dropFirst(5).dropLast()) ?? 0
        send(Lines.request("BYE", cseq: 2, branch: "z9hG4bKbye", toTag: tag), as: call)
    }

    private mutating func restart() {
        stage = Stage(seed: generator.next(), folding: stage.records)
    }

    private mutating func provision() {
        let label = "t\(draw(4))"
        let draft = TrunkDraft(
            name: "n\(draw(9))", domainName: label, authTypes: ["ip"],
            allowedIPs: ["192.0.2.\(draw(4))", "192.0.2.0/24"], allowsBareAddress: draw(2) == 0)
        let known = stage.core.directory
        let carriers = known.carriers.map(\.id).sorted()
        let routes = known.routes.map(\.id).sorted()
        switch draw(9) {
        case 0, 1: stage.provision(.createTrunk(draft))
        case 2:
            if let old = known.trunk(named: label) { stage.provision(.replaceTrunk(old.id, draft)) }
        case 3: if let old = known.trunk(named: label) { stage.provision(.deleteTrunk(old.id)) }
        case 4: stage.provision(.createCarrier(CarrierDraft(name: "k\(draw(4))", host: "h.test")))
        case 5: stage.provision(.deleteCarrier(carriers[draw(carriers.count)]))
        case 6, 7:
            let prefix = String(repeating: "9", count: 1 + draw(3))
            stage.provision(.createRoute(RouteDraft(prefix: prefix, carrier: "k\(draw(4))")))
            stage.resolve("h.test")
        default:
            // The two routes that calls take stay.
            let extra = routes.filter { $0.high != 3 }
            if !extra.isEmpty { stage.provision(.deleteRoute(extra[draw(extra.count)])) }
        }
    }

    /// Both peers do something about what they were sent.
    private mutating func reply() {
        for _ in 0..<4 {
            for endpoint in [Stage.destination, Stage.second] {
                for message in stage.messages(to: endpoint) where message.isRequest {
                    answer(message, from: endpoint)
                }
            }
            for message in stage.messages(to: Stage.caller) where message.status == 200 {
                acknowledge(message)
            }
        }
    }

    private mutating func answer(_ message: Message, from endpoint: Endpoint) {
        guard message.method == .invite else {
            if message.method != .ack, draw(5) > 0 {
                stage.receive(Lines.response(200, "OK", to: message), from: endpoint)
            }
            return
        }
        if draw(2) == 0 {
            stage.receive(Lines.response(180, "Ringing", to: message), from: endpoint)
        }
        switch draw(6) {
        case 0...2:
            let body = Lines.sdp("10.0.0.2", 6_000)
            stage.receive(Lines.response(200, "OK", to: message, body: body), from: endpoint)
        case 3: stage.receive(Lines.response(486, "Busy", to: message), from: endpoint)
        case 4: stage.receive(Lines.response(503, "Down", to: message), from: endpoint)
        default: break
        }
    }

    private mutating func acknowledge(_ ok: Message) {
        let id = String(decoding: ok.callID, as: UTF8.self)
        guard ok.cseqMethod == .invite, draw(6) > 0 else { return }
        answered[id] = ok.ownTag
        let call = Int(id.dropFirst(5).dropLast()) ?? 0
        send(Lines.request("ACK", branch: "z9hG4bKack", toTag: ok.ownTag), as: call)
    }
}
