// Descriptors go from one process to another over a local datagram socket, in the words of systemd's
// notification protocol (sd_notify(3)).

import CLinux
import Glibc

/// A local datagram socket that carries texts and descriptors.
struct LocalSocket {
    let descriptor: Int32

    /// What came in one datagram.
    struct Message {
        var text: String
        /// Ours to close.
        var descriptors: [Int32]
        /// The process that sent it.
        var sender: pid_t
    }

    /// One that sends to a name; nil when nobody listens there.
    init?(connectedTo name: String) {
        self.init(name) { connect($0, __CONST_SOCKADDR_ARG(__sockaddr__: $1), $2) }
    }

    /// One that receives under a name.
    init?(boundTo name: String) {
        self.init(name) { bind($0, __CONST_SOCKADDR_ARG(__sockaddr__: $1), $2) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_PASSCRED, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private init?(
        _ name: String, _ attach: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_un()
        let length = clinux_local_address(name, &address)
        let result = withUnsafePointer(to: address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                attach(descriptor, $0, length)
            }
        }
        guard length > 0, result == 0 else {
            close(descriptor)
            return nil
        }
        self.descriptor = descriptor
    }

    /// Sends copies of descriptors with a text; false when they did not go.
    @discardableResult
    func send(_ text: String, _ descriptors: [Int32] = []) -> Bool {
        clinux_send_descriptors(
            descriptor, text, text.utf8.count, descriptors, descriptors.count) >= 0
    }

    /// What has come; nil when there is nothing.
    func receive() -> Message? {
        var text = [CChar](repeating: 0, count: 4_096)
        var descriptors = [Int32](
            repeating: -1, count: clinux_descriptors_per_message)
        var count = 0
        var sender: Int32 = 0
        let length = clinux_receive_descriptors(
            descriptor, &text, text.count, &descriptors, &count, &sender)
        guard length >= 0 else { return nil }
        return Message(
            text: String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self),
            descriptors: Array(descriptors.prefix(count)), sender: sender)
    }
}
