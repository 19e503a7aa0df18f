// Call detail records as RFC 4180 text.

package import Domain

package enum CSV {
    /// Column names.
    package static func header(_ columns: [JSON.Member]) -> String {
        columns.map(\.name).joined(separator: ",") + "\r\n"
    }

    package static func row(_ values: [JSON]) -> String {
        values.map { field($0) }.joined(separator: ",") + "\r\n"
    }

    private static func field(_ value: JSON) -> String {
        switch value {
        case .null: ""
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .string(let text): quoted(text)
        case .array, .object: quoted(value.text)
        }
    }

    private static func quoted(_ text: String) -> String {
        let needsQuotes = text.utf8.contains {
            $0 == 0x2c || $0 == 0x22 || $0 == 0x0d || $0 == 0x0a
        }
        guard needsQuotes else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
