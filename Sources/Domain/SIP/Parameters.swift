// The `;name=value` lists that end most header values and URIs.

/// Generic parameters in the order they were written (RFC 3261 §25.1).
package struct Parameters: Sendable {
    /// One parameter; the value is as written, quotes included, and nil where there was no `=`.
    package struct Parameter: Sendable {
        package var name: ArraySlice<UInt8>
        package var value: ArraySlice<UInt8>?
    }

    package private(set) var all: [Parameter] = []

    package init() {}

    /// Reads what follows the first `;`; nil for an empty parameter, a bad name or an open quote.
    package init?(parsing octets: ArraySlice<UInt8>) {
        guard let parts = octets.split(topLevel: Octet.semicolon) else { return nil }
        for part in parts {
            guard let parameter = Self.parameter(part) else { return nil }
            all.append(parameter)
        }
    }

    private static func parameter(_ part: ArraySlice<UInt8>) -> Parameter? {
        guard let equals = part.firstIndex(of: Octet.equals) else {
            return isName(part) ? Parameter(name: part, value: nil) : nil
        }
        let name = part[..<equals].trimmed
        let value = part[(equals + 1)...].trimmed
        guard isName(name), isValue(value) else { return nil }
        return Parameter(name: name, value: value)
    }

    /// A token, or the wider set that URIs allow (`paramchar`, which has brackets and slashes too).
    private static func isName(_ name: ArraySlice<UInt8>) -> Bool {
        !name.isEmpty
            && name.allSatisfy {
                !$0.isControlOrSpace && $0 != Octet.quote && $0 != Octet.comma && $0 != Octet.less
            }
    }

    private static func isValue(_ value: ArraySlice<UInt8>) -> Bool {
        if value.first == Octet.quote {
            return value.endOfQuoted(from: value.startIndex) == value.endIndex
        }
        return value.allSatisfy { !$0.isControlOrSpace && $0 != Octet.quote && $0 != Octet.comma }
    }

    /// Whether it is there, with or without a value.
    package func contains(_ name: StaticString) -> Bool {
        all.contains { $0.name.equalsIgnoringCase(name) }
    }

    /// The first value of that name as written; nil where it is absent or has no value.
    package subscript(_ name: StaticString) -> ArraySlice<UInt8>? {
        all.first { $0.name.equalsIgnoringCase(name) }?.value
    }
}
