// The supervisor's part of the store: takes copies of the gateway's sockets, and gives them to the next
// process. It speaks the protocol of systemd, so that the gateway needs to know one.

import Domain
import Glibc

/// Descriptors by name. They live on high numbers, because a new process gets them from 3 on.
struct DescriptorShelf {
    private(set) var kept: [(name: String, descriptor: Int32)] = []
    private let lowest: Int32
    private let capacity: Int

    init() {
        let files = Int(min(max(OpenFiles.raiseLimit(), 64), 1_048_576))
        lowest = Int32(files / 2)
        capacity = min(files / 2 - 16, Limits.keptDescriptors)
    }

    /// Obeys a message; true when it says that the gateway answers.
    mutating func obey(_ message: LocalSocket.Message) -> Bool {
        let fields = Dictionary(
            message.text.split(separator: "\n").map { line in
                let parts = line.split(separator: "=", maxSplits: 1)
                return (parts[0], parts.count > 1 ? parts[1] : "")
            }, uniquingKeysWith: { first, _ in first })
        if let name = fields["FDNAME"] {
            if fields["FDSTOREREMOVE"] == "1" { remove(String(name)) }
            if fields["FDSTORE"] == "1" { add(message.descriptors, String(name)) }
        }
        for descriptor in message.descriptors { close(descriptor) }
        return fields["READY"] == "1"
    }

    private mutating func add(_ descriptors: [Int32], _ name: String) {
        guard kept.count + descriptors.count <= capacity else { return }
        for descriptor in descriptors {
            let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, lowest)
            if copy >= 0 { kept.append((name, copy)) }
        }
    }

    private mutating func remove(_ name: String) {
        for entry in kept where entry.name == name { close(entry.descriptor) }
        kept.removeAll { $0.name == name }
    }
}
