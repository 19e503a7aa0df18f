import Domain
import Gateway
import Glibc
import Testing

/// Real sockets of the loopback interface: what leaves, in which order, and what cannot.
@Suite struct DatagramSenderTests {
    private static let anyPort = Endpoint(IPAddress("127.0.0.1")!, 0)
    private let from: Int32
    private let to: Int32
    private let sender: DatagramSender

    init() throws {
        from = try #require(UDPSocket.bound(to: Self.anyPort, isDualStack: false))
        to = try #require(UDPSocket.bound(to: Self.anyPort, isDualStack: false))
        sender = DatagramSender(from)
    }

    private var remote: Endpoint { Endpoint(IPAddress("127.0.0.1")!, UDPSocket.port(of: to)) }

    private func received() -> [Octets] {
        var found: [Octets] = []
        var buffer = Octets(repeating: 0, count: 65_536)
        while true {
            let length = recv(to, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard length >= 0 else { return found }
            found.append(Octets(buffer[..<length]))
        }
    }

    private func close() {
        Glibc.close(from)
        Glibc.close(to)
    }

    @Test func moreThanOneCallTakesLeaveInOrder() {
        defer { close() }
        let messages = (0..<150).map { Octets(repeating: UInt8($0), count: $0) }
        for message in messages { sender.add(message, to: remote) }
        #expect(sender.flush().isEmpty)
        #expect(received() == messages)
        #expect(sender.flush().isEmpty)
        #expect(received().isEmpty)
    }

    @Test func whatCannotBeSentHoldsUpNothing() {
        defer { close() }
        let tooLong = Octets(repeating: 1, count: 65_536)
        let elsewhere = Endpoint(IPAddress("2001:db8::1")!, 5060)
        sender.add([1], to: remote)
        sender.add(tooLong, to: remote)
        sender.add([2], to: remote)
        sender.add([3], to: elsewhere)
        let failures = sender.flush()
        #expect(failures.map(\.remote) == [remote, elsewhere])
        #expect(failures.map(\.error) == [EMSGSIZE, EAFNOSUPPORT])
        #expect(received() == [[1], [2]])
    }
}
