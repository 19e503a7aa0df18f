// The fields of transaction steps and of media events.

import Domain

extension SignallingStep.Fields: Coded {
    static let blank = SignallingStep(
        leg: .caller, attempt: 0, method: [], cseq: 0, status: 0, branch: [],
        local: .compactDefault, remote: .compactDefault, transport: .udp, message: [],
        secrets: [], seen: nil
    ).fields

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &leg)
        fields.varint(2, &attempt)
        fields.method(3, &method)
        fields.varint(4, &cseq)
        fields.varint(5, &status)
        fields.short(6, &branch)
        fields.compact(7, &local)
        fields.compact(8, &remote)
        fields.choice(9, &transport)
        codeMessage(&fields)
        fields.deletion(13, &seen)
        fields.varint(14, &descriptionVersion)
    }

    /// The message with its secrets masked, and the secrets one after the other, sealed.
    private mutating func codeMessage(_ fields: inout some FieldCoder) {
        var hidden = maskSecrets()
        fields.octets(10, &message)
        fields.list(11, &secrets)
        guard !secrets.isEmpty else { return }
        fields.sealed(12, &hidden)
        showSecrets(hidden)
    }

    /// Puts asterisks where the secrets are; returns what was there.
    private mutating func maskSecrets() -> Octets {
        var hidden: Octets = []
        for range in secretRanges {
            hidden += message[range]
            message.replaceSubrange(
                range, with: repeatElement(UInt8(ascii: "*"), count: range.count))
        }
        return hidden
    }

    /// The opposite, in the opposite order, because spans may overlap.
    private mutating func showSecrets(_ hidden: Octets) {
        var rest = hidden[...]
        var places: [(Range<Int>, ArraySlice<UInt8>)] = []
        for range in secretRanges where range.count <= rest.count {
            places.append((range, rest.prefix(range.count)))
            rest = rest.dropFirst(range.count)
        }
        for (range, secret) in places.reversed() { message.replaceSubrange(range, with: secret) }
    }

    /// Spans that do not fit the message are left alone.
    private var secretRanges: [Range<Int>] {
        secrets.compactMap { span in
            let start = Int(span.offset)
            let end = start + Int(span.length)
            return end <= message.count ? start..<end : nil
        }
    }
}

extension SecretSpan: Coded {
    static var blank: SecretSpan { SecretSpan(offset: 0, length: 0) }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &offset)
        fields.varint(2, &length)
    }
}

extension TimerFired: Coded {
    static var blank: TimerFired { TimerFired(leg: .caller, attempt: 0, timer: "") }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &leg)
        fields.varint(2, &attempt)
        fields.text(3, &timer)
        fields.octets(4, &branch)
    }
}

extension TransportFailed: Coded {
    static var blank: TransportFailed {
        TransportFailed(leg: .caller, attempt: 0, remote: .compactDefault, reason: "")
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &leg)
        fields.varint(2, &attempt)
        fields.compact(3, &remote)
        fields.text(4, &reason)
    }
}

extension RepeatsAbsorbed: Coded {
    static var blank: RepeatsAbsorbed {
        RepeatsAbsorbed(leg: .caller, attempt: 0, method: [], cseq: 0, received: 0, sent: 0)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &leg)
        fields.varint(2, &attempt)
        fields.method(3, &method)
        fields.varint(4, &cseq)
        fields.varint(5, &received)
        fields.varint(6, &sent)
    }
}

// MARK: Media

extension MediaChanged: Coded {
    static var blank: MediaChanged { MediaChanged(streams: []) }

    mutating func code(_ fields: inout some FieldCoder) { fields.list(1, &streams) }
}

extension MediaStream: Coded {
    static var blank: MediaStream {
        MediaStream(index: 0, caller: .blank, destination: .blank)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &index)
        fields.message(2, &caller)
        fields.message(3, &destination)
    }
}

extension MediaSide: Coded {
    static var blank: MediaSide {
        MediaSide(
            port: 0, rtp: nil, rtcp: nil, payloadTypes: [], clockRate: 0, multiplexed: false,
            signalling: .compactDefault)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &port)
        fields.compact(2, &rtp)
        fields.compact(3, &rtcp)
        fields.octets(4, &payloadTypes)
        fields.varint(5, &clockRate)
        fields.flag(6, &multiplexed)
        fields.compact(7, &signalling)
        fields.flag(8, &isHeld)
    }
}

extension MediaLatched: Coded {
    static var blank: MediaLatched {
        MediaLatched(leg: .caller, stream: 0, rtcp: false, remote: .compactDefault)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &leg)
        fields.varint(2, &stream)
        fields.flag(3, &rtcp)
        fields.compact(4, &remote)
    }
}

extension MediaStarted: Coded {
    static var blank: MediaStarted {
        MediaStarted(leg: .caller, at: WallTime(nanoseconds: 0))
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.choice(1, &leg)
        fields.wall(2, &at)
    }
}

extension MediaReported: Coded {
    static var blank: MediaReported {
        MediaReported(isFinal: false, fromCaller: .blank, fromDestination: .blank)
    }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.flag(1, &isFinal)
        fields.message(2, &fromCaller)
        fields.message(3, &fromDestination)
    }
}

extension MediaFigures: Coded {
    static var blank: MediaFigures { MediaFigures() }

    mutating func code(_ fields: inout some FieldCoder) {
        fields.varint(1, &packets)
        fields.varint(2, &bytes)
        fields.zigzag(3, &lost)
        fields.varint(4, &jitterMicroseconds)
        fields.deletion(5, &first)
        fields.deletion(6, &last)
        fields.varint(7, &strays)
    }
}
