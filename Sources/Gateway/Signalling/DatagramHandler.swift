// A SIP socket: datagrams in, to the loop that owns the switchboard.

import Domain
import NIOCore

/// Reads one UDP socket. Lives on the switchboard's event loop.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>

    private let owner: SwitchboardLoop
    private let local: Endpoint

    init(_ owner: SwitchboardLoop, at local: Endpoint) {
        self.owner = owner
        self.local = local
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        guard let source = Endpoint(envelope.remoteAddress) else { return }
        owner.received(Octets(envelope.data.readableBytesView), from: source, on: local)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        owner.flush()
        context.fireChannelReadComplete()
    }
}

extension Endpoint {
    init?(_ address: NIOCore.SocketAddress) {
        guard let port = address.port else { return nil }
        let found = address.withSockAddr { pointer, length in
            Endpoint(socketAddress: UnsafeRawBufferPointer(start: pointer, count: length))
        }
        guard let found, found.port == UInt16(truncatingIfNeeded: port) else { return nil }
        self = found
    }
}
