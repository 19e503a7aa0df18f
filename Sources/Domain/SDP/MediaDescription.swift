// One m= section of a session description, as far as a relay must understand it.

/// An m-line with the attributes that say where its packets go.
package struct MediaDescription: Hashable, Sendable {
    /// Who sends (RFC 8866 §6.7).
    package enum Direction: UInt8, Sendable {
        case sendReceive, sendOnly, receiveOnly, inactive

        init?(_ attribute: ArraySlice<UInt8>) {
            if attribute.elementsEqual("sendrecv".utf8) {
                self = .sendReceive
            } else if attribute.elementsEqual("sendonly".utf8) {
                self = .sendOnly
            } else if attribute.elementsEqual("recvonly".utf8) {
                self = .receiveOnly
            } else if attribute.elementsEqual("inactive".utf8) {
                self = .inactive
            } else {
                return nil
            }
        }
    }

    /// `audio`, `video`, `image`, …
    package let kind: ArraySlice<UInt8>
    /// 0 means refused or switched off.
    package let port: UInt16
    /// `RTP/AVP`, `udptl`, …
    package let proto: ArraySlice<UInt8>
    /// From c= of the section, else of the session; nil for a name or where there is none.
    package internal(set) var address: IPAddress?
    /// All formats, as written.
    let formats: ArraySlice<UInt8>
    /// The RTP payload types offered, in order of preference; empty for other protocols.
    package let payloadTypes: [UInt8]
    package internal(set) var rtcpMux = false
    package internal(set) var direction = Direction.sendReceive
    /// a=rtcp as given; the address is the media's unless it has one of its own.
    var rtcpPort: UInt16?
    var rtcpAddress: IPAddress?
    /// a=rtpmap as given: few of them are ever asked for.
    var mappings: [Mapping] = []

    struct Mapping: Hashable, Sendable {
        let type: UInt8
        let encoding: ArraySlice<UInt8>
    }

    /// Reads `audio 49170 RTP/AVP 0 8`, `/2` after the port allowed (RFC 8866 §5.14).
    init?(parsing value: ArraySlice<UInt8>) {
        var words = Words(value)
        guard let kind = words.next(), kind.isToken, let port = words.next().flatMap(Self.port),
            let proto = words.next(), let format = words.next()
        else { return nil }
        self.kind = kind
        self.port = port
        self.proto = proto
        formats = value[format.startIndex...].trimmed
        payloadTypes = Self.isRTP(proto) ? Self.payloadTypes(formats) : []
    }

    /// `49170`, or `49170/2` with a number of ports.
    private static func port(_ text: ArraySlice<UInt8>) -> UInt16? {
        let first = text.prefix { $0 != Octet.slash }
        let rest = text[first.endIndex...]
        if !rest.isEmpty, rest.dropFirst().decimal(UInt16.self) == nil { return nil }
        return first.decimal(UInt16.self)
    }

    private static func payloadTypes(_ formats: ArraySlice<UInt8>) -> [UInt8] {
        var types: [UInt8] = []
        for format in Words(formats) {
            if let type = format.decimal(UInt8.self), type < 128 { types.append(type) }
        }
        return types
    }

    /// Where its RTCP goes without multiplexing: a=rtcp (RFC 3605), else the next port.
    package var rtcp: Endpoint? {
        guard port != 0, let address = rtcpAddress ?? address else { return nil }
        guard let port = rtcpPort ?? (port < .max ? port + 1 : nil) else { return nil }
        return Endpoint(address, port)
    }

    /// Where its media goes; nil where there is no address or the port is 0.
    package var endpoint: Endpoint? {
        guard port != 0, let address else { return nil }
        return Endpoint(address, port)
    }

    /// Whether its packets are datagrams; connections are not relayed.
    package var isRelayable: Bool { Self.isRelayable(proto) }

    package var isRTP: Bool { Self.isRTP(proto) }

    private static func isRelayable(_ proto: ArraySlice<UInt8>) -> Bool {
        proto.startsIgnoringCase("RTP/") || proto.startsIgnoringCase("UDP")
            || proto.startsIgnoringCase("DTLS/")
    }

    private static func isRTP(_ proto: ArraySlice<UInt8>) -> Bool {
        isRelayable(proto)
            && Words(proto, separator: Octet.slash).contains { $0.equalsIgnoringCase("RTP") }
    }

    /// What the first payload type means; nil where that is unknown.
    package var firstCodec: Codec? { payloadTypes.first.flatMap(codec) }

    /// What a payload type means here: a=rtpmap, else RFC 3551.
    package func codec(_ payloadType: UInt8) -> Codec? {
        for mapping in mappings.reversed() where mapping.type == payloadType {
            if let codec = Codec(encoding: mapping.encoding) { return codec }
        }
        return Codec.fixed(payloadType)
    }
}
