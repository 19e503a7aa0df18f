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
        _ core: sending Switchboard, listeners: [Listener], log: EventLog, relay: Relay,
        logger: Logger, beginning: Beginning
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
                try await service.bind(listener, tries: 20)
            } catch {
                throw SettingsError(
                    "cannot listen for SIP on udp:\(listener.local): \(Cause(error)); stop what has the "
                        + "port, or choose another with --sip-listen")
            }
        }
        try await loop.submit { owner.value.begin(beginning) }.get()
        return service
    }

    /// Tries for a second: a process that was killed a moment ago may still be closing its sockets.
    private func bind(_ listener: Listener, tries: Int) async throws {
        do {
            try await bind(listener)
        } catch let error as IOError where error.errnoCode == EADDRINUSE && tries > 1 {
            try await Task.sleep(for: .milliseconds(50))
            try await bind(listener, tries: tries - 1)
        }
    }

    private func bind(_ listener: Listener) async throws {
        let owner = owner
        let local = listener.local
        let channel = try await DatagramBootstrap(group: loop)
            .channelOption(.socketOption(.so_rcvbuf), value: 4 * 1_048_576)
            .channelOption(.datagramVectorReadMessageCount, value: 16)
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
            .bind(host: "\(local.address)", port: Int(local.port)).get()
        try await loop.submit { owner.value.attach(channel, at: local) }.get()
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
