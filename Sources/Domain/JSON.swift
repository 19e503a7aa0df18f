// JSON as it leaves the program (RFC 8259): objects keep the order of their members, so that the same
// record gives the same bytes every time.

/// A JSON value.
package indirect enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case string(String)
    case array([JSON])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package var name: String
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }

    package static func optional(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }

    package static func octets(_ octets: Octets) -> JSON {
        .string(String(decoding: octets, as: UTF8.self))
    }

    package static func unsigned(_ value: some UnsignedInteger) -> JSON {
        Int64(exactly: value).map { .integer($0) } ?? .string("\(value)")
    }

    package subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// On one line.
    package var text: String {
        var out: Octets = []
        out.reserveCapacity(2_048)
        write(into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private func write(into out: inout Octets) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += "\(value)".utf8
        case .string(let value): Self.write(value, into: &out)
        case .array(let values):
            out.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { out.append(Octet.comma) }
                value.write(into: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let members):
            out.append(UInt8(ascii: "{"))
            for (index, member) in members.enumerated() {
                if index > 0 { out.append(Octet.comma) }
                Self.write(member.name, into: &out)
                out.append(Octet.colon)
                member.value.write(into: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    private static func write(_ text: String, into out: inout Octets) {
        out.append(Octet.quote)
        for byte in text.utf8 {
            switch byte {
            case Octet.quote, Octet.backslash: out += [Octet.backslash, byte]
            case Octet.lf: out += "\\n".utf8
            case Octet.cr: out += "\\r".utf8
            case 0x09: out += "\\t".utf8
            case ..<0x20, 0x7f: out += "\\u00".utf8 + Hex.encode(CollectionOfOne(byte))
            default: out.append(byte)
            }
        }
        out.append(Octet.quote)
    }
}
