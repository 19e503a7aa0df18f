// Names and clock rates of RTP payload types: those that RFC 3551 §6 fixed, and a=rtpmap's own.

/// What a payload type means.
package struct Codec: Hashable, Sendable {
    /// As a=rtpmap writes it, without channels: `PCMU/8000`.
    package var name: String
    /// Ticks of the RTP timestamp in a second; never 0.
    package var clockRate: UInt32

    package init(name: String, clockRate: UInt32) {
        self.name = name
        self.clockRate = clockRate
    }

    /// Reads `PCMU/8000` or `L16/44100/2`; nil without a usable clock rate.
    init?(encoding: ArraySlice<UInt8>) {
        let name = encoding.prefix { $0 != Octet.slash }
        let rest = encoding[name.endIndex...].dropFirst().prefix { $0 != Octet.slash }
        guard name.isToken, name.count <= 32, let rate = rest.decimal(UInt32.self), rate > 0 else {
            return nil
        }
        self.init(
            name: String(decoding: encoding[..<rest.endIndex], as: UTF8.self), clockRate: rate)
    }

    /// The meaning of a payload type without a=rtpmap; nil for dynamic ones.
    static func fixed(_ payloadType: UInt8) -> Codec? {
        let entry: (String, UInt32)? =
            switch payloadType {
            case 0: ("PCMU", 8_000)
            case 3: ("GSM", 8_000)
            case 4: ("G723", 8_000)
            case 5: ("DVI4", 8_000)
            case 6: ("DVI4", 16_000)
            case 7: ("LPC", 8_000)
            case 8: ("PCMA", 8_000)
            case 9: ("G722", 8_000)
            case 10, 11: ("L16", 44_100)
            case 12: ("QCELP", 8_000)
            case 13: ("CN", 8_000)
            case 14: ("MPA", 90_000)
            case 15: ("G728", 8_000)
            case 16: ("DVI4", 11_025)
            case 17: ("DVI4", 22_050)
            case 18: ("G729", 8_000)
            case 25: ("CelB", 90_000)
            case 26: ("JPEG", 90_000)
            case 28: ("nv", 90_000)
            case 31: ("H261", 90_000)
            case 32: ("MPV", 90_000)
            case 33: ("MP2T", 90_000)
            case 34: ("H263", 90_000)
            default: nil
            }
        return entry.map { Codec(name: "\($0.0)/\($0.1)", clockRate: $0.1) }
    }
}
