// Session descriptions and what follows from them: which ports, whose addresses, what the relay is
// told. Offer and answer pass through; only where the media goes is ours (RFC 3264).

extension Switchboard {
    /// A body as it is sent on.
    struct Payload {
        var body: Octets = []
        var contentType: Octets = []
        /// Version of the session description in it; 0 when there is none.
        var version: UInt64 = 0
        /// Name and clock rate of the first codec, such as `PCMU/8000`.
        var codec = ""

        var isDescription: Bool { version != 0 }
    }

    /// Looks at the caller's offer before anything is routed.
    func openMedia(_ call: Call, _ request: Message) -> Refusal? {
        guard let range = SessionBody.find(in: request) else { return nil }
        guard let description = try? SessionDescription(parsing: request.bytes[range]),
            !namesOwnPorts(description)
        else {
            return Refusal(reason: .badSession, status: 488, phrase: "Not Acceptable Here")
        }
        let wanted = description.media.count { $0.isRelayable && $0.port != 0 }
        let isReady = readyPorts.count >= 2 * min(wanted, Limits.relayedStreams)
        guard replay?.hadPorts ?? isReady else {
            return Refusal(reason: .noMediaPort, status: 503, phrase: "No Media Port")
        }
        return nil
    }

    /// A description that names our relay would make it talk to itself. A call that comes back to us
    /// names the ports of its other leg, which is as it should be.
    private func namesOwnPorts(_ description: SessionDescription) -> Bool {
        description.media.contains { media in
            guard let address = media.address, settings.mediaAddresses.contains(address),
                settings.mediaPorts.contains(media.port)
            else { return false }
            return !calls.values.contains { $0.ports.contains(media.port) }
        }
    }

    /// The body of a message as the other leg gets it; takes a description into the media layout.
    func relayedBody(of message: Message, from leg: Leg, _ call: Call) -> Payload {
        let contentType = Octets(message.header(.contentType) ?? [])
        guard let range = SessionBody.find(in: message) else {
            return Payload(body: Octets(message.body), contentType: contentType)
        }
        guard let description = try? SessionDescription(parsing: message.bytes[range]) else {
            return Payload()
        }
        setMedia(call, layout(description, from: leg, of: call))
        let written = rewrite(description, towards: leg.other, call)
        let replaced = SessionBody.replacing(range, with: written.octets, in: message)
        return Payload(
            body: replaced.body, contentType: replaced.contentType, version: written.version,
            codec: description.media.first?.firstCodec.map { $0.name } ?? "")
    }

    /// The call's streams after a side has described itself.
    func layout(
        _ description: SessionDescription, from leg: Leg, of call: Call
    ) -> [MediaStream] {
        var streams = call.streams
        for (index, media) in description.media.enumerated() where index < Limits.mediaDescriptions
        {
            if let known = streams.firstIndex(where: { $0.index == index }) {
                streams[known][leg].take(media)
            } else if media.isRelayable, media.port != 0, streams.count < Limits.relayedStreams,
                var new = stream(index, call)
            {
                new[leg].take(media)
                streams.append(new)
            }
        }
        return streams
    }

    /// A new stream with a port on each side that has one; nil when there is none to be had.
    private func stream(_ index: Int, _ call: Call) -> MediaStream? {
        let attempt = call.attempts.last
        let isEcho = attempt?.isEcho ?? false
        guard readyPorts.count >= (isEcho ? 1 : 2) else { return nil }
        let caller = MediaSide(port: readyPorts.removeLast(), signalling: call.caller.peer.address)
        let destination = MediaSide(
            port: isEcho ? 0 : readyPorts.removeLast(),
            signalling: attempt?.dialog.peer.address ?? call.caller.peer.address)
        return MediaStream(index: UInt8(index), caller: caller, destination: destination)
    }

    /// Before another destination is tried: what the last one said of itself is forgotten.
    func resetDestination(_ call: Call, _ attempt: Attempt) {
        var streams = call.streams
        for index in streams.indices {
            let port = streams[index].destination.port
            streams[index].destination = MediaSide(
                port: port, signalling: attempt.dialog.peer.address)
        }
        setMedia(call, streams)
    }

    /// Records a layout and has the relay follow it.
    func setMedia(_ call: Call, _ streams: [MediaStream]) {
        guard streams != call.streams else { return }
        record(.mediaChanged(MediaChanged(streams: streams)), of: call)
        orderMedia(call, reopensLatch: true)
    }

    /// Tells the relay what the call's media is to be.
    func orderMedia(_ call: Call, reopensLatch: Bool) {
        guard !call.streams.isEmpty, !call.isOver else { return }
        let trunk = call.authorised.flatMap { directory.trunk(id: $0.trunk) }
        let isAnswered = call.answer != nil
        outbox.orders.append(
            .set(
                RelaySession(
                    call: call.id, streams: call.streams,
                    forwardsFromCaller: isAnswered || trunk?.earlyMedia != .toCaller,
                    echoes: call.isEcho, reopensLatch: reopensLatch,
                    latches: call.latches, base: call.figures,
                    silenceLimit: isAnswered && !call.isOnHold ? settings.mediaSilence : .zero)))
    }

    /// A description as a leg gets it: our address and ports, everything else as it was. Its version
    /// is one more than that of the last one when anything has changed.
    func rewrite(
        _ description: SessionDescription, towards leg: Leg, _ call: Call, asEcho: Bool = false
    ) -> (octets: Octets, version: UInt64) {
        let peer = leg == .caller ? call.caller.peer : call.attempts.last?.dialog.peer
        let address = settings.mediaAddress(towards: (peer ?? call.caller.peer).address)
        let ports = description.media.indices.map { index in
            call.streams.first { Int($0.index) == index }.map { $0[leg].port }
        }
        let write: (UInt64) -> (octets: Octets, version: UInt64) = { version in
            let octets = description.rewritten(
                sessionID: call.offered.seed >> 2 ^ UInt64(leg.rawValue), version: version,
                address: address, ports: ports)
            return (asEcho ? Self.echo(octets) : octets, version)
        }
        guard let sent = call.described[leg] else { return write(1) }
        let same = write(sent.descriptionVersion)
        let isSame = SessionBody.octets(in: sent.message) == same.octets
        return isSame ? same : write(sent.descriptionVersion + 1)
    }
}

extension MediaSide {
    fileprivate init(port: UInt16, signalling: IPAddress) {
        self.init(
            port: port, rtp: nil, rtcp: nil, payloadTypes: [], clockRate: 8_000,
            multiplexed: false, signalling: signalling)
    }

    /// What the peer's description says of one stream.
    fileprivate mutating func take(_ media: MediaDescription) {
        multiplexed = media.rtcpMux
        payloadTypes = media.payloadTypes.sorted()
        clockRate = media.firstCodec?.clockRate ?? clockRate
        isHeld = media.direction != .sendReceive
        guard media.port != 0, let address = media.address, !address.isUnspecified else {
            rtp = nil
            rtcp = nil
            isHeld = true
            return
        }
        rtp = Endpoint(address, media.port)
        rtcp = media.rtcpMux ? rtp : media.rtcp
    }
}
