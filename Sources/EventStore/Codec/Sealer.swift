// Secrets in the log are sealed with a key that is kept outside it: who has the log alone cannot
// impersonate a customer.

import Crypto
package import Domain
import Glibc

/// Seals and opens small secrets with ChaCha20-Poly1305 (RFC 8439) under one key.
package struct Sealer: Sendable {
    /// Why there is no key, and what to do.
    package struct Failure: Error, CustomStringConvertible, Sendable {
        package let description: String
    }

    private let key: SymmetricKey
    private static let keyBytes = 32

    /// A sealer with the given 32 bytes.
    package init(key: Octets) {
        precondition(key.count == Self.keyBytes, "a sealing key has 32 bytes")
        self.key = SymmetricKey(data: key)
    }

    package static func exists(path: String) -> Bool { access(path, F_OK) == 0 }

    /// Reads the key file: 64 hex digits.
    package static func load(path: String) throws(Failure) -> Sealer {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw Failure(
                description: "cannot read the sealing key \(path): \(message(errno)); restore it "
                    + "from its backup, the secrets in the log cannot be read without it")
        }
        defer { close(file) }
        var buffer = Octets(repeating: 0, count: 128)
        let count = buffer.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        let text = buffer.prefix(max(0, count)).prefix { $0 != 0x0a }
        guard let key = Hex.decode(text), key.count == keyBytes else {
            throw Failure(
                description: "the sealing key \(path) does not hold 64 hex digits; restore it from "
                    + "its backup")
        }
        return Sealer(key: key)
    }

    /// Reads the key file, or makes one that only its owner can read.
    package static func loadOrCreate(path: String) throws(Failure) -> Sealer {
        if exists(path: path) { return try load(path: path) }
        let file = Glibc.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else {
            throw Failure(description: "cannot create the sealing key \(path): \(message(errno))")
        }
        defer { close(file) }
        var random = SystemRandomNumberGenerator()
        let key = (0..<keyBytes).map { _ in UInt8.random(in: 0...255, using: &random) }
        let text = Hex.encode(key) + "\n".utf8
        let count = text.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard count == text.count, fsync(file) == 0 else {
            throw Failure(description: "cannot write the sealing key \(path): \(message(errno))")
        }
        return Sealer(key: key)
    }

    private static func message(_ number: Int32) -> String { String(cString: strerror(number)) }

    /// Nonce, ciphertext and tag: 28 bytes more than the secret.
    package func seal(_ secret: Octets) -> Octets {
        do {
            return Octets(try ChaChaPoly.seal(secret, using: key).combined)
        } catch {
            preconditionFailure("ChaCha20-Poly1305 takes every input of this size: \(error)")
        }
    }

    /// Nil when it was sealed with another key, or changed.
    package func open(_ sealed: UnsafeRawBufferPointer) -> Octets? {
        guard let box = try? ChaChaPoly.SealedBox(combined: sealed),
            let secret = try? ChaChaPoly.open(box, using: key)
        else { return nil }
        return Octets(secret)
    }
}
