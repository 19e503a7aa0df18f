// The first line of a message, strictly: exactly one space between its parts (RFC 3261 §7.1, §7.2;
// RFC 4475 §3.1.2 shows what goes wrong otherwise).

/// A request line or a status line.
enum StartLine: Sendable {
    case request(Method, uri: Range<Int>)
    case status(UInt16, phrase: Range<Int>)

    /// What is wrong with a first line.
    struct Fault: Error {
        var kind: MessageError.Kind
        var status: UInt16
        var phrase: String
    }

    init(parsing line: ArraySlice<UInt8>) throws(Fault) {
        if Self.isResponse(line) {
            self = try Self.statusLine(line)
        } else {
            self = try Self.requestLine(line)
        }
    }

    /// Whether it begins like a status line: such a message is never answered.
    static func isResponse(_ line: ArraySlice<UInt8>) -> Bool { line.startsIgnoringCase("SIP/") }

    private static func statusLine(_ line: ArraySlice<UInt8>) throws(Fault) -> StartLine {
        let fault = Fault(kind: .badStartLine, status: 0, phrase: "Bad Status-Line")
        guard line.startsIgnoringCase("SIP/2.0 ") else {
            throw Fault(kind: .badVersion, status: 0, phrase: "Version Not Supported")
        }
        let rest = line.dropFirst(8)
        let code = rest.prefix(3)
        let tail = rest.dropFirst(3)
        guard code.count == 3, let status = code.decimal(UInt16.self), 100...699 ~= status,
            tail.isEmpty || tail.first == Octet.space, !tail.contains(Octet.cr)
        else { throw fault }
        let phrase = tail.dropFirst()
        return .status(status, phrase: phrase.startIndex..<phrase.endIndex)
    }

    private static func requestLine(_ line: ArraySlice<UInt8>) throws(Fault) -> StartLine {
        let parts = line.split(separator: Octet.space, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts.contains(where: { $0.startsIgnoringCase("SIP/") }) else {
            throw Fault(kind: .notSIP, status: 0, phrase: "Not SIP")
        }
        guard parts.count == 3, parts[0].isToken else {
            throw Fault(kind: .badStartLine, status: 400, phrase: "Bad Request-Line")
        }
        guard parts[2].equalsIgnoringCase("SIP/2.0") else {
            throw Fault(kind: .badVersion, status: 505, phrase: "Version Not Supported")
        }
        guard parts[0].count <= Limits.tokenBytes else {
            throw Fault(kind: .badStartLine, status: 400, phrase: "Method Too Long")
        }
        guard parts[1].count <= Limits.uriBytes else {
            throw Fault(kind: .uriTooLong, status: 414, phrase: "Request-URI Too Long")
        }
        // RFC 3261 §19.1.1: a Request-URI has no headers; they must never become real ones.
        guard let uri = URI(parsing: parts[1]), uri.headers == nil else {
            throw Fault(kind: .badStartLine, status: 400, phrase: "Bad Request-URI")
        }
        return .request(
            Method(sharing: parts[0]), uri: parts[1].startIndex..<parts[1].endIndex)
    }
}
