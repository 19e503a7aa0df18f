// The text forms of addresses: dotted quads, RFC 4291 §2.2 with RFC 5952's canonical output,
// `host:port` with brackets around IPv6, and CIDR.

extension IPAddress: CustomStringConvertible {
    package var description: String {
        switch self {
        case .v4(let value):
            return Self.quad(value)
        case .v6(let high, let low):
            return Self.canonical(
                (0..<8).map {
                    UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * ($0 & 3)))
                })
        }
    }

    private static func quad(_ value: UInt32) -> String {
        var out: Octets = []
        out.reserveCapacity(15)
        for shift in [24, 16, 8, 0] as [UInt32] {
            out.append(decimal: value >> shift & 255)
            if shift > 0 { out.append(UInt8(ascii: ".")) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// RFC 5952 §4: no leading zeros, the longest run of two or more zero groups as `::`.
    private static func canonical(_ groups: [UInt16]) -> String {
        var best = 0..<0
        var start = 0
        while start < 8 {
            var end = start
            while end < 8, groups[end] == 0 { end += 1 }
            if end - start > max(best.count, 1) { best = start..<end }
            start = max(end, start + 1)
        }
        let text = { (part: ArraySlice<UInt16>) in
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        if best.isEmpty { return text(groups[...]) }
        return text(groups[..<best.lowerBound]) + "::" + text(groups[best.upperBound...])
    }

    /// Reads a dotted quad or an IPv6 address, with or without brackets; nil for names and junk.
    package init?(_ text: some StringProtocol) { self.init(octets: text.utf8) }

    /// The same from the bytes of a message, most of which are dotted quads.
    package init?(octets: some Collection<UInt8>) {
        if let value = Self.parseV4(octets) {
            self = .v4(value)
            return
        }
        var text = Substring(String(decoding: octets, as: UTF8.self))
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        if text.contains(":") {
            guard let value = Self.parseV6(text) else { return nil }
            self = value
        } else {
            guard let value = Self.parseV4(text.utf8) else { return nil }
            self = .v4(value)
        }
    }

    private static func parseV4(_ octets: some Collection<UInt8>) -> UInt32? {
        var value: UInt32 = 0
        var part: UInt32 = 0
        var digits = 0
        var dots = 0
        for octet in octets {
            if octet == UInt8(ascii: ".") {
                guard digits > 0, dots < 3 else { return nil }
                value = value << 8 | part
                (part, digits, dots) = (0, 0, dots + 1)
            } else {
                guard octet.isDigit, digits < 3 else { return nil }
                part = part * 10 + UInt32(octet - UInt8(ascii: "0"))
                digits += 1
                guard part <= 255 else { return nil }
            }
        }
        return digits > 0 && dots == 3 ? value << 8 | part : nil
    }

    private static func parseV6(_ text: Substring) -> IPAddress? {
        var head: [UInt16] = []
        var tail: [UInt16] = []
        if let gap = text.firstRange(of: "::") {
            guard let left = groups(text[..<gap.lowerBound]),
                let right = groups(text[gap.upperBound...]), left.count + right.count < 8
            else { return nil }
            (head, tail) = (left, right)
        } else {
            guard let all = groups(text), all.count == 8 else { return nil }
            head = all
        }
        let full = head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
        let half = { (part: ArraySlice<UInt16>) in part.reduce(UInt64(0)) { $0 << 16 | UInt64($1) }
        }
        return IPAddress(v6High: half(full[..<4]), low: half(full[4...]))
    }

    /// Colon-separated groups; the last may be a dotted quad, which counts as two.
    private static func groups(_ text: Substring) -> [UInt16]? {
        if text.isEmpty { return [] }
        var out: [UInt16] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains(".") {
                guard let quad = parseV4(part.utf8) else { return nil }
                out.append(UInt16(quad >> 16))
                out.append(UInt16(quad & 0xffff))
            } else {
                guard (1...4).contains(part.count), part.utf8.allSatisfy({ Hex.value($0) != nil }),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                out.append(group)
            }
        }
        return out.count <= 8 ? out : nil
    }
}

extension IPAddress {
    /// The form used in URIs and Via: IPv6 in brackets.
    package var bracketed: String { isV6 ? "[\(description)]" : description }
}

extension Endpoint: CustomStringConvertible {
    /// `192.0.2.1:5060` or `[2001:db8::1]:5060`.
    package var description: String { "\(address.bracketed):\(port)" }

    /// Reads what `description` writes.
    package init?(_ text: some StringProtocol) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...]),
            let address = IPAddress(text[..<colon])
        else { return nil }
        if address.isV6, !text.hasPrefix("[") { return nil }
        self.init(address, port)
    }
}

extension Network: CustomStringConvertible {
    package var description: String { "\(address)/\(prefixLength)" }

    /// Reads CIDR, or a bare address as a network of one.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(parts[0]) else { return nil }
        let full: UInt8 = address.isV6 ? 128 : 32
        guard parts.count == 2 else {
            self.init(address, prefixLength: full)
            return
        }
        guard !parts[0].hasPrefix("["), parts[1].utf8.allSatisfy({ 48...57 ~= $0 }),
            let length = UInt8(parts[1])
        else { return nil }
        self.init(address, prefixLength: length)
    }
}
