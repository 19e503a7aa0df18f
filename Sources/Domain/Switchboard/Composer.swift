// How our own messages are written. Nothing of a peer's message crosses unless it is listed here.

extension Switchboard {
    /// A response of ours within a call.
    struct Reply {
        var status: UInt16
        var phrase: Octets
        var headers: [(StaticString, Octets)] = []
        var payload = Payload()
        /// The To tag; the call's own when nil.
        var tag: Octets?
        /// The peer's message that this relays.
        var relayed: Message?

        init(status: UInt16, phrase: String) {
            self.init(status: status, phrase: Octets(phrase.utf8))
        }

        init(status: UInt16, phrase: Octets, relaying relayed: Message? = nil) {
            self.status = status
            self.phrase = phrase
            self.relayed = relayed
        }
    }

    /// A request of ours within a dialog.
    struct Order {
        var method: Method
        var cseq: UInt32
        var maxForwards: UInt32 = 70
        var headers: [(StaticString, Octets)] = []
        var payload = Payload()
        var relayed: Message?

        init(_ method: Method, cseq: UInt32) {
            self.method = method
            self.cseq = cseq
        }
    }

    func write(_ reply: Reply, to transaction: ServerTransaction, of call: Call) -> Octets {
        let tag = reply.tag ?? localTag(of: call, transaction)
        var writer = MessageWriter.response(
            to: transaction.request, status: reply.status,
            phrase: String(decoding: reply.phrase, as: UTF8.self),
            toTag: reply.status == 100 ? nil : tag, received: transaction.source)
        if reply.status > 100, transaction.request.method == .invite {
            if reply.status < 300 {
                for route in transaction.request.headers(.recordRoute) {
                    writer.header("Record-Route", route)
                }
                writeContact(&writer, settings.listener(at: transaction.local))
                writer.header("Allow", Self.allow)
            }
            let session = session(towards: transaction.leg, of: call, relaying: reply.relayed)
            writer.header("Session-ID", session.value)
        }
        writer.header("Server", settings.product)
        relayHeaders(of: reply.relayed, status: reply.status, into: &writer)
        for (name, value) in reply.headers { writer.header(name, value) }
        return writer.ended(reply.payload)
    }

    private func localTag(of call: Call, _ transaction: ServerTransaction) -> Octets {
        call.dialog(transaction.leg, attempt: transaction.attempt)?.localTag ?? []
    }

    /// `attempt` is nil on the caller's leg.
    func write(_ order: Order, branch: Octets, of call: Call, attempt: Attempt?) -> Octets {
        let dialog = attempt?.dialog ?? call.caller
        let listener = settings.listener(at: dialog.local)
        var writer = MessageWriter()
        writer.request(order.method, dialog.requestURI)
        writer.header("Via") {
            $0 += "SIP/2.0/UDP ".utf8
            $0 += listener.sentBy
            $0 += ";branch=".utf8
            $0 += branch
            $0 += ";rport".utf8
        }
        for route in dialog.routeSet { writer.header("Route", route) }
        writer.header("Max-Forwards") { $0.append(decimal: order.maxForwards) }
        let (from, to) = parties(of: call, attempt, listener)
        writer.party("From", from, tag: dialog.localTag)
        writer.party("To", to, tag: dialog.remoteTag)
        writer.header("Call-ID", dialog.sipCallID)
        writer.sequence(order.cseq, order.method)
        if order.method == .invite {
            writeContact(&writer, listener)
            writer.header("Allow", Self.allow)
        }
        let leg: Leg = attempt == nil ? .caller : .destination
        let session = session(towards: leg, of: call, relaying: order.relayed)
        writer.header("Session-ID", session.value)
        writer.header("User-Agent", settings.product)
        relayHeaders(of: order.relayed, status: 0, into: &writer)
        for (name, value) in order.headers { writer.header(name, value) }
        return writer.ended(order.payload)
    }

    /// CANCEL, or the ACK to a final response of 300 or more, repeats its INVITE's names
    /// (RFC 3261 §9.1, §17.1.1.3).
    func write(
        _ method: Method, onto invite: Message, to: ArraySlice<UInt8>,
        reasons: [ArraySlice<UInt8>] = []
    ) -> Octets {
        var writer = MessageWriter()
        writer.request(method, invite.requestURI)
        if let via = invite.headers(.via).first { writer.header("Via", via) }
        for route in invite.headers(.route) { writer.header("Route", route) }
        writer.header("Max-Forwards", "70")
        writer.header("From", invite.header(.from) ?? [])
        writer.header("To", to)
        writer.header("Call-ID", invite.callID)
        writer.sequence(invite.cseq, method)
        if let session = invite.header(.sessionID) { writer.header("Session-ID", session) }
        for reason in reasons { writer.header("Reason", reason) }
        writer.header("User-Agent", settings.product)
        return writer.ended()
    }

    private func writeContact(_ writer: inout MessageWriter, _ listener: Listener) {
        writer.header("Contact") {
            $0 += "<sip:".utf8
            $0 += listener.sentBy
            $0 += ">".utf8
        }
    }

    /// From and To of our requests. On the destination's leg the caller keeps its name and number,
    /// and the host is ours.
    private func parties(
        of call: Call, _ attempt: Attempt?, _ listener: Listener
    ) -> (from: Octets, to: Octets) {
        guard let attempt else { return (call.offered.to, call.offered.from) }
        let name = NameAddress.displayName(of: call.offered.from)
        let user = NameAddress.user(of: call.offered.from)
        var from = name.isEmpty ? [] : name + " ".utf8
        from += "<sip:".utf8 + (user.isEmpty ? [] : user + "@".utf8) + listener.host + ">".utf8
        return (from, Octets("<".utf8) + attempt.routed.requestURI + ">".utf8)
    }

    /// Both identifiers as the receiver is to see them. An end that does not know RFC 7989 is stood
    /// in for: the caller by what we minted for it, the destination by the call's own identifier.
    private func session(
        towards leg: Leg, of call: Call, relaying message: Message?
    ) -> SessionID {
        let heard = message.flatMap { SessionID(in: $0) }
        let caller = call.offered.localSession
        let destination = Hex.encode(call.id.high) + Hex.encode(call.id.low)
        if leg == .caller {
            return SessionID(local: heard?.local ?? destination, remote: caller)
        }
        return SessionID(local: caller, remote: heard?.remote ?? SessionID.null)
    }

    /// The headers that cross: descriptions of the body, why something ended, what the caller asks
    /// to keep private.
    private func relayHeaders(
        of message: Message?, status: UInt16, into writer: inout MessageWriter
    ) {
        guard let message else { return }
        for reason in message.headers(.reason) { writer.header("Reason", reason) }
        if status == 0, let privacy = message.header(.privacy) { writer.header("Privacy", privacy) }
        if status == 488 || status == 606 {
            for warning in message.headers(.warning) { writer.header("Warning", warning) }
        }
        guard !message.body.isEmpty else { return }
        for (name, key) in Self.bodyHeaders {
            for value in message.headers(key) { writer.header(name, value) }
        }
    }

    private static let bodyHeaders: [(StaticString, HeaderName)] = [
        ("Content-Disposition", .contentDisposition), ("Content-Encoding", .contentEncoding),
        ("Content-Language", .contentLanguage),
    ]

    // MARK: Steps

    /// A received message as its event has it.
    static func step(
        _ message: Message, leg: Leg, attempt: UInt8, _ path: Path
    ) -> SignallingStep {
        SignallingStep(
            leg: leg, attempt: attempt, method: message.method.octets, cseq: message.cseq,
            status: message.isRequest ? 0 : message.status, branch: Octets(message.topVia.branch),
            local: path.local, remote: path.source, transport: .udp, message: message.bytes,
            secrets: SessionBody.secretSpans(in: message), seen: nil)
    }

    /// Where in a message of ours the secrets of a relayed description now stand.
    func secrets(in bytes: Octets, relaying message: Message?) -> [SecretSpan] {
        guard let message, SessionBody.hasKeys(message), let written = try? Message(parsing: bytes)
        else { return [] }
        return SessionBody.secretSpans(in: written)
    }
}

extension MessageWriter {
    /// From or To; without a tag where there is none yet.
    mutating func party(_ name: StaticString, _ party: Octets, tag: Octets) {
        header(name) {
            $0 += party
            guard !tag.isEmpty else { return }
            $0 += ";tag=".utf8
            $0 += tag
        }
    }

    mutating func sequence(_ number: UInt32, _ method: Method) {
        header("CSeq") {
            $0.append(decimal: number)
            $0.append(Octet.space)
            $0 += method.octets
        }
    }

    /// Ends the message and gives its bytes. A body without a type is left out: nobody could read it.
    consuming func ended(_ payload: Switchboard.Payload = Switchboard.Payload()) -> Octets {
        if payload.body.isEmpty || payload.contentType.isEmpty {
            end()
        } else {
            end(body: payload.body, contentType: payload.contentType)
        }
        return bytes
    }
}

extension NameAddress {
    /// Display name and URI in brackets, without parameters.
    var party: Octets {
        let name = displayName.isEmpty ? [] : Octets(displayName) + " ".utf8
        return name + "<".utf8 + uri + ">".utf8
    }

    /// The display name of a party, as written.
    static func displayName(of party: Octets) -> Octets {
        NameAddress(parsing: party[...]).map { Octets($0.displayName) } ?? []
    }

    /// The user part of a party's URI, as written.
    static func user(of party: Octets) -> Octets {
        guard let address = NameAddress(parsing: party[...]),
            let user = URI(parsing: address.uri)?.user
        else { return [] }
        return Octets(user)
    }
}
