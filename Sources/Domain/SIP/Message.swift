// A SIP message: its bytes as received and where everything is in them. Header values are looked
// up on demand; what every part of the gateway needs of each message is checked once, here.

/// A well-formed request or response. A reference to what was found in it: it is handed on far more often
/// than it is read.
package struct Message: Sendable {
    private let parsed: ParsedMessage

    /// Reads one datagram. The error says what to answer, if anything.
    package init(parsing octets: Octets) throws(MessageError) {
        parsed = try MessageParser(octets).parse()
    }

    /// As received, octets after the body included.
    package var bytes: Octets { parsed.bytes }
    var lines: HeaderLines { parsed.lines }
    /// The body as far as Content-Length says, to the end of the datagram without one (§18.3).
    var bodyRange: Range<Int> { parsed.bodyRange }
    private var startLine: StartLine { parsed.startLine }
    /// The topmost Via value.
    package var topVia: Via { parsed.topVia }
    package var from: NameAddress { parsed.from }
    package var to: NameAddress { parsed.to }
    package var callID: ArraySlice<UInt8> { parsed.callID }
    package var cseq: UInt32 { parsed.cseq }
    package var cseqMethod: Method { parsed.cseqMethod }
    /// Nil where absent, which counts as 70.
    package var maxForwards: UInt32? { parsed.maxForwards }

    package var isRequest: Bool { if case .request = startLine { true } else { false } }

    /// The request's method; for a response that of its CSeq.
    package var method: Method { cseqMethod }

    /// 100 to 699; 0 for a request.
    package var status: UInt16 { if case .status(let code, _) = startLine { code } else { 0 } }

    /// Empty for a response.
    package var requestURI: ArraySlice<UInt8> {
        if case .request(_, let uri) = startLine { lines.text[uri] } else { lines.text[..<0] }
    }

    /// The reason phrase; empty for a request.
    package var phrase: ArraySlice<UInt8> {
        if case .status(_, let phrase) = startLine { lines.text[phrase] } else { lines.text[..<0] }
    }

    /// What an answer to this request repeats.
    package var answerable: Answerable? { Answerable(lines) }
}

// MARK: - Header fields

extension Message {
    /// All fields in order, names as written.
    package var fields: [(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>)] {
        lines.fields.map { (lines.text[$0.name], lines.text[$0.value]) }
    }

    package var body: ArraySlice<UInt8> { bytes[bodyRange] }

    /// The value of the first field of that name, blanks trimmed, folds joined by spaces.
    package func header(_ name: HeaderName) -> ArraySlice<UInt8>? { lines.first(name) }

    /// The values of all fields of that name, one per line.
    package func headers(_ name: HeaderName) -> [ArraySlice<UInt8>] { lines.values(of: name) }

    /// The values of all fields of that name, split at commas outside quotes and brackets. Not for
    /// fields whose own grammar has commas: Date, and those that carry credentials or challenges.
    package func values(_ name: HeaderName) -> [ArraySlice<UInt8>] {
        lines.values(of: name).flatMap { line in
            (line.split(topLevel: Octet.comma) ?? [line]).filter { !$0.isEmpty }
        }
    }

    /// The first value of a field that is not among the known names; long form, either case.
    package func rawHeader(_ name: StaticString) -> ArraySlice<UInt8>? {
        lines.fields.first { lines.text[$0.name].equalsIgnoringCase(name) }
            .map { lines.text[$0.value] }
    }

    /// Whether a list header such as Supported or Require has that token, either case.
    package func has(_ token: StaticString, in name: HeaderName) -> Bool {
        values(name).contains { $0.equalsIgnoringCase(token) }
    }

    /// The first Contact; nil where there is none, it is `*` or malformed.
    package var contact: NameAddress? {
        values(.contact).first.flatMap { NameAddress(parsing: $0) }
    }

    /// Content-Type as written, parameters included.
    package var contentType: ArraySlice<UInt8>? { header(.contentType) }
}
