// The built-in destination: it answers at once and plays the caller's media back, so that anybody can
// try a call without a carrier.

extension Switchboard {
    func answerEcho(_ call: Call, _ route: Route) {
        record(.callRouted(facts(ofEchoFor: call, route)), of: call)
        answerEcho(call)
    }

    /// Answers a call that is routed to the built-in destination.
    func answerEcho(_ call: Call) {
        guard let key = call.volatile.inviteKey, let transaction = servers[key],
            let payload = echoPayload(call, transaction.request)
        else { return conclude(call, by: .gateway, cause: .badSession) }
        if call.answer == nil {
            record(
                .callAnswered(
                    CallAnswered(
                        attempt: UInt8(call.attempts.count), status: 200,
                        phrase: Octets("OK".utf8), remoteTag: [],
                        callerTag: call.offered.localTag, remoteTarget: [], routeSet: [],
                        codec: payload.codec)),
                of: call)
        }
        respondEcho(call, transaction, payload)
        schedule(call)
    }

    func renegotiateEcho(_ call: Call, _ request: Message, _ transaction: ServerTransaction) {
        guard let payload = echoPayload(call, request) else {
            return respond(transaction, call, Reply(status: 488, phrase: "Not Acceptable Here"))
        }
        respondEcho(call, transaction, payload)
    }

    private func respondEcho(
        _ call: Call, _ transaction: ServerTransaction, _ payload: Payload
    ) {
        var reply = Reply(status: 200, phrase: "OK")
        reply.payload = payload
        respond(transaction, call, reply)
        orderMedia(call, reopensLatch: true)
    }

    private func facts(ofEchoFor call: Call, _ route: Route) -> CallRouted {
        CallRouted(
            attempt: UInt8(call.attempts.count + 1), route: route.id, routeVersion: route.version,
            carrier: nil, carrierVersion: 0, destination: CallRouted.echoDestination,
            requestURI: call.offered.requestURI, target: nil, local: nil, sipCallID: [],
            localTag: [], callerNumber: call.offered.callerNumber,
            calledNumber: call.offered.calledNumber)
    }

    /// The answer to the caller's offer, or an offer of ours when there is none; nil when there is
    /// nothing that can be echoed.
    private func echoPayload(_ call: Call, _ request: Message) -> Payload? {
        let sdp = Octets("application/sdp".utf8)
        guard let range = SessionBody.find(in: request) else {
            return echoOffer(call).map {
                Payload(
                    body: $0.octets, contentType: sdp, version: $0.version, codec: "PCMU/8000")
            }
        }
        guard let description = try? SessionDescription(parsing: request.bytes[range]),
            description.media.contains(where: { $0.isPlainRTP && $0.port != 0 })
        else { return nil }
        let streams = layout(description, from: .caller, of: call)
        guard !streams.isEmpty else { return nil }
        setMedia(call, streams)
        let written = rewrite(description, towards: .caller, call, asEcho: true)
        return Payload(
            body: written.octets, contentType: sdp, version: written.version,
            codec: description.media.first?.firstCodec.map { $0.name } ?? "")
    }

    /// A minimal offer of G.711 on a port of ours.
    private func echoOffer(_ call: Call) -> (octets: Octets, version: UInt64)? {
        let address = settings.mediaAddress(towards: call.caller.peer.address)
        let family = address.isV6 ? "IP6" : "IP4"
        let offer = """
            v=0\r\no=- 0 0 IN \(family) \(address)\r\ns=-\r\nc=IN \(family) \(address)\r\n\
            t=0 0\r\nm=audio 9 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\n
            """
        guard let description = try? SessionDescription(parsing: Octets(offer.utf8)) else {
            return nil
        }
        if call.streams.isEmpty {
            var streams = layout(description, from: .caller, of: call)
            guard !streams.isEmpty else { return nil }
            streams[0].caller.rtp = nil
            streams[0].caller.rtcp = nil
            setMedia(call, streams)
        }
        return rewrite(description, towards: .caller, call)
    }

    /// An offer that only sends is answered by only receiving, and the reverse (RFC 3264 §6.1).
    static func echo(_ offer: Octets) -> Octets {
        let sends = Octets("a=sendonly".utf8)
        let receives = Octets("a=recvonly".utf8)
        var answer = offer
        var start = 0
        while start < answer.count {
            let end = answer[start...].firstIndex(of: 0x0a) ?? answer.count
            let line = answer[start..<end]
            if line.starts(with: sends) {
                answer.replaceSubrange(start..<start + sends.count, with: receives)
            } else if line.starts(with: receives) {
                answer.replaceSubrange(start..<start + receives.count, with: sends)
            }
            start = end + 1
        }
        return answer
    }
}

extension MediaDescription {
    /// RTP whose packets mean the same when they come back: secured ones would not (RFC 3711).
    fileprivate var isPlainRTP: Bool {
        proto.elementsEqual("RTP/AVP".utf8) || proto.elementsEqual("RTP/AVPF".utf8)
    }
}
