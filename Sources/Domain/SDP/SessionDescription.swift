// Session descriptions (RFC 8866), read just far enough to put a relay in the path: shapes of v=, o=
// and m= are checked, everything else is carried along unread.

/// Why bytes are no session description.
package struct SessionDescriptionError: Error, Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case malformed
        /// More m-lines than `Limits.mediaDescriptions`.
        case tooManyMedia
    }
    package let kind: Kind
    /// What is wrong, for a Warning header.
    package let reason: String

    package init(kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

/// A parsed session description.
package struct SessionDescription: Sendable {
    /// One line without its end.
    struct Line: Sendable {
        /// The letter before `=`.
        var type: UInt8
        /// The whole line.
        var whole: ArraySlice<UInt8>
        /// What follows `=`.
        var value: ArraySlice<UInt8>
        /// Index of the m= section it stands in; nil at session level.
        var section: Int?
    }

    let lines: [Line]
    package private(set) var media: [MediaDescription] = []
    /// The `sess-id` and `sess-version` of o=, as written: a higher version means something changed.
    package private(set) var originID: ArraySlice<UInt8> = []
    package private(set) var originVersion: ArraySlice<UInt8> = []

    /// Reads a description; lines may end with LF alone.
    package init(parsing octets: some Collection<UInt8>) throws(SessionDescriptionError) {
        let bytes = Octets(octets)
        lines = try Self.lines(bytes[...])
        guard let version = lines.first, version.type == UInt8(ascii: "v"),
            version.value.trimmed.elementsEqual("0".utf8)
        else { throw Self.malformed("v=0 must come first") }
        try readOrigin()
        try readMedia()
    }

    static func malformed(_ reason: String) -> SessionDescriptionError {
        SessionDescriptionError(kind: .malformed, reason: reason)
    }

    /// Splits into lines; empty ones and a NUL or blanks at the end are passed over.
    private static func lines(
        _ bytes: ArraySlice<UInt8>
    ) throws(SessionDescriptionError) -> [Line] {
        var out: [Line] = []
        out.reserveCapacity(24)
        var section: Int?
        let span = bytes.span
        var start = 0
        while start < span.count {
            let end = span.firstIndex(of: Octet.lf, from: start) ?? span.count
            let hasCR = end > start && span[end - 1] == Octet.cr
            let range = start..<(hasCR ? end - 1 : end)
            let line = span.extracting(range)
            start = end + 1
            if line.allSatisfy({ $0.isControlOrSpace }) { continue }
            guard line.count >= 2, line[0].isLetter, line[1] == Octet.equals,
                line.firstIndex(of: Octet.cr) == nil
            else { throw malformed("a line is not type=value") }
            if line[0] == UInt8(ascii: "m") { section = section.map { $0 + 1 } ?? 0 }
            let whole = bytes[within: range]
            out.append(
                Line(type: line[0], whole: whole, value: whole.dropFirst(2), section: section))
        }
        return out
    }

    /// Exactly one o= at session level, with its six fields.
    private mutating func readOrigin() throws(SessionDescriptionError) {
        guard let origin = lines.first(where: { $0.type == UInt8(ascii: "o") }),
            lines.count(where: { $0.type == origin.type }) == 1, origin.section == nil
        else { throw Self.malformed("o= must stand once, at session level") }
        var fields = Words(origin.value)
        guard fields.next() != nil, let id = fields.next(), let version = fields.next(),
            fields.next() != nil, fields.next() != nil, fields.next() != nil, fields.next() == nil
        else { throw Self.malformed("o= must have six fields") }
        (originID, originVersion) = (id, version)
    }

    private mutating func readMedia() throws(SessionDescriptionError) {
        var address: IPAddress?
        var direction = MediaDescription.Direction.sendReceive
        for line in lines {
            switch (line.type, line.section) {
            case (UInt8(ascii: "m"), _):
                guard var section = MediaDescription(parsing: line.value) else {
                    throw Self.malformed("an m-line is malformed")
                }
                guard media.count < Limits.mediaDescriptions else {
                    throw SessionDescriptionError(kind: .tooManyMedia, reason: "too many m-lines")
                }
                section.address = address
                section.direction = direction
                media.append(section)
            case (UInt8(ascii: "c"), let section?):
                media[section].address = Self.address(line.value)
            case (UInt8(ascii: "c"), nil): address = Self.address(line.value)
            case (UInt8(ascii: "a"), let section?): media[section].read(attribute: line.value)
            case (UInt8(ascii: "a"), nil):
                direction = MediaDescription.Direction(line.value.trimmed) ?? direction
            default: break
            }
        }
    }

    /// The address of c= or a=rtcp: `IN IP4 192.0.2.1`, a multicast TTL after it passed over.
    static func address(_ value: ArraySlice<UInt8>) -> IPAddress? {
        var fields = Words(value)
        guard let network = fields.next(), network.equalsIgnoringCase("IN"), fields.next() != nil,
            let text = fields.next()?.prefix(while: { $0 != Octet.slash })
        else { return nil }
        guard text.first != Octet.openBracket else { return nil }
        return IPAddress(octets: text)
    }
}

extension MediaDescription {
    /// Takes what an attribute line says.
    mutating func read(attribute value: ArraySlice<UInt8>) {
        let value = value.trimmed
        if let direction = Direction(value) {
            self.direction = direction
        } else if value.elementsEqual("rtcp-mux".utf8) {
            rtcpMux = true
        } else if value.starts(with: "rtcp:".utf8) {
            readRTCP(value.dropFirst(5))
        } else if value.starts(with: "rtpmap:".utf8) {
            readMapping(value.dropFirst(7))
        }
    }

    private mutating func readRTCP(_ value: ArraySlice<UInt8>) {
        let port = value.prefix { !$0.isBlank }
        guard let number = port.decimal(UInt16.self), number != 0 else { return }
        rtcpPort = number
        rtcpAddress = SessionDescription.address(value[port.endIndex...])
    }

    private mutating func readMapping(_ value: ArraySlice<UInt8>) {
        let type = value.prefix { !$0.isBlank }
        guard let number = type.decimal(UInt8.self), number < 128 else { return }
        mappings.append(Mapping(type: number, encoding: value[type.endIndex...].trimmed))
    }
}
