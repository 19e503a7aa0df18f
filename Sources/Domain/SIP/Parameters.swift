// The `;name=value` lists that end most header values and URIs.

/// Generic parameters in the order they were written (RFC 3261 §25.1).
package struct Parameters: Sendable {
    /// One parameter; the value is as written, quotes included, and nil where there was no `=`.
    package struct Parameter: Sendable {
        package var name: ArraySlice<UInt8>
        package var value: ArraySlice<UInt8>?
    }

    /// What follows the first `;`, known to be well formed; empty where there is nothing. It is searched
    /// when somebody asks: most parameters of most messages nobody asks for.
    private let text: ArraySlice<UInt8>

    package init() { text = [] }

    /// Reads what follows the first `;`; nil for an empty parameter, a bad name or an open quote.
    package init?(parsing octets: ArraySlice<UInt8>) {
        text = octets
        let span = octets.span
        var start = 0
        while start <= span.count {
            guard let end = span.endOfPart(from: start, separator: Octet.semicolon),
                Self.isParameter(span.extracting(span.trimming(start..<end)))
            else { return nil }
            start = end + 1
        }
    }

    package var all: [Parameter] {
        var all: [Parameter] = []
        each { name, value in
            all.append(Parameter(name: text[within: name], value: value.map { text[within: $0] }))
            return true
        }
        return all
    }

    /// Goes through the places of names and values until told to stop.
    private func each(_ body: (_ name: Range<Int>, _ value: Range<Int>?) -> Bool) {
        let span = text.span
        var start = 0
        while start < span.count {
            let end = span.endOfPart(from: start, separator: Octet.semicolon) ?? span.count
            let equals = span.extracting(start..<end).firstIndex(of: Octet.equals)
            let name = span.trimming(start..<(equals.map { start + $0 } ?? end))
            let value = equals.map { span.trimming(start + $0 + 1..<end) }
            guard body(name, value) else { return }
            start = end + 1
        }
    }

    private static func isParameter(_ part: Span<UInt8>) -> Bool {
        guard let equals = part.firstIndex(of: Octet.equals) else { return isName(part) }
        return isName(part.extracting(part.trimming(0..<equals)))
            && isValue(part.extracting(part.trimming(equals + 1..<part.count)))
    }

    /// A token, or the wider set that URIs allow (`paramchar`, which has brackets and slashes too).
    private static func isName(_ name: Span<UInt8>) -> Bool {
        !name.isEmpty
            && name.allSatisfy {
                !$0.isControlOrSpace && $0 != Octet.quote && $0 != Octet.comma && $0 != Octet.less
            }
    }

    private static func isValue(_ value: Span<UInt8>) -> Bool {
        if value.count > 0, value[0] == Octet.quote {
            return value.endOfQuoted(from: 0) == value.count
        }
        return value.allSatisfy { !$0.isControlOrSpace && $0 != Octet.quote && $0 != Octet.comma }
    }

    /// Whether it is there, with or without a value.
    package func contains(_ name: StaticString) -> Bool { place(of: name) != nil }

    /// The first value of that name as written; nil where it is absent or has no value.
    package subscript(_ name: StaticString) -> ArraySlice<UInt8>? {
        guard let value = place(of: name) else { return nil }
        return value.map { text[within: $0] }
    }

    /// Where the value of the first parameter of that name is: nil without the parameter.
    private func place(of wanted: StaticString) -> Range<Int>?? {
        var found: Range<Int>??
        each { name, value in
            guard text.span.extracting(name).equalsIgnoringCase(wanted) else { return true }
            found = .some(value)
            return false
        }
        return found
    }
}
