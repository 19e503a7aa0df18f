// The few lexical rules of RFC 3261 §25.1 that every part of the parser needs, on slices of the
// message: no copies, no text decoding, no trust in what the bytes claim.

/// Bytes with a meaning in the grammar.
enum Octet {
    static let tab = UInt8(ascii: "\t")
    static let lf = UInt8(ascii: "\n")
    static let cr = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let quote = UInt8(ascii: "\"")
    static let percent = UInt8(ascii: "%")
    static let comma = UInt8(ascii: ",")
    static let slash = UInt8(ascii: "/")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let less = UInt8(ascii: "<")
    static let equals = UInt8(ascii: "=")
    static let greater = UInt8(ascii: ">")
    static let question = UInt8(ascii: "?")
    static let at = UInt8(ascii: "@")
    static let openBracket = UInt8(ascii: "[")
    static let backslash = UInt8(ascii: "\\")
    static let closeBracket = UInt8(ascii: "]")
}

extension UInt8 {
    var isBlank: Bool { self == Octet.space || self == Octet.tab }
    var isDigit: Bool { 48...57 ~= self }
    var isLetter: Bool { 97...122 ~= lowered }
    /// C0 controls, space and DEL: never inside a token, a URI or a host.
    var isControlOrSpace: Bool { self <= 0x20 || self == 0x7f }
    var lowered: UInt8 { 65...90 ~= self ? self + 32 : self }

    /// `token` of RFC 3261 §25.1.
    var isTokenCharacter: Bool {
        if isDigit || isLetter { return true }
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "!"), Octet.percent,
            UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "`"),
            UInt8(ascii: "'"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }
}

// Searching and comparing is done on spans, which count no references.
extension Span<UInt8> {
    /// The range without spaces and tabs at both ends.
    func trimming(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, self[start].isBlank { start += 1 }
        while start < end, self[end - 1].isBlank { end -= 1 }
        return start..<end
    }

    /// The index of the first such byte from there on.
    func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        var index = start
        while index < count {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// `token`: at least one character, all of them allowed.
    var isToken: Bool { !isEmpty && allSatisfy { $0.isTokenCharacter } }

    func allSatisfy(_ predicate: (UInt8) -> Bool) -> Bool {
        for index in indices where !predicate(self[index]) { return false }
        return true
    }

    /// Whether it is the same bytes, ASCII letters of either case being equal.
    func equalsIgnoringCase(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index].lowered != other[index].lowered { return false }
        return true
    }

    /// Whether it is that ASCII text, letters of either case being equal.
    func equalsIgnoringCase(_ text: StaticString) -> Bool {
        text.withUTF8Buffer { equalsIgnoringCase($0.span) }
    }

    /// Whether it begins with that ASCII text, letters of either case being equal.
    func startsIgnoringCase(_ text: StaticString) -> Bool {
        count >= text.utf8CodeUnitCount
            && extracting(0..<text.utf8CodeUnitCount).equalsIgnoringCase(text)
    }

    /// The index after the quoted string that starts there; nil if the quote is never closed.
    func endOfQuoted(from start: Int) -> Int? {
        var index = start + 1
        while index < count {
            switch self[index] {
            case Octet.backslash: index += 2
            case Octet.quote: return index + 1
            default: index += 1
            }
        }
        return nil
    }

    /// Where the part that starts there ends: at a separator outside quotes and angle brackets, or at the
    /// end. Nil if a quote or `<` is left open.
    func endOfPart(from start: Int, separator: UInt8) -> Int? {
        var index = start
        while index < count {
            switch self[index] {
            case Octet.quote:
                guard let end = endOfQuoted(from: index) else { return nil }
                index = end
            case Octet.less:
                guard let end = firstIndex(of: Octet.greater, from: index) else { return nil }
                index = end + 1
            case separator: return index
            default: index += 1
            }
        }
        return index
    }
}

extension ArraySlice<UInt8> {
    /// Without spaces and tabs at both ends.
    package var trimmed: ArraySlice<UInt8> { self[within: span.trimming(0..<count)] }

    /// A part by its place from the start.
    subscript(within range: Range<Int>) -> ArraySlice<UInt8> {
        self[startIndex + range.lowerBound..<startIndex + range.upperBound]
    }

    /// `token`: at least one character, all of them allowed.
    var isToken: Bool { span.isToken }

    /// Whether it is that ASCII text, letters of either case being equal.
    package func equalsIgnoringCase(_ text: StaticString) -> Bool {
        span.equalsIgnoringCase(text)
    }

    /// Whether it is the same bytes, ASCII letters of either case being equal.
    package func equalsIgnoringCase(_ other: some Collection<UInt8>) -> Bool {
        count == other.count && zip(self, other).allSatisfy { $0.lowered == $1.lowered }
    }

    /// Whether it begins with that ASCII text, letters of either case being equal.
    func startsIgnoringCase(_ text: StaticString) -> Bool {
        span.startsIgnoringCase(text)
    }

    /// The decimal number it is, if it consists of digits alone and fits.
    package func decimal<Number: FixedWidthInteger>(_: Number.Type = Number.self) -> Number? {
        guard !isEmpty else { return nil }
        var value: Number = 0
        for digit in self {
            guard digit.isDigit else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, stillTooLarge) = product.addingReportingOverflow(Number(digit - 48))
            guard !tooLarge, !stillTooLarge else { return nil }
            value = sum
        }
        return value
    }

    /// The index after the quoted string that starts here; nil if the quote is never closed.
    func endOfQuoted(from start: Int) -> Int? {
        span.endOfQuoted(from: start - startIndex).map { $0 + startIndex }
    }

    /// Splits at a separator outside quotes and angle brackets; nil if a quote or `<` is left open.
    func split(topLevel separator: UInt8) -> [ArraySlice<UInt8>]? {
        var parts: [ArraySlice<UInt8>] = []
        var start = 0
        while start <= count {
            guard let end = span.endOfPart(from: start, separator: separator) else { return nil }
            parts.append(self[within: span.trimming(start..<end)])
            start = end + 1
        }
        return parts
    }

    /// The content of a quoted string with its escapes undone; anything else as it is.
    package var unquoted: Octets {
        guard first == Octet.quote, count >= 2, last == Octet.quote else { return Octets(self) }
        let inner = dropFirst().dropLast()
        guard inner.contains(Octet.backslash) else { return Octets(inner) }
        var out: Octets = []
        var escaped = false
        for byte in inner {
            if !escaped, byte == Octet.backslash {
                escaped = true
            } else {
                out.append(byte)
                escaped = false
            }
        }
        return out
    }
}

/// The parts of a slice between separators, empty ones passed over, one after the other: nothing is
/// allocated for them.
struct Words: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private let separator: UInt8

    init(_ text: ArraySlice<UInt8>, separator: UInt8 = Octet.space) {
        rest = text
        self.separator = separator
    }

    mutating func next() -> ArraySlice<UInt8>? {
        rest = rest.drop { $0 == separator }
        let word = rest.prefix { $0 != separator }
        rest = rest[word.endIndex...]
        return word.isEmpty ? nil : word
    }
}
