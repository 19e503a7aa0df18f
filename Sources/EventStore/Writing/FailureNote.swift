// After a failed sync the page cache may show bytes that the disk does not have, until the machine is
// booted again. So the process that saw the failure leaves a note, not on the disk that failed, and the
// next start does not believe the cache.

import Domain

/// The note that the disk of a log failed.
struct FailureNote: Sendable {
    private let disk: any Disk
    private let folder: String
    private let path: String
    private let bootID: String
    /// What failed; nil when there is no note.
    let reason: String?
    /// Whether the machine has not been booted since.
    let isOfThisBoot: Bool

    init(_ directory: String, host: LogHost) {
        disk = host.disk
        folder = host.noteDirectory
        bootID = host.bootID
        // One note for each log, from wherever and however it is named; the path itself may be long and
        // has slashes.
        let whole = disk.canonicalPath(directory)
        let name = Hex.encode(Chain.digest(Octets(whole.utf8)).prefix(8))
        path = folder + "/" + String(decoding: name, as: UTF8.self) + ".failed"
        guard let file = try? disk.open(path, .read),
            let text = try? file.read(at: 0, count: 1_024)
        else {
            reason = nil
            isOfThisBoot = false
            return
        }
        let lines = text.split(separator: 0x0a, maxSplits: 1)
        isOfThisBoot = lines.first.map { $0.elementsEqual(host.bootID.utf8) } ?? false
        reason = lines.count > 1 ? String(decoding: lines[1], as: UTF8.self) : ""
    }

    /// Leaves the note, if that can be done: the process ends in any case.
    func write(_ reason: String) {
        try? disk.makeDirectory(folder)
        guard let file = try? disk.open(path, .replace) else { return }
        try? file.write(Octets("\(bootID)\n\(reason)".utf8), at: 0)
        try? file.sync()
    }

    func remove() {
        if reason != nil { try? disk.remove(path) }
    }
}
