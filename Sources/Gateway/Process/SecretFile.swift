// Secrets of the installation that stand beside the log: made once, readable by their owner only.

import Domain
import Glibc

/// A file with random bytes in hexadecimal.
enum SecretFile {
    /// What went wrong with a secret, and what to do.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads the secret, or makes one of that many bytes. `isNew` says which.
    static func loadOrCreate(
        _ path: String, bytes: Int, using generator: inout some RandomNumberGenerator
    ) throws(Failure) -> (secret: Octets, isNew: Bool) {
        if let text = try read(path) {
            guard let secret = Hex.decode(text), secret.count == bytes else {
                throw Failure(
                    description: "\(path) does not hold \(2 * bytes) hex digits; restore it from "
                        + "its backup, or remove it to have a new one made")
            }
            return (secret, false)
        }
        let secret = (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try create(path, Hex.encode(secret) + "\n".utf8)
        return (secret, true)
    }

    /// The text without the line end; nil when there is no file.
    private static func read(_ path: String) throws(Failure) -> Octets? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read", path)
        }
        defer { close(file) }
        var buffer = Octets(repeating: 0, count: 1_024)
        let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw failure("read", path) }
        return Octets(buffer.prefix(count).prefix { $0 != 0x0a })
    }

    private static func create(_ path: String, _ text: Octets) throws(Failure) {
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure("create", path) }
        defer { close(file) }
        let count = text.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
        guard count == text.count, fsync(file) == 0 else { throw failure("write", path) }
    }

    private static func failure(_ verb: String, _ path: String) -> Failure {
        Failure(description: "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
    }
}
