// What is wrong with a message, and whether and with what it can be answered. A response or an ACK
// is never answered; a request is, as long as its Via lines can be repeated.

/// Why bytes are no message that can be processed.
package struct MessageError: Error, Sendable {
    /// The kinds of fault, for counting.
    package enum Kind: UInt8, Sendable {
        /// Nothing but line ends: a NAT keep-alive (RFC 5626 §3.5.1), not a fault.
        case keepAlive
        /// No SIP in the first line.
        case notSIP
        case badStartLine
        case badVersion
        case badHeader
        case missingHeader
        case repeatedHeader
        case badContentLength
        case tooLarge
        case uriTooLong
        case tooManyHeaders
    }

    package let kind: Kind
    /// What to answer; 0 means drop.
    package let status: UInt16
    /// The reason phrase of that answer; says what is wrong.
    package let phrase: String
    /// What an answer repeats; nil means drop.
    package let answerable: Answerable?
}

/// The parts of a request that every response to it repeats (RFC 3261 §8.2.6.2), as far as found.
package struct Answerable: Sendable {
    /// The Via lines, top first.
    package let vias: [ArraySlice<UInt8>]
    package let from: ArraySlice<UInt8>?
    package let to: ArraySlice<UInt8>?
    package let callID: ArraySlice<UInt8>?
    package let cseq: ArraySlice<UInt8>?
    /// Repeated in a 100 only (RFC 3261 §8.2.6.1).
    package let timestamp: ArraySlice<UInt8>?

    /// Nil where there is no Via to answer to, or a line holds a stray carriage return.
    init?(_ lines: HeaderLines) {
        vias = lines.values(of: .via)
        from = lines.first(.from)
        to = lines.first(.to)
        callID = lines.first(.callID)
        cseq = lines.first(.cseq)
        timestamp = lines.first(.timestamp)
        let all = vias + [from, to, callID, cseq, timestamp].compactMap(\.self)
        guard !vias.isEmpty, vias.count <= Limits.viaValues,
            !all.contains(where: { $0.contains(Octet.cr) })
        else { return nil }
    }

    /// The topmost value of the first Via line; nil where it is malformed.
    package var topVia: Via? {
        vias.first?.split(topLevel: Octet.comma)?.first.flatMap { Via(parsing: $0) }
    }
}
