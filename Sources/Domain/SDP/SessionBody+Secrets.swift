// The parts of a message that must not be stored in clear: whoever reads the log could replay a
// digest response within its nonce's life, or decrypt recorded media with an SRTP key.

extension SessionBody {
    /// The spans to seal, in order and apart: digest responses and basic credentials, and the keys
    /// of a=crypto and k= lines (RFC 4568 §9.1) anywhere after the header.
    package static func secretSpans(in message: Message) -> [SecretSpan] {
        var ranges: [Range<Int>] = []
        for name in [HeaderName.authorization, .proxyAuthorization] {
            for value in message.headers(name) { ranges += credentials(value) }
        }
        ranges += keys(in: message.bytes[message.bodyRange.lowerBound...])
        return ranges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
            .map { SecretSpan(offset: UInt32($0.lowerBound), length: UInt32($0.count)) }
    }

    /// Whether the body has keys. Credentials are in the header, and never cross.
    static func hasKeys(_ message: Message) -> Bool {
        !keys(in: message.bytes[message.bodyRange.lowerBound...]).isEmpty
    }

    /// The value of `response` in digest credentials, without its quotes; all of any other scheme.
    private static func credentials(_ value: ArraySlice<UInt8>) -> [Range<Int>] {
        let scheme = value.prefix { !$0.isBlank }
        let rest = value[scheme.endIndex...].trimmed
        guard scheme.equalsIgnoringCase("Digest"), let parts = rest.split(topLevel: Octet.comma)
        else { return [rest.startIndex..<rest.endIndex] }
        return parts.compactMap { part in
            guard let equals = part.firstIndex(of: Octet.equals),
                part[..<equals].trimmed.equalsIgnoringCase("response")
            else { return nil }
            let text = part[(equals + 1)...].trimmed
            guard text.first == Octet.quote, text.count >= 2 else {
                return text.startIndex..<text.endIndex
            }
            return text.startIndex
                + 1..<(text.last == Octet.quote ? text.endIndex - 1 : text.endIndex)
        }
    }

    private static func keys(in body: ArraySlice<UInt8>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        let span = body.span
        var start = 0
        while start < span.count {
            var end = start
            while end < span.count, span[end] != Octet.lf, span[end] != Octet.cr { end += 1 }
            let line = span.extracting(start..<end)
            if line.startsIgnoringCase("a=crypto:") {
                ranges += inlineKeys(body[within: start..<end])
            } else if line.startsIgnoringCase("k="),
                let colon = line.firstIndex(of: Octet.colon)
            {
                ranges.append(body.startIndex + start + colon + 1..<body.startIndex + end)
            }
            start = end + 1
        }
        return ranges
    }

    /// What follows each `inline:`, up to the lifetime, the next key or the parameters.
    private static func inlineKeys(_ line: ArraySlice<UInt8>) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var rest = line
        while rest.count > 7 {
            guard rest.startsIgnoringCase("inline:") else {
                rest = rest.dropFirst()
                continue
            }
            let key = rest.dropFirst(7).prefix {
                $0 != UInt8(ascii: "|") && $0 != Octet.semicolon && !$0.isBlank
            }
            ranges.append(key.startIndex..<key.endIndex)
            rest = rest[key.endIndex...]
        }
        return ranges
    }
}
