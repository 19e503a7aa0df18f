// Session descriptions inside messages: as the whole body, or as one part among others (RFC 5621),
// where the parts around it must reach the other leg unchanged.

/// Finds and exchanges the session description of a message.
package enum SessionBody {
    /// Multiparts within multiparts that are looked into.
    private static let depth = 3

    /// Where the description stands in the message's bytes; nil where there is none.
    package static func find(in message: Message) -> Range<Int>? {
        find(in: message.body, headers: message.lines)
    }

    /// The description in the bytes of a message that was read or written before; empty where there is none.
    package static func octets(in message: Octets) -> Octets {
        let headers = HeaderLines(message)
        guard let start = headers.bodyStart else { return [] }
        let rest = message[start...]
        let length = headers.first(.contentLength)?.decimal(Int.self) ?? rest.count
        return find(in: rest.prefix(length), headers: headers).map { Octets(message[$0]) } ?? []
    }

    private static func find(in body: ArraySlice<UInt8>, headers: HeaderLines) -> Range<Int>? {
        guard !body.isEmpty else { return nil }
        if let encoding = headers.first(.contentEncoding),
            !encoding.isEmpty, !encoding.equalsIgnoringCase("identity")
        {
            return nil
        }
        guard let type = headers.first(.contentType) else {
            // Content-Type is mandatory with a body, but what else would begin like this?
            return body.starts(with: "v=0".utf8) ? body.startIndex..<body.endIndex : nil
        }
        return find(in: body, type: type, depth: depth)
    }

    /// The headers and body of the message with `octets` in place of the description at `range`.
    package static func replacing(
        _ range: Range<Int>, with octets: some Collection<UInt8>, in message: Message
    ) -> (contentType: Octets, body: Octets) {
        let type = message.contentType.map { Octets($0) } ?? Octets("application/sdp".utf8)
        let outer = message.bodyRange
        let inner = range.clamped(to: outer)
        return (
            type,
            message.bytes[outer.lowerBound..<inner.lowerBound] + Octets(octets)
                + message.bytes[inner.upperBound..<outer.upperBound]
        )
    }

    private static func find(
        in body: ArraySlice<UInt8>, type: ArraySlice<UInt8>, depth: Int
    ) -> Range<Int>? {
        let media = type.prefix { $0 != Octet.semicolon }.trimmed
        if media.equalsIgnoringCase("application/sdp") {
            return body.isEmpty ? nil : body.startIndex..<body.endIndex
        }
        guard depth > 0, media.startsIgnoringCase("multipart/"),
            let parameters = Parameters(
                parsing: type[media.endIndex...].drop { $0.isBlank }.dropFirst()),
            let boundary = parameters["boundary"]?.unquoted, 1...70 ~= boundary.count
        else { return nil }
        for part in parts(of: body, boundary: boundary) {
            let (type, content) = split(part)
            guard let type else { continue }
            if let range = find(in: content, type: type, depth: depth - 1) { return range }
        }
        return nil
    }

    /// The parts between delimiter lines (RFC 2046 §5.1.1), without the line end before a delimiter.
    private static func parts(
        of body: ArraySlice<UInt8>, boundary: Octets
    ) -> [ArraySlice<UInt8>] {
        let delimiter = "--".utf8 + boundary
        var parts: [ArraySlice<UInt8>] = []
        var partStart: Int?
        var lineStart = body.startIndex
        while lineStart < body.endIndex {
            let lineEnd = body[lineStart...].firstIndex(of: Octet.lf) ?? body.endIndex
            if body[lineStart..<lineEnd].starts(with: delimiter) {
                let tail = body[(lineStart + delimiter.count)..<lineEnd]
                let isLast = tail.starts(with: "--".utf8)
                if isLast || tail.allSatisfy(\.isControlOrSpace) {
                    if let start = partStart {
                        parts.append(withoutLineEnd(body[start..<max(start, lineStart)]))
                    }
                    if isLast { return parts }
                    partStart = min(lineEnd + 1, body.endIndex)
                }
            }
            lineStart = lineEnd + 1
        }
        if let start = partStart, start < body.endIndex { parts.append(body[start...]) }
        return parts
    }

    private static func withoutLineEnd(_ part: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard part.last == Octet.lf else { return part }
        let part = part.dropLast()
        return part.last == Octet.cr ? part.dropLast() : part
    }

    /// The Content-Type of a part, if it has one, and what follows its empty line.
    private static func split(
        _ part: ArraySlice<UInt8>
    ) -> (type: ArraySlice<UInt8>?, content: ArraySlice<UInt8>) {
        var type: ArraySlice<UInt8>?
        var lineStart = part.startIndex
        while let lineEnd = part[lineStart...].firstIndex(of: Octet.lf) {
            let line = withoutLineEnd(part[lineStart...lineEnd])
            lineStart = lineEnd + 1
            if line.isEmpty { return (type, part[lineStart...]) }
            guard let colon = line.firstIndex(of: Octet.colon) else { continue }
            if HeaderName(line[..<colon].trimmed) == .contentType {
                type = line[(colon + 1)...].trimmed
            }
        }
        return (nil, part[part.endIndex...])
    }
}
