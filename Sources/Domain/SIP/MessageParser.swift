// The checks that make bytes a message. A request that fails one is answered with what is wrong; a
// response is dropped, because nobody would hear the complaint.

/// Everything that `Message` keeps.
final class ParsedMessage: Sendable {
    let bytes: Octets
    let lines: HeaderLines
    let startLine: StartLine
    let bodyRange: Range<Int>
    let topVia: Via
    let from: NameAddress
    let to: NameAddress
    let callID: ArraySlice<UInt8>
    let cseq: UInt32
    let cseqMethod: Method
    let maxForwards: UInt32?

    init(
        bytes: Octets, lines: HeaderLines, startLine: StartLine, bodyRange: Range<Int>,
        topVia: Via, from: NameAddress, to: NameAddress, callID: ArraySlice<UInt8>, cseq: UInt32,
        cseqMethod: Method, maxForwards: UInt32?
    ) {
        self.bytes = bytes
        self.lines = lines
        self.startLine = startLine
        self.bodyRange = bodyRange
        self.topVia = topVia
        self.from = from
        self.to = to
        self.callID = callID
        self.cseq = cseq
        self.cseqMethod = cseqMethod
        self.maxForwards = maxForwards
    }
}

/// Finds it in one pass over the lines.
struct MessageParser {
    /// Fields that must not be repeated; which of two would count is anybody's guess (RFC 4475
    /// §3.3.8, §3.3.9).
    private static let single: [HeaderName] = [
        .from, .to, .callID, .cseq, .maxForwards, .contentLength, .contentType,
    ]

    private let bytes: Octets
    private let lines: HeaderLines

    init(_ bytes: Octets) throws(MessageError) {
        // RFC 5626's CRLF, and the NUL and blank datagrams that other clients keep a path open with.
        guard bytes.contains(where: { !$0.isControlOrSpace }) else {
            throw MessageError(kind: .keepAlive, status: 0, phrase: "Keep-alive", answerable: nil)
        }
        guard bytes.count <= Limits.datagramBytes else {
            throw MessageError(kind: .tooLarge, status: 0, phrase: "Too Large", answerable: nil)
        }
        self.bytes = bytes
        lines = HeaderLines(bytes)
    }

    func parse() throws(MessageError) -> ParsedMessage {
        let startLine = try startLine()
        if lines.hasTooMany || lines.count(.via) > Limits.viaValues {
            throw error(.tooManyHeaders, "Too Many Header Fields")
        }
        if lines.hasMalformedLine { throw error(.badHeader, "Malformed Header Field") }
        guard let bodyStart = lines.bodyStart else {
            throw error(.badHeader, "Header Without End")
        }
        for name in Self.single where lines.count(name) > 1 {
            throw error(.repeatedHeader, "Repeated \(text(name))")
        }
        let (cseq, cseqMethod) = try sequence(of: startLine)
        let topVia = try via()
        let parsed = ParsedMessage(
            bytes: bytes, lines: lines, startLine: startLine, bodyRange: try body(from: bodyStart),
            topVia: topVia, from: try party(.from), to: try party(.to), callID: try callID(),
            cseq: cseq, cseqMethod: cseqMethod, maxForwards: try maxForwards())
        if case .request = startLine { try checkContacts() }
        return parsed
    }

    // MARK: Errors

    /// The error for a fault: 400 for a request that can be answered, else drop.
    private func error(
        _ kind: MessageError.Kind, _ phrase: String, status: UInt16 = 400
    ) -> MessageError {
        let line = lines.text[lines.startLine]
        let isACK = line.starts(with: "ACK ".utf8)
        let answerable =
            StartLine.isResponse(line) || isACK || status == 0 ? nil : Answerable(lines)
        return MessageError(
            kind: kind, status: answerable == nil ? 0 : status, phrase: phrase,
            answerable: answerable)
    }

    private func text(_ name: HeaderName) -> String { String(decoding: name.octets, as: UTF8.self) }

    private func bad(_ name: HeaderName) -> MessageError { error(.badHeader, "Bad \(text(name))") }

    private func required(_ name: HeaderName) throws(MessageError) -> ArraySlice<UInt8> {
        guard let value = lines.first(name) else {
            throw error(.missingHeader, "Missing \(text(name))")
        }
        return value
    }

    // MARK: Parts

    private func startLine() throws(MessageError) -> StartLine {
        do {
            return try StartLine(parsing: lines.text[lines.startLine])
        } catch {
            throw self.error(error.kind, error.phrase, status: error.status)
        }
    }

    /// CSeq: a number of 32 bits and the method, which must be the request's (RFC 3261 §8.1.1.5).
    private func sequence(of startLine: StartLine) throws(MessageError) -> (UInt32, Method) {
        let value = try required(.cseq)
        guard let blank = value.firstIndex(where: \.isBlank),
            let number = value[..<blank].decimal(UInt32.self)
        else { throw bad(.cseq) }
        let name = value[blank...].trimmed
        guard name.isToken, name.count <= Limits.tokenBytes else { throw bad(.cseq) }
        guard case .request(let method, _) = startLine else {
            return (number, Method(sharing: name))
        }
        guard method.octets.elementsEqual(name) else {
            throw error(.badHeader, "CSeq Method Differs")
        }
        return (number, method)
    }

    /// The top Via. A branch that is the cookie alone names no transaction (RFC 4475 §3.2.1).
    private func via() throws(MessageError) -> Via {
        guard let values = try required(.via).split(topLevel: Octet.comma),
            let via = values.first.flatMap({ Via(parsing: $0) }),
            !values.contains(where: { $0.isEmpty }), via.branch.count <= Limits.tokenBytes,
            !via.branch.elementsEqual(Via.magicCookie)
        else { throw bad(.via) }
        return via
    }

    /// From or To. A missing tag in From is RFC 2543's way and accepted.
    private func party(_ name: HeaderName) throws(MessageError) -> NameAddress {
        let value = try required(name)
        guard let party = NameAddress(parsing: value), party.uri.count <= Limits.uriBytes,
            (party.tag?.count ?? 0) <= Limits.tokenBytes
        else { throw bad(name) }
        return party
    }

    /// `word ["@" word]`: in effect anything visible without blanks.
    private func callID() throws(MessageError) -> ArraySlice<UInt8> {
        let value = try required(.callID)
        guard !value.isEmpty, value.count <= Limits.tokenBytes,
            !value.contains(where: \.isControlOrSpace)
        else { throw bad(.callID) }
        return value
    }

    private func maxForwards() throws(MessageError) -> UInt32? {
        guard let value = lines.first(.maxForwards) else { return nil }
        guard let number = value.decimal(UInt32.self), number <= 255 else {
            throw bad(.maxForwards)
        }
        return number
    }

    /// RFC 3261 §18.3: over UDP a shorter Content-Length cuts, a longer one is an error.
    private func body(from start: Int) throws(MessageError) -> Range<Int> {
        guard let value = lines.first(.contentLength) else { return start..<bytes.count }
        guard let length = value.decimal(Int.self), length <= bytes.count - start else {
            throw error(.badContentLength, "Bad Content-Length")
        }
        return start..<start + length
    }

    /// A Contact that cannot be read makes a dialog that cannot be reached.
    private func checkContacts() throws(MessageError) {
        for line in lines.values(of: .contact) where !line.elementsEqual("*".utf8) {
            guard let values = line.split(topLevel: Octet.comma),
                values.allSatisfy({ NameAddress(parsing: $0) != nil })
            else { throw bad(.contact) }
        }
    }
}
