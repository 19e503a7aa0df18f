// The fixed part of an RTP packet, read in place: all that a relay needs to know of one.

/// RFC 3550 §5.1, all numbers in network order:
///
///      0                   1                   2                   3
///     |V=2|P|X|  CC   |M|     PT      |       sequence number         |
///     |                           timestamp                           |
///     |           synchronization source (SSRC) identifier            |
package struct RTPHeader: Hashable, Sendable {
    /// 0 to 127.
    package var payloadType: UInt8
    package var sequence: UInt16
    /// In units of the codec's clock rate, from a random start.
    package var timestamp: UInt32
    package var ssrc: UInt32

    package init(payloadType: UInt8, sequence: UInt16, timestamp: UInt32, ssrc: UInt32) {
        self.payloadType = payloadType
        self.sequence = sequence
        self.timestamp = timestamp
        self.ssrc = ssrc
    }

    /// Reads the header; nil when the packet is too short or not version 2.
    package init?(_ packet: UnsafeRawBufferPointer) {
        guard packet.count >= 12, packet[0] >> 6 == 2 else { return nil }
        payloadType = packet[1] & 0x7f
        sequence = UInt16(packet[2]) << 8 | UInt16(packet[3])
        timestamp = Self.word(packet, at: 4)
        ssrc = Self.word(packet, at: 8)
    }

    /// Whether a packet on a shared port is RTCP: packet types 192 to 223 (RFC 5761 §4).
    package static func isControl(_ packet: UnsafeRawBufferPointer) -> Bool {
        packet.count >= 8 && packet[0] >> 6 == 2 && (192...223).contains(packet[1])
    }

    /// The sender of an RTCP packet (RFC 3550 §6.4); nil for anything else.
    package static func controlSender(_ packet: UnsafeRawBufferPointer) -> UInt32? {
        isControl(packet) ? word(packet, at: 4) : nil
    }

    private static func word(_ packet: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        UInt32(bigEndian: packet.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}

/// A set of payload types, 0 to 127, that costs nothing to ask.
package struct PayloadTypes: Hashable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// Numbers past 127 are no payload types and are left out.
    package init(_ types: some Sequence<UInt8>) {
        for type in types {
            if type < 64 {
                low |= 1 << UInt64(type)
            } else if type < 128 {
                high |= 1 << UInt64(type - 64)
            }
        }
    }

    package func contains(_ type: UInt8) -> Bool {
        if type < 64 { return low >> UInt64(type) & 1 == 1 }
        return type < 128 && high >> UInt64(type - 64) & 1 == 1
    }
}
