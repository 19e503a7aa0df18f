// Sockets outlive the process: somebody else keeps copies of them, so that the kernel queues what comes
// while we are dead, peers get no ICMP, and nobody takes our ports. Whoever it is (systemd, or the parent
// that `serve --supervise` is) speaks systemd's protocol: sd_notify(3), sd_listen_fds(3).

import Dispatch
import Glibc
import Synchronization

/// The store of whoever started this process.
package final class DescriptorStore: Sendable {
    private let socket: LocalSocket
    /// Descriptors of the process before this one that were not asked for yet.
    private let unclaimed: Mutex<[String: [Int32]]>
    /// Sends in order, and waits for the store where the callers must not.
    private let sender = DispatchQueue(label: "descriptors")

    /// Nil when nobody keeps descriptors for this process.
    package init?() {
        guard let name = getenv("NOTIFY_SOCKET"),
            let socket = LocalSocket(connectedTo: String(cString: name))
        else { return nil }
        self.socket = socket
        unclaimed = Mutex(Self.inherited())
    }

    /// What was kept under a name, which is kept on; empty when nothing was.
    package func claim(_ name: String) -> [Int32] {
        unclaimed.withLock { $0.removeValue(forKey: name) } ?? []
    }

    /// Has the store let go of all that was not claimed.
    package func dropUnclaimed() {
        let left = unclaimed.withLock { unclaimed in
            defer { unclaimed = [:] }
            return unclaimed
        }
        for (name, descriptors) in left { drop(name, closing: descriptors) }
    }

    /// Has the store keep descriptors until they are dropped.
    package func keep(_ descriptors: [Int32], as name: String) {
        sender.async { [socket] in
            socket.send("FDSTORE=1\nFDNAME=\(name)\nFDPOLL=0", descriptors)
        }
    }

    /// Has the store let go of them, and closes them here.
    package func drop(_ name: String, closing descriptors: [Int32]) {
        sender.async { [socket] in
            socket.send("FDSTOREREMOVE=1\nFDNAME=\(name)")
            for descriptor in descriptors { close(descriptor) }
        }
    }

    /// Tells that the gateway answers.
    func ready() { sender.async { [socket] in socket.send("READY=1") } }

    /// The descriptors that this process was started with, from 3 on, by name.
    private static func inherited() -> [String: [Int32]] {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        guard let count = variable("LISTEN_FDS").flatMap({ Int32($0) }), count > 0,
            variable("LISTEN_PID").map({ $0 == "\(getpid())" }) ?? true
        else { return [:] }
        let names = (variable("LISTEN_FDNAMES") ?? "").split(
            separator: ":", omittingEmptySubsequences: false)
        var found: [String: [Int32]] = [:]
        for (name, descriptor) in zip(names, 3..<3 + count)
        where fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 {
            found[String(name), default: []].append(descriptor)
        }
        return found
    }
}
