// The first pass over a message: where the lines are. It judges nothing, so that even a message
// with a fault can be searched for what its answer must repeat.

/// The start line and header fields of a message, as positions in its bytes.
struct HeaderLines: Sendable {
    struct Field: Sendable {
        /// Nil for a field without a meaning here.
        var known: HeaderName?
        var name: Range<Int>
        /// Without blanks at its ends.
        var value: Range<Int>
    }

    /// The message with folded lines (RFC 3261 §7.3.1) joined by spaces. Positions are those of the
    /// original, because each byte of a fold is replaced by one space.
    let text: Octets
    let startLine: Range<Int>
    private(set) var fields: [Field] = []
    /// After the empty line; nil if the last line is cut.
    private(set) var bodyStart: Int?
    /// A line that is no header field.
    private(set) var hasMalformedLine = false
    private(set) var hasTooMany = false

    /// Scans from the first byte that is no line end.
    init(_ bytes: Octets) {
        let start = bytes.firstIndex { $0 != Octet.cr && $0 != Octet.lf } ?? bytes.endIndex
        let text = Self.unfolded(bytes, from: start)
        var next = start
        startLine = Self.line(text.span, &next) ?? start..<text.count
        self.text = text
        fields.reserveCapacity(24)
        while let line = Self.line(text.span, &next) {
            if line.isEmpty {
                bodyStart = next
                return
            }
            guard fields.count < Limits.headerLines else {
                hasTooMany = true
                return
            }
            add(line, of: text.span)
        }
        if next < text.count {
            add(next..<text.count, of: text.span)
        } else if !fields.isEmpty {
            // Some senders forget the empty line; two of RFC 5118's messages do. All lines are
            // whole, and a missing body shows in Content-Length.
            bodyStart = next
        }
    }

    /// Replaces CRLF (or LF) before a blank by spaces, up to the empty line.
    private static func unfolded(_ bytes: Octets, from start: Int) -> Octets {
        var out = bytes
        var lineStart = start
        while let index = bytes.span.firstIndex(of: Octet.lf, from: lineStart) {
            let hasCR = index > lineStart && bytes[index - 1] == Octet.cr
            if index - (hasCR ? 1 : 0) == lineStart || index + 1 == bytes.count { return out }
            if bytes[index + 1].isBlank {
                out[index] = Octet.space
                if hasCR { out[index - 1] = Octet.space }
            }
            lineStart = index + 1
        }
        return out
    }

    /// The next line without its end; nil if there is no line end any more.
    private static func line(_ text: Span<UInt8>, _ next: inout Int) -> Range<Int>? {
        let start = next
        guard let end = text.firstIndex(of: Octet.lf, from: start) else { return nil }
        next = end + 1
        return start..<(end > start && text[end - 1] == Octet.cr ? end - 1 : end)
    }

    private mutating func add(_ line: Range<Int>, of text: Span<UInt8>) {
        let whole = text.extracting(line)
        guard let colon = whole.firstIndex(of: Octet.colon) else {
            hasMalformedLine = true
            return
        }
        let name = text.trimming(line.lowerBound..<line.lowerBound + colon)
        let value = text.trimming(line.lowerBound + colon + 1..<line.upperBound)
        if !text.extracting(name).isToken
            || text.extracting(value).firstIndex(of: Octet.cr) != nil
        {
            hasMalformedLine = true
        }
        fields.append(
            Field(known: HeaderName(text.extracting(name)), name: name, value: value))
    }

    /// The value of the first field of that name.
    func first(_ name: HeaderName) -> ArraySlice<UInt8>? {
        fields.first { $0.known == name }.map { text[$0.value] }
    }

    /// The values of all fields of that name, one per line, in order.
    func values(of name: HeaderName) -> [ArraySlice<UInt8>] {
        fields.filter { $0.known == name }.map { text[$0.value] }
    }

    func count(_ name: HeaderName) -> Int {
        fields.reduce(0) { $0 + ($1.known == name ? 1 : 0) }
    }
}
