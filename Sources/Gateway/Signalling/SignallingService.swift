// The door to the switchboard's loop for everybody on other threads.

import Domain
import EventStore
import Glibc
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// Owns the event loop and the sockets.
final class SignallingService: Sendable {
    private let group: MultiThreadedEventLoopGroup
    private let loop: any EventLoop
    private let owner: NIOLoopBoundBox<SwitchboardLoop>
    private let resolver: HostResolver
    /// Whether a release is on its way to the loop already: one will do for many commits.
    private let isReleasing = Atomic(false)

    private init(
        group: MultiThreadedEventLoopGroup, loop: any EventLoop,
        owner: NIOLoopBoundBox<SwitchboardLoop>, resolver: HostResolver
    ) {
        self.group = group
        self.loop = loop
        self.owner = owner
        self.resolver = resolver
    }

    /// Binds the sockets, records the start, and takes up the calls that were going on.
    static func start(
        _ core: sending Switchboard, listeners: [Listener], store: DescriptorStore?, log: EventLog,
        relay: Relay, logger: Logger, beginning: Beginning
    ) async throws -> SignallingService {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let loop = group.next()
        let resolver = HostResolver()
        let shell = SwitchboardLoop(
            switchboard: core, log: log, relay: relay, resolver: resolver, on: loop, logger: logger)
        let owner = NIOLoopBoundBox.makeBoxSendingValue(shell, eventLoop: loop)
        let service = SignallingService(group: group, loop: loop, owner: owner, resolver: resolver)
        for listener in listeners {
            do {
                let socket = try await socket(for: listener.local, store, tries: 20)
                try await service.attach(socket, at: listener.local)
            } catch {
                throw SettingsError(
                    "cannot listen for SIP on udp:\(listener.local): \(Cause(error)); stop what has the "
                        + "port, or choose another with --sip-listen")
            }
        }
        try await loop.submit { owner.value.begin(beginning) }.get()
        return service
    }

    /// The socket of the process before this one, if it was kept, or a new one. Tries for a second: a
    /// process that was killed a moment ago may still be closing its sockets.
    private static func socket(
        for local: Endpoint, _ store: DescriptorStore?, tries: Int
    ) async throws -> Int32 {
        let name = "sip-\(local)".replacing(":", with: "_")
        if let kept = store?.claim(name).first { return kept }
        if let new = UDPSocket.bound(to: local, isDualStack: false) {
            store?.keep([new], as: name)
            return new
        }
        guard errno == EADDRINUSE, tries > 1 else {
            throw IOError(errnoCode: errno, reason: "bind")
        }
        try await Task.sleep(for: .milliseconds(50))
        return try await socket(for: local, store, tries: tries - 1)
    }

    private func attach(_ socket: Int32, at local: Endpoint) async throws {
        let owner = owner
        let channel = try await DatagramBootstrap(group: loop)
            .channelOption(.socketOption(.so_rcvbuf), value: 4 * 1_048_576)
            .channelOption(.datagramVectorReadMessageCount, value: 16)
            // What is left after one burst is said again; asking whether there is more costs a system call.
            .channelOption(.maxMessagesPerRead, value: 1)
            // What comes before the start is recorded waits in the socket.
            .channelOption(.autoRead, value: false)
            .channelOption(
                .recvAllocator,
                value: FixedSizeRecvByteBufferAllocator(capacity: 16 * Limits.datagramBytes)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        DatagramHandler(owner.value, at: local))
                }
            }
            .withBoundSocket(socket).get()
        try await loop.submit { owner.value.attach(channel, socket, at: local) }.get()
    }

    /// Closes the sockets; returns what the core held in the end.
    func stop() async -> CanonicalText? {
        let owner = owner
        let final = try? await loop.submit { owner.value.end() }.get()
        try? await resolver.stop()
        try? await group.shutdownGracefully()
        return final
    }

    // MARK: From other threads

    func reported(_ reports: [RelayReport]) {
        let owner = owner
        loop.execute { owner.value.reported(reports) }
    }

    func spaceChanged(shortage: String?) {
        let owner = owner
        loop.execute { owner.value.spaceChanged(shortage: shortage) }
    }

    func diskPaceChanged(isShedding: Bool) {
        let owner = owner
        loop.execute { owner.value.diskPaceChanged(isShedding: isShedding) }
    }

    /// The log has synced.
    func committed() {
        guard !isReleasing.exchange(true, ordering: .acquiringAndReleasing) else { return }
        loop.execute { [self] in
            isReleasing.store(false, ordering: .releasing)
            owner.value.release()
        }
    }

    /// Decides a change; returns when it is on disk.
    func provision(_ command: ProvisioningCommand) async throws -> Provisioned {
        let owner = owner
        let (done, durable) = try await loop.submit {
            try owner.value.provision(command)
        }.get()
        try await durable.get()
        return done
    }

    func refreshMetrics() async throws {
        let owner = owner
        try await loop.submit { owner.value.refreshMetrics() }.get()
    }

    /// Takes no new calls; returns the number of those in progress.
    func drain() async throws -> Int {
        let owner = owner
        return try await loop.submit { owner.value.drain() }.get()
    }
}
