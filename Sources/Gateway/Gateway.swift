// The process: takes the log, reads what was, opens the sockets, and runs until it is told to stop.

import ArgumentParser
import Domain
import EventStore
import Foundation
import Hummingbird
import Logging
import Metrics
import NIOCore
import NIOPosix
import Projections
import ServiceLifecycle
import UnixSignals

/// One gateway over one data directory.
struct Gateway {
    let settings: Settings
    private let logger: Logger
    private let metrics = MetricsRegistry()

    init(settings: Settings) {
        self.settings = settings
        var logger = Logger(label: "trunkline") { StreamLogHandler.standardError(label: $0) }
        logger.logLevel = Logger.Level(rawValue: settings.logLevel) ?? .info
        self.logger = logger
    }

    func run() async throws {
        MetricsSystem.bootstrap(metrics)
        let listeners = try settings.listeners()
        let mediaAddresses = try settings.mediaAddresses(listeners)
        logger.info("open files", metadata: ["limit": "\(OpenFiles.raiseLimit())"])
        let files = try DataDirectory(settings.data, logger: logger)
        let relayed = Handover<[RelayReport]>()
        let durable = Handover<EventNumber>()
        let space = Handover<String?>()
        let codec = EventCodec(sealer: files.sealer)
        let log = try openLog(files, codec, durable: durable, space: space)
        let core = try Self.core(settings, files, log)
        try Restoration(log: log, files: files, codec: codec, logger: logger).restore(core)
        try checkBaseDomain(of: core)
        let store = DescriptorStore()
        let relay = try Relay(
            ports: settings.rtpPorts, ownAddresses: mediaAddresses, store: store
        ) {
            relayed.give($0)
        }
        let lost = try await rebind(core.portsToRebind, of: relay)
        relay.rest(core.portsToRest)
        let reader = { @Sendable [log] in
            try LogReader(files.log, codec: codec, durable: { log.durableNumber })
        }
        let projector = Projector(
            path: files.projections, reader: reader,
            failed: { [logger] in logger.error("projections", metadata: ["error": "\($0)"]) })
        let snapshotter = snapshotter(files, codec, reader)
        let signalling = try await SignallingService.start(
            core, listeners: listeners, store: store, log: log, relay: relay, logger: logger,
            beginning: Beginning(
                event: start(of: log), lostPorts: lost, readyPorts: relay.prepare()))
        store?.dropUnclaimed()
        relayed.connect { signalling.reported($0) }
        space.connect { signalling.spaceChanged(shortage: $0) }
        durable.connect { _ in signalling.committed() }
        try relay.start()
        projector.start()
        await projector.reached(log.lastNumber)
        snapshotter.start()
        try await serve(files, signalling, projector, log, store)
        projector.stop()
        relay.stop()
        let live = await signalling.stop()
        log.close()
        compare(live, with: await snapshotter.stop())
        logger.info("stopped")
    }

    private func snapshotter(
        _ files: DataDirectory, _ codec: EventCodec,
        _ reader: @escaping @Sendable () throws -> LogReader
    ) -> Snapshotter {
        let observer = SnapshotObserver(
            written: { [logger] name, bytes, took in
                logger.info(
                    "snapshot written",
                    metadata: [
                        "snapshot": "\(name)", "bytes": "\(bytes)",
                        "milliseconds": "\(took.nanoseconds / 1_000_000)",
                    ])
            },
            failed: { [logger] in logger.error("snapshots", metadata: ["error": "\($0)"]) })
        return Snapshotter(
            store: SnapshotStore(files.snapshots, codec: codec),
            baseDomain: settings.baseDomain.lowercased(), reader: reader, observer: observer)
    }

    /// What the core holds and what the log says must be the same. When they are not, the log is right,
    /// and the core has a fault that somebody should hear of.
    private func compare(_ live: CanonicalText?, with second: CanonicalText?) {
        guard let live, let second, live.number == second.number,
            let difference = live.difference(from: second)
        else { return }
        logger.error(
            "the state in memory was not that of the log; please report this",
            metadata: ["event": "\(live.number)", "difference": "\(difference)"])
    }

    /// Binds the ports of calls in progress; returns those that cannot be had. A process that was
    /// killed a moment ago may still be closing its sockets, so it is tried for a second.
    private func rebind(_ ports: [UInt16], of relay: Relay) async throws -> Set<UInt16> {
        var lost = relay.rebind(ports)
        for _ in 0..<20 where !lost.isEmpty {
            try await Task.sleep(for: .milliseconds(50))
            lost = relay.rebind(lost)
        }
        return Set(lost)
    }

    private func openLog(
        _ files: DataDirectory, _ codec: EventCodec, durable: Handover<EventNumber>,
        space: Handover<String?>
    ) throws -> EventLog {
        let fileSystem = try FileSystem(holding: files.path)
        try fileSystem.check(isAllowed: settings.allowsUnsafeFileSystem)
        let log = try EventLog.open(
            files.log, options: settings.logOptions, codec: codec,
            observer: LogObserver(
                durable: { durable.give($0) },
                space: { isLow, reason in space.give(isLow ? reason : nil) },
                damaged: { [logger] error in
                    logger.critical(
                        "a sealed part of the log is damaged: put it back from a copy",
                        metadata: ["error": "\(error)"])
                },
                fatal: { error in
                    Exit.standardError("trunkline: \(error)")
                    exit(Exit.failedDisk.rawValue)
                }))
        for notice in log.notices { logger.warning("\(notice)") }
        fileSystem.measureSync(logger)
        return log
    }

    private static func core(
        _ settings: Settings, _ files: DataDirectory, _ log: EventLog
    ) throws -> Switchboard {
        Switchboard(
            settings: try settings.switchboard(build: Trunkline.version), hashes: .crypto,
            nonceKey: files.nonceKey,
            seed: UInt64.random(in: .min ... .max), epoch: log.epoch, at: SystemClock.now)
    }

    private func checkBaseDomain(of core: Switchboard) throws {
        guard let trunk = core.directory.trunkWithVoidCredential else { return }
        throw SettingsError(
            "the credential of trunk \(trunk.domainName) was made for another base domain than "
                + "\(settings.baseDomain); start with --base-domain "
                + (core.state.lastStart?.baseDomain ?? "of then"))
    }

    private func start(of log: EventLog) -> GatewayStarted {
        let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        return GatewayStarted(
            build: Trunkline.version,
            bootID: boot?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "",
            epoch: log.epoch, baseDomain: settings.baseDomain.lowercased(),
            configuration: settings.recorded)
    }

    /// Runs the API until the process is told to stop.
    private func serve(
        _ files: DataDirectory, _ signalling: SignallingService, _ projector: Projector,
        _ log: EventLog, _ store: DescriptorStore?
    ) async throws {
        guard let address = Endpoint(settings.apiListen) else {
            throw SettingsError("--api-listen \(settings.apiListen) is not HOST:PORT")
        }
        let readings = try Readings(path: files.projections)
        let server = APIServer(
            core: LiveCore(signalling: signalling, projector: projector, readings: readings),
            readings: readings, token: files.token,
            baseDomain: settings.baseDomain.lowercased(), metrics: metrics, logger: logger)
        let application = Application(
            router: server.router(),
            configuration: ApplicationConfiguration(
                address: .hostname("\(address.address)", port: Int(address.port)),
                serverName: "Trunkline"),
            onServerRunning: { [logger, settings] channel in
                let port = channel.localAddress?.port ?? Int(address.port)
                let url = "http://\(Endpoint(address.address, UInt16(port)))"
                do {
                    try files.announce(api: url)
                } catch {
                    logger.error(
                        "cannot write gateway.json: commands will not find this gateway",
                        metadata: ["error": "\(Cause(error))"])
                }
                store?.ready()
                logger.notice(
                    "ready",
                    metadata: [
                        "api": "\(url)", "sip": "\(settings.sipListen.joined(separator: " "))",
                        "data": "\(settings.data)",
                    ])
            }, logger: logger)
        let drain = DrainService(signalling: signalling, timeout: settings.drainTimeout)
        let disk = DiskWatch(log: log, signalling: signalling, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: [
                    .init(service: drain), .init(service: application), .init(service: disk),
                    .init(
                        service: ReplacementService(drain: drain),
                        successTerminationBehavior: .gracefullyShutdownGroup),
                ],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        do {
            try await group.run()
        } catch let error as IOError {
            throw SettingsError(
                "cannot listen for the API on \(settings.apiListen): \(Cause(error)); stop what has the port, "
                    + "or choose another with --api-listen")
        }
    }
}
