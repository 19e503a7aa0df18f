// A message as a capture agent reports it to a collector such as Homer, in HEP version 3.

package import Domain
import EventStore

/// Encodes messages of a ladder for a collector. Both legs have the call's identifier as correlation,
/// so that the collector shows them together.
package struct CapturePacket {
    /// Types of the generic chunks.
    private enum Chunk: UInt16 {
        case family = 1
        case transport = 2
        case sourceV4 = 3
        case destinationV4 = 4
        case sourceV6 = 5
        case destinationV6 = 6
        case sourcePort = 7
        case destinationPort = 8
        case seconds = 9
        case microseconds = 10
        case payloadKind = 11
        case agent = 12
        case payload = 15
        case correlation = 17
    }

    private static let familyV4: UInt8 = 2
    private static let familyV6: UInt8 = 10
    private static let udp: UInt8 = 17
    private static let sip: UInt8 = 1
    private static let agent: UInt32 = 1

    private let ladder: Ladder

    package init(_ ladder: Ladder) { self.ladder = ladder }

    /// One datagram for each message, in order.
    package var datagrams: [Octets] {
        ladder.rungs.compactMap { rung in
            guard case .message(let arrow) = rung.content else { return nil }
            return datagram(arrow, at: rung.at)
        }
    }

    private func datagram(_ arrow: Ladder.Arrow, at time: WallTime) -> Octets {
        let (source, destination) = arrow.path
        let isV6 = source.address.isV6 || destination.address.isV6
        let seconds = time.nanoseconds / 1_000_000_000
        let microseconds = time.nanoseconds % 1_000_000_000 / 1_000
        var chunks: Octets = []
        chunks += Self.chunk(.family, isV6 ? Self.familyV6 : Self.familyV4)
        chunks += Self.chunk(.transport, Self.udp)
        chunks += Self.chunk(
            isV6 ? .sourceV6 : .sourceV4, octets: Datagram.octets(source.address, isV6))
        chunks += Self.chunk(
            isV6 ? .destinationV6 : .destinationV4,
            octets: Datagram.octets(destination.address, isV6))
        chunks += Self.chunk(.sourcePort, source.port)
        chunks += Self.chunk(.destinationPort, destination.port)
        chunks += Self.chunk(.seconds, UInt32(truncatingIfNeeded: seconds))
        chunks += Self.chunk(.microseconds, UInt32(truncatingIfNeeded: microseconds))
        chunks += Self.chunk(.payloadKind, Self.sip)
        chunks += Self.chunk(.agent, Self.agent)
        chunks += Self.chunk(.correlation, octets: Octets("\(ladder.call)".utf8))
        chunks += Self.chunk(.payload, octets: payload(arrow, beside: chunks.count))
        var out = Octets("HEP3".utf8)
        out.append(bigEndian: UInt16(6 + chunks.count))
        return out + chunks
    }

    /// The message; what a datagram cannot hold is cut.
    private func payload(_ arrow: Ladder.Arrow, beside used: Int) -> Octets {
        let largest = 65_507 - 6 - 6 - used
        return Octets(EventText.masked(arrow.step).prefix(largest))
    }

    private static func chunk(_ type: Chunk, _ value: some FixedWidthInteger) -> Octets {
        var octets: Octets = []
        octets.append(bigEndian: value)
        return chunk(type, octets: octets)
    }

    /// Vendor 0, type, and length with these six bytes.
    private static func chunk(_ type: Chunk, octets: Octets) -> Octets {
        var out: Octets = [0, 0]
        out.append(bigEndian: type.rawValue)
        out.append(bigEndian: UInt16(6 + octets.count))
        return out + octets
    }
}
