// Two folds are compared by what they can be seen to hold, member by member and in a fixed order, so that
// a member which somebody forgets to carry over is found without being named anywhere.

/// A state as text: one line for each table entry and each plain member. For checks alone.
package struct CanonicalText: Equatable, Sendable {
    /// The last event of the state.
    package let number: EventNumber
    private let lines: [String]
    /// Byte strings longer than this stand as length and hash (FNV-1a, 64 bits).
    private static let shownBytes = 64

    /// Equal states give equal texts, whatever their tables' order in memory.
    package init(_ state: SwitchboardState) {
        number = state.lastNumber
        lines = Mirror(reflecting: state).children.flatMap { child -> [String] in
            let name = child.label ?? ""
            guard child.value is Directory else { return Self.table(child.value, name) }
            return Mirror(reflecting: child.value).children.flatMap {
                Self.table($0.value, $0.label ?? "")
            }
        }
    }

    /// The first place where two states differ, in words; nil when they are equal.
    package func difference(from other: CanonicalText) -> String? {
        guard lines != other.lines else { return nil }
        let place = zip(lines, other.lines).prefix { $0 == $1 }.count
        let (here, there) = Self.excerpts(lines, other.lines, at: place)
        return "\(here) is not \(there)"
    }

    /// The first place where two values differ, in words; nil when they are equal.
    static func difference(of value: Any, from other: Any) -> String? {
        let (a, b) = (text(value), text(other))
        guard a != b else { return nil }
        let (here, there) = excerpts([a], [b], at: 0)
        return "\(here) is not \(there)"
    }

    private static func excerpts(
        _ left: [String], _ right: [String], at place: Int
    ) -> (String, String) {
        guard place < left.count else { return ("nothing", "\(right[place].prefix(120))") }
        guard place < right.count else { return ("\(left[place].prefix(120))", "nothing") }
        let (a, b) = (Array(left[place].utf8), Array(right[place].utf8))
        let same = zip(a, b).prefix { $0 == $1 }.count
        func around(_ text: Octets) -> String {
            let start = max(0, same - 60)
            return String(decoding: text[start..<min(text.count, same + 60)], as: UTF8.self)
        }
        return ("\(left[place].prefix(60)) … \(around(a))", "\(around(b))")
    }

    private static func table(_ value: Any, _ name: String) -> [String] {
        let mirror = Mirror(reflecting: value)
        guard mirror.displayStyle == .dictionary else { return ["\(name) \(text(value))"] }
        return mirror.children.map { "\(name) \(text($0.value))" }.sorted()
    }

    private static func text(_ value: Any) -> String {
        var out = ""
        write(value, into: &out)
        return out
    }

    private static func write(_ value: Any, into out: inout String) {
        switch value {
        case let bytes as Octets: write(bytes, into: &out)
        case let text as String: out += text
        // What is looked at most is not reflected upon: a mirror costs a microsecond.
        case let number as UInt64: out += String(number)
        case let number as UInt32: out += String(number)
        case let number as UInt16: out += String(number)
        case let number as UInt8: out += String(number)
        case let number as Int: out += String(number)
        case let time as WallTime: out += String(time.nanoseconds)
        case let flag as Bool: out += flag ? "true" : "false"
        // A process knows more of a call than its events say; a restart makes it again.
        case is Call.Volatile: out += "-"
        default: writeMembers(of: value, into: &out)
        }
    }

    private static func write(_ bytes: Octets, into out: inout String) {
        guard bytes.count > shownBytes else {
            out += String(decoding: Hex.encode(bytes), as: UTF8.self)
            return
        }
        let hash = bytes.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01b3
        }
        out += "\(bytes.count):\(hash)"
    }

    private static func writeMembers(of value: Any, into out: inout String) {
        let mirror = Mirror(reflecting: value)
        switch mirror.displayStyle {
        case .dictionary, .set:
            out +=
                "[" + mirror.children.map { text($0.value) }.sorted().joined(separator: ",") + "]"
        case .enum where mirror.children.isEmpty: out += "\(value)"
        case nil: out += "\(value)"
        default:
            out += "("
            for child in mirror.children {
                if let label = child.label { out += label + "=" }
                write(child.value, into: &out)
                out += " "
            }
            out += ")"
        }
    }
}
