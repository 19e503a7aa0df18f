// One side of a call as a scenario for SIPp, so that the call can be made again: the caller's against a
// gateway, the destination's as where the gateway's carrier is.

import Domain
import EventStore

/// One peer of a call, from the messages that it sent and was sent.
package struct SIPpScenario {
    /// Which of the ladder's lanes it plays.
    private let lane: Int
    private let ladder: Ladder
    private let messages: [(arrow: Ladder.Arrow, at: WallTime)]
    private var elements: [String] = []
    /// The element that sent the last INVITE: its ACK and CANCEL have the same branch.
    private var invite = 0
    private var lastReceived: Message?

    /// A shorter time than this is the peer's own, not a pause.
    private static let shortestPause = Duration.milliseconds(20)
    /// T1: SIPp repeats what has no answer.
    private static let retransmission = " retrans=\"500\""

    /// All peers that can be played: the caller, and each destination that had messages.
    package static func all(of ladder: Ladder) -> [SIPpScenario] {
        ladder.lanes.indices.filter { $0 != Ladder.gateway }
            .map { SIPpScenario(ladder, lane: $0) }.filter { !$0.messages.isEmpty }
    }

    private init(_ ladder: Ladder, lane: Int) {
        self.ladder = ladder
        self.lane = lane
        messages = ladder.rungs.compactMap { rung in
            guard case .message(let arrow) = rung.content, arrow.from == lane || arrow.to == lane
            else { return nil }
            return (arrow, rung.at)
        }
    }

    private var isCaller: Bool { lane == Ladder.caller }

    /// `caller.xml`, `destination.xml`, and `destination-2.xml` for the next one.
    package var fileName: String {
        let number = lane - Ladder.gateway
        return isCaller
            ? "caller.xml" : number == 1 ? "destination.xml" : "destination-\(number).xml"
    }

    /// The scenario's file.
    package var text: String {
        var scenario = self
        scenario.play()
        return """
            <?xml version="1.0" encoding="ISO-8859-1" ?>
            <!-- Run it with: \(usage) -->
            <scenario name="\(isCaller ? "caller" : "destination") of call \(ladder.call)">
            \(scenario.elements.joined(separator: "\n"))
            </scenario>

            """
    }

    /// How to run it.
    package var usage: String {
        let port = ladder.lanes[lane].endpoint.map { " -p \($0.port)" } ?? ""
        return "sipp -sf \(fileName) -m 1" + (isCaller ? " -ap PASSWORD GATEWAY:PORT" : port)
    }

    private mutating func play() {
        for (index, message) in messages.enumerated() {
            if message.arrow.isReceived {
                if index > 0 { pause(message.at - messages[index - 1].at) }
                send(message.arrow.step)
            } else {
                receive(message.arrow.step, at: index)
            }
        }
    }

    private mutating func pause(_ time: Duration) {
        guard time >= Self.shortestPause else { return }
        elements.append("<pause milliseconds=\"\(time.nanoseconds / 1_000_000)\"/>")
    }

    private mutating func send(_ step: SignallingStep) {
        guard let message = try? Message(parsing: EventText.masked(step)) else { return }
        let isInvite = message.method == .invite
        if message.isRequest, isInvite { invite = elements.count }
        let template = SIPpTemplate(
            message, lane: lane, isSecret: !step.secrets.isEmpty,
            answering: lastReceived, branch: branch(of: message))
        let isRepeated =
            message.isRequest ? message.method != .ack : isInvite && message.status >= 200
        elements.append(
            """
            <send\(isRepeated ? Self.retransmission : "")><![CDATA[
            \(template.text)
            ]]></send>
            """)
    }

    /// How SIPp names a branch: that of the element so many places before, or a new one.
    private func branch(of message: Message) -> String {
        let isOfInvite = message.method == .cancel || message.method == .ack && isRefusal
        return isOfInvite ? "[branch-\(elements.count - invite)]" : "[branch]"
    }

    /// Whether what came last was a final response other than 2xx, whose ACK goes hop by hop.
    private var isRefusal: Bool { (lastReceived?.status ?? 0) >= 300 }

    private mutating func receive(_ step: SignallingStep, at index: Int) {
        guard let message = try? Message(parsing: step.message) else { return }
        lastReceived = message
        guard message.isRequest else { return receiveResponse(message, at: index) }
        let method = String(decoding: message.method.octets, as: UTF8.self)
        guard message.method == .invite, hasOwnRequests else {
            elements.append("<recv request=\"\(method)\" rrs=\"true\"/>")
            return
        }
        elements.append(
            """
            <recv request="\(method)" rrs="true"><action>
            <ereg regexp=".*" search_in="hdr" header="From:" assign_to="peer"/>
            </action></recv>
            """)
    }

    /// Whether a destination sends requests of its own, and has to know whom to.
    private var hasOwnRequests: Bool {
        !isCaller && messages.contains { $0.arrow.isReceived && $0.arrow.step.status == 0 }
    }

    private mutating func receiveResponse(_ message: Message, at index: Int) {
        var attributes = "response=\"\(message.status)\""
        let isChallenge = message.status == 401 || message.status == 407
        // SIPp wants a message that must come before it goes on.
        let isFollowed = index + 1 < messages.count && !messages[index + 1].arrow.isReceived
        if message.status < 200, isFollowed { attributes += " optional=\"true\"" }
        if isChallenge { attributes += " auth=\"true\"" }
        if message.method == .invite, 200..<300 ~= message.status { attributes += " rrs=\"true\"" }
        elements.append("<recv \(attributes)/>")
        if message.method == .invite, message.status >= 300 { acknowledge(message, at: index) }
    }

    /// A challenge is stateless, so the log has no ACK to it.
    private mutating func acknowledge(_ response: Message, at index: Int) {
        let isRecorded = messages[(index + 1)...].contains {
            $0.arrow.step.method == Method.ack.octets && $0.arrow.step.cseq == response.cseq
        }
        let request = messages[..<index].last {
            $0.arrow.isReceived && $0.arrow.step.method == Method.invite.octets
                && $0.arrow.step.cseq == response.cseq
        }
        guard !isRecorded, let step = request?.arrow.step,
            let message = try? Message(parsing: step.message)
        else { return }
        let template = SIPpTemplate(
            message, lane: lane, isSecret: false, answering: response,
            branch: "[branch-\(elements.count - invite)]")
        elements.append("<send><![CDATA[\n\(template.acknowledgement)\n]]></send>")
    }
}
