// The directory of one gateway: the log, what is read out of it, and the secrets beside it.

import Domain
import EventStore
import Foundation
import Logging

/// Paths and secrets of a data directory.
struct DataDirectory: Sendable {
    let path: String
    let sealer: Sealer
    let nonceKey: Octets
    /// The API's bearer token, as clients send it.
    let token: Octets

    var log: String { Self.log(in: path) }
    var projections: String { Self.projections(in: path) }
    var snapshots: String { Self.snapshots(in: path) }

    static func log(in path: String) -> String { path + "/log" }
    static func projections(in path: String) -> String { path + "/projections.sqlite" }
    static func snapshots(in path: String) -> String { path + "/snapshots" }
    static func sealKey(in path: String) -> String { path + "/keys/seal.key" }

    /// Makes what is missing. A log without its key is refused: its secrets could not be read.
    init(_ path: String, logger: Logger) throws {
        self.path = path
        do {
            for folder in [path, path + "/keys"] {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: folder == path ? 0o750 : 0o700])
            }
        } catch {
            throw SettingsError(
                "cannot use \(path) as data directory: \(error.localizedDescription)")
        }
        let key = Self.sealKey(in: path)
        if !Sealer.exists(path: key), FileManager.default.fileExists(atPath: path + "/log/COMMIT") {
            throw SettingsError(
                "\(key) is missing, and without it the secrets in the log cannot be read; restore it "
                    + "from its backup")
        }
        sealer = try Sealer.loadOrCreate(path: key)
        var random = SystemRandomNumberGenerator()
        nonceKey = try SecretFile.loadOrCreate(
            path + "/keys/nonce.key", bytes: 32, using: &random
        ).secret
        let file = path + "/api-token"
        let (secret, isNew) = try SecretFile.loadOrCreate(file, bytes: 32, using: &random)
        token = Hex.encode(secret)
        if isNew { logger.notice("made a token for the API", metadata: ["file": "\(file)"]) }
    }

    /// Says where the API is, for commands on this host.
    func announce(api: String) throws {
        let text = JSON.object([JSON.Member("api", .string(api))]).text + "\n"
        try Data(text.utf8).write(
            to: URL(fileURLWithPath: path + "/gateway.json"), options: .atomic)
    }
}
