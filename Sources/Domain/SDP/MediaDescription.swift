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
    package let kind: Octets
    /// 0 means refused or switched off.
    package let port: UInt16
    /// `RTP/AVP`, `udptl`, …
    package let proto: Octets
    /// From c= of the section, else of the session; nil for a name or where there is none.
    package internal(set) var address: IPAddress?
    package let formats: [Octets]
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
        let parts = value.split(separator: Octet.space)
        guard parts.count >= 4, parts[0].isToken else { return nil }
        let portParts = parts[1].split(separator: Octet.slash, omittingEmptySubsequences: false)
        guard portParts.count <= 2, let port = portParts[0].decimal(UInt16.self),
            portParts.count == 1 || portParts[1].decimal(UInt16.self) != nil
        else { return nil }
        kind = Octets(parts[0])
        self.port = port
        proto = Octets(parts[2])
        formats = parts[3...].map { Octets($0) }
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
    package var isRelayable: Bool {
        let proto = proto[...]
        return proto.startsIgnoringCase("RTP/") || proto.startsIgnoringCase("UDP")
            || proto.startsIgnoringCase("DTLS/")
    }

    package var isRTP: Bool {
        let parts = proto.split(separator: Octet.slash)
        return isRelayable && parts.contains { $0.equalsIgnoringCase("RTP") }
    }

    /// The RTP payload types offered, in order of preference; empty for other protocols.
    package var payloadTypes: [UInt8] {
        guard isRTP else { return [] }
        return formats.compactMap { $0[...].decimal(UInt8.self) }.filter { $0 < 128 }
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
