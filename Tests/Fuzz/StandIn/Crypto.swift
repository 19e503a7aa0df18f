// Stands in for swift-crypto in the fuzzers: every hash is the same and sealing hides nothing. So what
// a fuzzer makes up is never turned away for its checksums, and reaches the code behind them.

package struct SHA256Digest: Sequence, Sendable {
    private let bytes = [UInt8](repeating: 0, count: 32)

    package func makeIterator() -> IndexingIterator<[UInt8]> { bytes.makeIterator() }

    package func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        try bytes.withUnsafeBytes(body)
    }
}

package struct SHA256: Sendable {
    package init() {}
    package mutating func update(data: some Sequence<UInt8>) {}
    package mutating func update(bufferPointer: UnsafeRawBufferPointer) {}
    package func finalize() -> SHA256Digest { SHA256Digest() }
    package static func hash(data: some Sequence<UInt8>) -> SHA256Digest { SHA256Digest() }
}

package struct SymmetricKey: Sendable {
    package init(data: some Sequence<UInt8>) {}
}

/// Nonce and tag have their places, and mean nothing.
package enum ChaChaPoly {
    package struct SealedBox: Sendable {
        package let combined: [UInt8]

        package struct TooShort: Error {}

        package init(combined: some Sequence<UInt8>) throws {
            self.combined = Array(combined)
            if self.combined.count < 28 { throw TooShort() }
        }
    }

    package static func seal(
        _ message: some Sequence<UInt8>, using key: SymmetricKey
    ) throws -> SealedBox {
        let nonce = repeatElement(UInt8(0), count: 12)
        return try SealedBox(combined: [UInt8](nonce) + message + [UInt8](repeating: 0, count: 16))
    }

    package static func open(_ box: SealedBox, using key: SymmetricKey) throws -> [UInt8] {
        Array(box.combined.dropFirst(12).dropLast(16))
    }
}
