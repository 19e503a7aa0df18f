// Names in messages are short and there are many of them: each as an array would be an allocation, and a
// walk to another place in memory whenever two are compared.

/// Bytes, of which the first 48 stand in the value itself.
package struct ShortOctets: Hashable, Sendable {
    /// What there was no place for.
    private var rest: Octets = []
    /// Zeros where there are no bytes.
    private var words = (UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0), UInt64(0))
    private var inlineCount: UInt8 = 0

    private static let capacity = 48

    package init() {}

    package init(_ octets: Octets) { self = octets.withUnsafeBytes { ShortOctets(copying: $0) } }

    package init(copying bytes: UnsafeRawBufferPointer) {
        let count = min(bytes.count, Self.capacity)
        withUnsafeMutableBytes(of: &words) {
            $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
        inlineCount = UInt8(count)
        if bytes.count > count { rest = Octets(bytes[count...]) }
    }

    package var isEmpty: Bool { inlineCount == 0 }

    package var octets: Octets {
        withUnsafeBytes(of: words) { Octets($0[..<Int(inlineCount)]) } + rest
    }

    package static func == (a: Self, b: Self) -> Bool {
        a.words.0 == b.words.0 && a.words.1 == b.words.1 && a.words.2 == b.words.2
            && a.words.3 == b.words.3 && a.words.4 == b.words.4 && a.words.5 == b.words.5
            && a.inlineCount == b.inlineCount && a.rest == b.rest
    }

    package func hash(into hasher: inout Hasher) {
        withUnsafeBytes(of: words) {
            hasher.combine(bytes: UnsafeRawBufferPointer(rebasing: $0[..<Int(inlineCount)]))
        }
        rest.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}

extension ShortOctets: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: ["octets": octets]) }
}
