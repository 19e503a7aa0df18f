// The gateway's machine over all lives of its process: the real core on the real log, a simulated disk
// under it, and the few lines between them that a process is made of.

import Domain
import EventStore
import SimulatedMachine

/// One machine, whose process dies and is started again.
final class Machine {
    /// How a life ends.
    enum Death: CaseIterable {
        /// `kill -9`: what was written stays in the page cache.
        case kill
        /// Power fails: of what was not synced, anything may be left, and the machine boots.
        case power
        /// A sync of the log fails, and the process ends itself.
        case disk
    }

    static let address = Endpoint(.v4(0x0a00_00fe), 5060)
    static let codec = EventCodec(sealer: Sealer(key: Octets(repeating: 9, count: 32)))
    static let directory = "/data/log"
    static let nonceKey = Octets(repeating: 1, count: 32)

    let relay: SimulatedRelay
    let disk = SimulatedDisk()
    private let world: World
    private let network: Network
    private let names: [String: [IPAddress]]
    private let salts: SimulatedSalts
    private var life: Life?
    private(set) var lives = 0
    /// The machine's clocks against the world's.
    private var booted = Instant(nanoseconds: -3_600_000_000_000)
    private var wallOffset = Duration.seconds(1_700_000_000)
    private var bootCount = 1
    /// A disk that now and then takes so long that peers repeat what waits for it.
    private let isDiskSlow: Bool
    /// The process dies at this many more turns.
    var turnsToDeath = Int.max
    var death = Death.kill
    /// Everything a peer may have seen, and the event that it was held for.
    private(set) var left: [(bytes: Octets, event: EventNumber)] = []
    /// The last event that was said to be on disk.
    private(set) var acknowledged: EventNumber = 0
    /// What must never happen, and did.
    private(set) var faults: [String] = []

    /// One life of the process.
    private final class Life {
        let core: Switchboard
        let opening: LogOpening
        let keeper: LogKeeper
        var filled = FillBuffer()
        /// The batch that is being synced.
        var writing: FillBuffer?
        var hasRecords = false
        var held: [(Transmit, EventNumber)] = []
        var timer: Instant?

        init(_ core: Switchboard, _ opening: LogOpening, _ keeper: LogKeeper) {
            self.core = core
            self.opening = opening
            self.keeper = keeper
        }
    }

    init(_ world: World, _ network: Network, names: [String: [IPAddress]], seed: UInt64) {
        self.world = world
        self.network = network
        self.names = names
        salts = SimulatedSalts(seed: seed)
        relay = SimulatedRelay(world)
        isDiskSlow = world.chance(30)
    }

    var core: Switchboard? { life?.core }

    private var now: Moment {
        Moment(
            wall: WallTime(nanoseconds: world.now.nanoseconds) + wallOffset,
            instant: Instant(nanoseconds: (world.now - booted).nanoseconds))
    }

    private var host: LogHost {
        let (moment, salts) = (now, salts)
        return LogHost(
            disk: disk, monotonic: { moment.instant.nanoseconds }, wall: { moment.wall },
            random: { salts.next() }, bootID: "boot-\(bootCount)", noteDirectory: "/run/trunkline")
    }

    /// All that the log has, as far as it was acknowledged.
    func records() throws(LogError) -> [Record] {
        let limit = acknowledged
        var reader = try LogReader(
            Self.directory, codec: Self.codec, host: host, durable: { limit })
        var records: [Record] = []
        while let record = try reader.next() { records.append(record) }
        return records
    }

    // MARK: Birth

    /// Starts the process: takes the log, folds it, and takes up the calls.
    func start() throws {
        lives += 1
        let options = LogOptions(segmentBytes: 131_072)
        let opening = try LogOpening.run(Self.directory, options: options, host: host)
        guard opening.writer.durable >= acknowledged else {
            throw Broken("\(acknowledged) events were acknowledged, \(opening.writer.durable) left")
        }
        acknowledged = opening.writer.durable
        let core = Switchboard(
            settings: Self.settings, hashes: .forTests, nonceKey: Self.nonceKey,
            seed: salts.next(), epoch: opening.writer.epoch, at: now)
        try restore(core)
        let life = Life(
            core, opening, LogKeeper(Self.directory, options: options, host: host))
        self.life = life
        relay.begin { [weak self] report in
            guard let self, self.life === life else { return }
            core.reported(report, at: now)
            turn()
        }
        relay.rest(core.portsToRest)
        let lost = relay.rebind(core.portsToRebind)
        core.started(beginning(epoch: opening.writer.epoch), torn: opening.torn, at: now)
        core.resume(lostPorts: lost)
        relay.offer()
        network.attach(Self.address) { [weak self] bytes, source in
            guard let self, self.life === life else { return }
            core.received(bytes, from: source, on: Self.address, at: now)
            turn()
        }
        turn()
    }

    /// Half of the starts use a snapshot of what was there at some time.
    private func restore(_ core: Switchboard) throws(LogError) {
        let records = try records()
        var rest = records[...]
        if !records.isEmpty, world.chance(50) {
            var compaction = Compaction(baseDomain: Self.settings.baseDomain)
            let count = world.draw(1...records.count)
            for record in records[..<count] { compaction.fold(record) }
            core.restore(compaction.snapshot())
            rest = records[count...]
        }
        for record in rest { core.fold(record) }
    }

    private func beginning(epoch: UInt64) -> GatewayStarted {
        GatewayStarted(
            build: "simulation", bootID: "boot-\(bootCount)", epoch: epoch,
            baseDomain: Self.settings.baseDomain, configuration: [])
    }

    /// An operator's change.
    func provision(_ command: ProvisioningCommand) throws {
        _ = try life?.core.provision(command, at: now)
        turn()
    }

    // MARK: Turns

    /// What a process does after every input: obeys the core.
    private func turn() {
        guard let life else { return }
        let outbox = life.core.outbox
        life.core.outbox = Outbox()
        relay.obey(outbox.orders)
        for record in outbox.records {
            life.filled.append(record, codec: Self.codec)
            life.hasRecords = true
        }
        for transmit in outbox.transmits { dispatch(transmit, life) }
        for name in outbox.lookups { lookUp(name, life) }
        turnsToDeath -= 1
        if turnsToDeath == 0 { return die() }
        sync(life)
        setTimer(life)
    }

    private func dispatch(_ transmit: Transmit, _ life: Life) {
        switch transmit.hold {
        case .none: send(transmit, 0)
        case .until(let number): life.held.append((transmit, number))
        case .dropUnless(let number): if number <= acknowledged { send(transmit, number) }
        }
    }

    private func send(_ transmit: Transmit, _ number: EventNumber) {
        left.append((transmit.bytes, number))
        network.send(transmit.bytes, from: Self.address, to: transmit.remote)
    }

    private func lookUp(_ name: String, _ life: Life) {
        world.after(world.milliseconds(1...2_000)) { [weak self] in
            guard let self, self.life === life else { return }
            life.core.resolved(
                name, to: names[name] ?? [], lifetime: .seconds(names[name] == nil ? 5 : 60),
                at: now)
            turn()
        }
    }

    private func setTimer(_ life: Life) {
        guard let due = life.core.nextDeadline, due < life.timer ?? .distantFuture else { return }
        life.timer = due
        world.after((due - now.instant) + .microseconds(world.draw(0...900))) { [weak self] in
            guard let self, self.life === life, life.timer == due else { return }
            life.timer = nil
            life.core.timeReached(now)
            turn()
        }
    }

    /// Begins a group commit, unless one is under way.
    private func sync(_ life: Life) {
        guard life.writing == nil, life.hasRecords else { return }
        life.writing = life.filled
        life.filled = FillBuffer()
        life.hasRecords = false
        let isStalled = isDiskSlow && world.chance(20)
        let duration =
            isStalled ? world.milliseconds(4...3_000) : .microseconds(world.draw(100...4_000))
        world.after(duration) { [weak self] in
            guard let self, self.life === life else { return }
            synced(life)
        }
    }

    private func synced(_ life: Life) {
        guard let batch = life.writing else { return }
        life.writing = nil
        do throws(SystemCallFailure) {
            try commit(batch, life)
        } catch {
            faults.append("the log cannot be written: \(error)")
            return
        }
        acknowledged = life.opening.writer.durable
        let free = life.held.prefix { $0.1 <= acknowledged }
        life.held.removeFirst(free.count)
        for (transmit, number) in free { send(transmit, number) }
        if world.chance(5) { _ = try? life.keeper.step() }
        sync(life)
    }

    private func commit(_ batch: FillBuffer, _ life: Life) throws(SystemCallFailure) {
        var patience = 8
        try life.opening.writer.commit(batch) { () throws(SystemCallFailure) in
            patience -= 1
            if patience == 0 {
                throw SystemCallFailure(call: "fallocate", path: Self.directory, number: 28)
            }
            _ = try life.keeper.step()
        }
    }

    // MARK: Death

    private func die() {
        guard let life else { return }
        // The batch that was on its way may be there, in part, or not at all. A writer that failed is
        // not used again.
        if death == .disk {
            disk.with { $0.faults = [SimulatedDisk.Fault(call: .fdatasync, nth: 1, number: 5)] }
            _ = try? commit(life.writing ?? life.filled, life)
        } else if let batch = life.writing, world.chance(60) {
            disk.with { $0.changesLeft = world.draw(0...3) }
            _ = try? commit(batch, life)
        }
        network.detach(Self.address)
        relay.end()
        self.life = nil
        let outage = world.milliseconds(20...5_000)
        if death == .power {
            disk.with { $0.cutPower(&world.random) }
            bootCount += 1
            booted = world.now + (outage - .seconds(9))
        } else {
            disk.with { $0.endProcess() }
        }
        // Clocks are set while nobody looks, and now and then far off.
        if world.chance(20) { wallOffset += .seconds(world.draw(-20...20)) }
        world.after(outage) { [weak self] in
            do { try self?.start() } catch { self?.faults.append("no start: \(error)") }
        }
    }
}

/// What went wrong in a simulation.
struct Broken: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
