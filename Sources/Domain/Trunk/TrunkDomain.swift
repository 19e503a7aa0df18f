// The names under which trunks are called: `{label}.trunk.{base}`. That name is the digest realm too.

/// The base domain, and what a host name means under it.
package struct TrunkDomain: Hashable, Sendable {
    /// Lower case, without a trailing dot.
    package let base: String
    private let suffix: Octets

    package init(base: String) {
        let name = base.lowercased()
        self.base = name.hasSuffix(".") ? String(name.dropLast()) : name
        suffix = Octets(".trunk.\(self.base)".utf8)
    }

    /// The server name of a trunk, and its realm.
    package func name(of label: String) -> String { "\(label).trunk.\(base)" }

    /// What stands before `.trunk.{base}`, in lower case; nil for a name that is elsewhere or is no
    /// host name. It may be a label that no trunk has, or several labels.
    package func label(of host: some Collection<UInt8>) -> String? {
        var name = host.map(Self.lower)
        if name.last == UInt8(ascii: ".") { name.removeLast() }
        guard name.count > suffix.count, name.count <= Limits.hostBytes,
            name[(name.count - suffix.count)...].elementsEqual(suffix)
        else { return nil }
        let label = name[..<(name.count - suffix.count)]
        guard label.allSatisfy(Self.isHostCharacter) else { return nil }
        return String(decoding: label, as: UTF8.self)
    }

    /// RFC 1123 §2.1: 1 to 63 letters, digits and hyphens, no hyphen at either end; nil for others.
    package static func label(_ text: String) -> String? {
        let label = text.utf8.map(lower)
        guard (1...Limits.labelBytes).contains(label.count), label.first != UInt8(ascii: "-"),
            label.last != UInt8(ascii: "-"),
            label.allSatisfy({ isHostCharacter($0) && $0 != UInt8(ascii: ".") })
        else { return nil }
        return String(decoding: label, as: UTF8.self)
    }

    /// Whether a text in lower case is a host name of one or more labels.
    static func isHostName(_ text: String) -> Bool {
        text.utf8.count <= Limits.hostBytes
            && text.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy { label(String($0)) != nil }
    }

    private static func lower(_ byte: UInt8) -> UInt8 {
        UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
    }

    private static func isHostCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}
