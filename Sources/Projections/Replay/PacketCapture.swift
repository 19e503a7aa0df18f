// The messages of a call as a capture file, for the tools that everybody has: Wireshark, tshark, sngrep.
// What no packet shows, the decisions, stands in the packets' comments.

package import Domain
import EventStore

/// Writes a ladder as pcapng (draft-ietf-opsawg-pcapng).
package struct PacketCapture {
    private static let sectionHeader: UInt32 = 0x0a0d_0d0a
    private static let interfaceDescription: UInt32 = 1
    private static let enhancedPacket: UInt32 = 6
    /// Packets begin with their IP header, of either version.
    private static let linkTypeRaw: UInt16 = 101

    private let ladder: Ladder

    package init(_ ladder: Ladder) { self.ladder = ladder }

    /// The whole file.
    package var bytes: Octets {
        var out = header
        for (rung, arrow, facts) in packets {
            let path = arrow.path
            let datagram = Datagram(
                source: path.source, destination: path.destination,
                payload: EventText.masked(arrow.step))
            out += packet(datagram.bytes, at: rung.at, comments: facts)
        }
        return out
    }

    /// Each message with the facts that follow it; those before the first message go to that one.
    private var packets: [(rung: Ladder.Rung, arrow: Ladder.Arrow, facts: [String])] {
        var found: [(rung: Ladder.Rung, arrow: Ladder.Arrow, facts: [String])] = []
        var early = [ladder.title.printable]
        for rung in ladder.rungs {
            switch rung.content {
            case .message(let arrow):
                let repeats = arrow.repeats > 0 ? ["seen \(arrow.repeats + 1) times"] : []
                found.append((rung, arrow, early + repeats))
                early = []
            case .fact(let fact):
                let text = "event \(rung.number), \(ladder.offset(rung)): \(fact.text.printable)"
                if found.isEmpty {
                    early.append(text)
                } else {
                    found[found.count - 1].facts.append(text)
                }
            }
        }
        return found
    }

    private var header: Octets {
        var section: Octets = []
        // Byte order, version 1.0, and a length that is not said.
        section.append(littleEndian: 0x1a2b_3c4d as UInt32)
        section.append(littleEndian: 1 as UInt16)
        section.append(littleEndian: 0 as UInt16)
        section.append(littleEndian: UInt64.max)
        section += Self.option(1, Octets("call \(ladder.call)".utf8))
        section += Self.option(4, Octets("trunkline".utf8)) + Self.endOfOptions
        var interface: Octets = []
        interface.append(littleEndian: Self.linkTypeRaw)
        interface.append(littleEndian: 0 as UInt16)
        interface.append(littleEndian: 0 as UInt32)
        // Times are in nanoseconds.
        interface += Self.option(9, [9]) + Self.endOfOptions
        return Self.block(Self.sectionHeader, section)
            + Self.block(Self.interfaceDescription, interface)
    }

    private func packet(_ bytes: Octets, at time: WallTime, comments: [String]) -> Octets {
        let ticks = UInt64(bitPattern: time.nanoseconds)
        var body: Octets = []
        body.append(littleEndian: 0 as UInt32)
        body.append(littleEndian: UInt32(truncatingIfNeeded: ticks >> 32))
        body.append(littleEndian: UInt32(truncatingIfNeeded: ticks))
        body.append(littleEndian: UInt32(bytes.count))
        body.append(littleEndian: UInt32(bytes.count))
        body += Self.padded(bytes)
        for comment in comments { body += Self.option(1, Octets(comment.utf8)) }
        return Self.block(Self.enhancedPacket, body + Self.endOfOptions)
    }

    private static func block(_ type: UInt32, _ body: Octets) -> Octets {
        let length = UInt32(body.count + 12)
        var out: Octets = []
        out.append(littleEndian: type)
        out.append(littleEndian: length)
        out += body
        out.append(littleEndian: length)
        return out
    }

    private static let endOfOptions = Octets(repeating: 0, count: 4)

    private static func option(_ code: UInt16, _ value: Octets) -> Octets {
        let value = Octets(value.prefix(Int(UInt16.max)))
        var out: Octets = []
        out.append(littleEndian: code)
        out.append(littleEndian: UInt16(value.count))
        return out + padded(value)
    }

    /// To a multiple of four bytes.
    private static func padded(_ bytes: Octets) -> Octets {
        bytes + Octets(repeating: 0, count: -bytes.count & 3)
    }
}

extension Octets {
    fileprivate mutating func append(littleEndian value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
    }
}
