// What callers and destinations have in common: SIP over a network that loses. The retransmissions of
// RFC 3261 §17 are written anew for them, so that a fault of the gateway's machines is not repeated here.

import Domain

/// A user agent at one address.
final class Agent {
    let endpoint: Endpoint
    let world: World
    /// Gone without a word: it hears nothing and says nothing.
    var isDead = false
    /// Asked about each new request, and told of each ACK.
    var requested: (Message, Served) -> Void = { _, _ in }
    var acknowledged: (Message) -> Void = { _ in }
    private let network: Network
    private var sent: [String: Sent] = [:]
    private var served: [String: Served] = [:]
    private var branches = 0

    init(_ endpoint: Endpoint, _ world: World, _ network: Network) {
        self.endpoint = endpoint
        self.world = world
        self.network = network
        network.attach(endpoint) { [weak self] bytes, _ in self?.received(bytes) }
    }

    var contact: String { "<sip:ua@\(endpoint)>" }

    func newBranch() -> String {
        branches += 1
        return "z9hG4bK\(endpoint.port)x\(branches)"
    }

    func transmit(_ octets: Octets) {
        guard !isDead else { return }
        network.send(octets, from: endpoint, to: Machine.address)
    }

    private func received(_ bytes: Octets) {
        guard !isDead, let message = try? Message(parsing: bytes) else { return }
        if message.isRequest { take(message) } else { hear(message) }
    }

    // MARK: Requests of ours

    /// A request that is repeated until it is answered.
    final class Sent {
        let request: Request
        let octets: Octets
        let heard: (Message?) -> Void
        var isQuiet = false
        var isAnswered = false

        init(_ request: Request, _ octets: Octets, _ heard: @escaping (Message?) -> Void) {
            self.request = request
            self.octets = octets
            self.heard = heard
        }
    }

    /// Sends a request. `heard` gets each response, or nil when there is none in time.
    func send(_ request: Request, heard: @escaping (Message?) -> Void) {
        let pending = Sent(request, request.octets(of: self), heard)
        sent[request.branch + request.method] = pending
        transmit(pending.octets)
        again(pending, after: .milliseconds(500))
        world.after(.seconds(32)) {
            guard !pending.isQuiet, !pending.isAnswered else { return }
            pending.isQuiet = true
            heard(nil)
        }
    }

    private func again(_ pending: Sent, after interval: Duration) {
        world.after(interval) { [weak self] in
            guard let self, !pending.isQuiet, !pending.isAnswered else { return }
            transmit(pending.octets)
            let isInvite = pending.request.method == "INVITE"
            again(pending, after: isInvite ? interval * 2 : min(interval * 2, .seconds(4)))
        }
    }

    private func hear(_ response: Message) {
        let key = String(decoding: response.topVia.branch, as: UTF8.self) + "\(response.method)"
        guard let pending = sent[key] else { return }
        let isInvite = response.method == .invite
        if isInvite { pending.isQuiet = true }
        if response.status >= 200 {
            if isInvite, response.status >= 300 {
                transmit(pending.request.refusalACK(response, self))
            }
            // A 2xx to an INVITE is for the call each time: its ACK is the call's.
            if pending.isAnswered, !isInvite || response.status >= 300 { return }
            pending.isAnswered = true
        }
        pending.heard(response)
    }

    // MARK: Requests of the gateway

    /// A request of the gateway and what it was answered.
    final class Served {
        let request: Message
        private let agent: Agent
        private(set) var status: UInt16 = 0
        private var response: Octets = []
        /// The ACK came.
        var isDone = false

        init(_ request: Message, _ agent: Agent) {
            self.request = request
            self.agent = agent
        }

        func repeated() { if !response.isEmpty { agent.transmit(response) } }

        func reply(_ status: UInt16, tag: String, body: String = "", reason: String? = nil) {
            guard self.status < 200 else { return }
            self.status = status
            var writer = MessageWriter.response(
                to: request, status: status, phrase: "Status",
                toTag: status == 100 ? nil : Octets(tag.utf8),
                received: Machine.address)
            writer.header("Contact", agent.contact)
            if let reason { writer.header("Reason", reason) }
            if body.isEmpty {
                writer.end()
            } else {
                writer.end(body: Octets(body.utf8), contentType: "application/sdp")
            }
            response = writer.bytes
            agent.transmit(response)
            if status >= 200, request.method == .invite {
                again(after: 500, left: 32_000)
            }
        }

        private func again(after milliseconds: Int, left: Int) {
            guard left > 0 else { return }
            agent.world.after(.milliseconds(milliseconds)) { [self] in
                guard !isDone else { return }
                agent.transmit(response)
                again(after: min(2 * milliseconds, 4_000), left: left - milliseconds)
            }
        }
    }

    private func take(_ request: Message) {
        if request.method == .ack {
            for one in served.values
            where one.request.method == .invite && one.request.cseq == request.cseq
                && one.request.callID == request.callID
            {
                if !one.isDone, one.status < 300 { acknowledged(request) }
                one.isDone = true
            }
            return
        }
        let key = String(decoding: request.topVia.branch, as: UTF8.self) + "\(request.method)"
        if let known = served[key] { return known.repeated() }
        let new = Served(request, self)
        served[key] = new
        requested(request, new)
    }

    /// The INVITE that a CANCEL is for.
    func cancelled(by request: Message) -> Served? {
        served[String(decoding: request.topVia.branch, as: UTF8.self) + "INVITE"]
    }
}
