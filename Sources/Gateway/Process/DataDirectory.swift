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
    /// Where the API of the gateway is, or of the last one.
    static func place(in path: String) -> String { path + "/gateway.json" }
    static func sealKey(in path: String) -> String { path + "/keys/seal.key" }

    /// Makes what is missing, but neither a key beside a log nor a log beside what was made from one.
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
                "cannot use \(path) as data directory: \(Cause(error)); name another with --data DIR"
            )
        }
        try Self.checkParts(of: path)
        let key = Self.sealKey(in: path)
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

    /// A new log would begin to count events and records from 1 again, and a new key would hide that the
    /// old one is lost.
    private static func checkParts(of path: String) throws {
        let files = FileManager.default
        let names = (try? files.contentsOfDirectory(atPath: log(in: path))) ?? []
        guard names.contains(where: { $0 == "COMMIT" || $0.hasSuffix(".evl") }) else {
            guard
                let rest = [projections(in: path), snapshots(in: path), place(in: path)].first(
                    where: files.fileExists)
            else { return }
            throw LogError(
                .inconsistent,
                "the log is missing: there is none in \(log(in: path)), but \(rest) was made from one",
                advice:
                    "restore the log from a copy or mount its disk, or, to begin anew, move all that "
                    + "is in \(path) away")
        }
        guard Sealer.exists(path: sealKey(in: path)) else {
            throw SettingsError(
                "\(sealKey(in: path)) is missing, and without it the secrets in the log cannot be read; "
                    + "restore it from its backup")
        }
    }

    /// Says where the API is, for commands on this host.
    func announce(api: String) throws {
        let text = JSON.object([JSON.Member("api", .string(api))]).text + "\n"
        try Data(text.utf8).write(
            to: URL(fileURLWithPath: Self.place(in: path)), options: .atomic)
    }
}
