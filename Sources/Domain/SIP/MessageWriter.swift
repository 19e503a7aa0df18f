// Writes messages. Values may come from the other leg, so a line break in one becomes a space: no
// caller can be tricked into writing a header it did not mean.

/// A message being written, header by header; `end` completes it.
package struct MessageWriter: Sendable {
    /// What is written so far.
    package private(set) var bytes: Octets = []

    /// Room for most messages, in a piece of memory of the sizes that allocators keep at hand.
    package init() { bytes.reserveCapacity(960) }

    /// The request line. `uri` must be one that was parsed or made here: it is not checked.
    package mutating func request(_ method: Method, _ uri: some Collection<UInt8>) {
        bytes += method.octets
        bytes.append(Octet.space)
        append(uri)
        bytes += " SIP/2.0\r\n".utf8
    }

    /// The status line.
    package mutating func response(_ status: UInt16, _ phrase: some Collection<UInt8>) {
        bytes += "SIP/2.0 ".utf8
        bytes.append(decimal: status)
        bytes.append(Octet.space)
        append(phrase)
        endLine()
    }

    package mutating func header(_ name: StaticString, _ value: some Collection<UInt8>) {
        header(name) { $0 += value }
    }

    package mutating func header(_ name: StaticString, _ value: String) {
        header(name, value.utf8)
    }

    /// A header whose value is written piece by piece.
    mutating func header(_ name: StaticString, _ write: (inout Octets) -> Void) {
        name.withUTF8Buffer { bytes += $0 }
        finish(write)
    }

    package mutating func header(_ name: HeaderName, _ value: some Collection<UInt8>) {
        bytes += name.octets
        finish { $0 += value }
    }

    package mutating func header(_ name: HeaderName, _ value: String) {
        header(name, value.utf8)
    }

    /// Content-Type if given, Content-Length, the empty line and the body.
    package mutating func end(body: some Collection<UInt8>, contentType: Octets? = nil) {
        if let contentType { header(.contentType, contentType) }
        header("Content-Length") { $0.append(decimal: UInt64(body.count)) }
        endLine()
        bytes += body
    }

    package mutating func end(body: some Collection<UInt8>, contentType: String) {
        end(body: body, contentType: Octets(contentType.utf8))
    }

    /// Ends a message without a body.
    package mutating func end() { end(body: EmptyCollection()) }

    private mutating func finish(_ write: (inout Octets) -> Void) {
        bytes.append(Octet.colon)
        bytes.append(Octet.space)
        let start = bytes.count
        write(&bytes)
        straighten(from: start)
        endLine()
    }

    private mutating func append(_ value: some Collection<UInt8>) {
        let start = bytes.count
        bytes += value
        straighten(from: start)
    }

    /// Makes a space of each line break from there on.
    private mutating func straighten(from start: Int) {
        for index in start..<bytes.count
        where bytes[index] == Octet.cr || bytes[index] == Octet.lf {
            bytes[index] = Octet.space
        }
    }

    private mutating func endLine() {
        bytes.append(Octet.cr)
        bytes.append(Octet.lf)
    }
}

// MARK: - Responses

extension MessageWriter {
    /// Begins a response (RFC 3261 §8.2.6.2): Via lines with `received` and `rport` filled into the
    /// top one (RFC 3581 §4), From, To, Call-ID, CSeq. The tag is added where To has none. Add
    /// headers, then `end`.
    package static func response(
        to request: Message, status: UInt16, phrase: String, toTag: Octets?, received: Endpoint
    ) -> MessageWriter {
        var writer = MessageWriter()
        writer.response(status, phrase.utf8)
        writer.vias(request.headers(.via), received: received)
        writer.header(.from, request.header(.from) ?? [])
        writer.to(request.header(.to) ?? [], tag: toTag)
        writer.header(.callID, request.callID)
        writer.header(.cseq, request.header(.cseq) ?? [])
        if status == 100, let timestamp = request.header(.timestamp) {
            writer.header(.timestamp, timestamp)
        }
        return writer
    }

    /// The same for a request with a fault: what was found of it is repeated.
    package static func response(
        to request: Answerable, status: UInt16, phrase: String, toTag: Octets?, received: Endpoint
    ) -> MessageWriter {
        var writer = MessageWriter()
        writer.response(status, phrase.utf8)
        writer.vias(request.vias, received: received)
        if let from = request.from { writer.header(.from, from) }
        if let to = request.to { writer.to(to, tag: toTag) }
        if let callID = request.callID { writer.header(.callID, callID) }
        if let cseq = request.cseq { writer.header(.cseq, cseq) }
        return writer
    }

    private mutating func vias(_ lines: [ArraySlice<UInt8>], received: Endpoint) {
        for (index, line) in lines.enumerated() {
            guard index == 0, let values = line.split(topLevel: Octet.comma),
                let top = values.first.flatMap({ Via(parsing: $0) })
            else {
                header(.via, line)
                continue
            }
            header("Via") { top.write(answeredTo: received, into: &$0) }
            for value in values.dropFirst() { header(.via, value) }
        }
    }

    /// To, with the tag where it has none; a To that cannot be read is repeated as it is.
    private mutating func to(_ value: ArraySlice<UInt8>, tag: Octets?) {
        guard let tag, let to = NameAddress(parsing: value), to.tag == nil else {
            header(.to, value)
            return
        }
        header("To") {
            $0 += value
            $0 += ";tag=".utf8
            $0 += tag
        }
    }
}
