// A town of callers and carriers around one gateway, whose weather, behaviour and misfortunes all come
// from one seed.

import Domain
import SimulatedMachine

/// One run. The same seed gives the same run, to the byte.
final class Simulation {
    let seed: UInt64
    let world: World
    let machine: Machine
    let callers: [Caller]
    let carriers: [SimulatedCarrier]

    /// By then every call is over and every timer has run out.
    private static let end = Instant(nanoseconds: 500_000_000_000)

    init(seed: UInt64) {
        self.seed = seed
        let world = World(seed: seed)
        let network = Network(world, Self.weather(world))
        let first = Endpoint(.v4(0x0a02_0001), 5_060)
        let second = Endpoint(.v4(0x0a02_0002), 5_080)
        self.world = world
        machine = Machine(
            world, network, names: ["second.test": [second.address]], seed: seed &* 3)
        let fair: [SimulatedCarrier.Manner] = [.answer, .answerAtOnce, .hangsUp, .renegotiates]
        carriers = [
            SimulatedCarrier(first, SimulatedCarrier.Manner.allCases, world, network),
            SimulatedCarrier(second, fair, world, network),
        ]
        callers = (0..<world.draw(3...8)).map { Caller($0, Self.plan(world), world, network) }
    }

    private static func weather(_ world: World) -> Network.Weather {
        switch world.draw(0...3) {
        case 0: .calm
        case 1: Network.Weather(loss: 0, duplication: 10, delay: 1...60)
        case 2: Network.Weather(loss: 5, duplication: 3, delay: 5...400)
        default: Network.Weather(loss: 20, duplication: 5, delay: 1...100)
        }
    }

    private static func plan(_ world: World) -> Caller.Plan {
        var plan = Caller.Plan()
        plan.proof = world.pick([.password, .password, .address, .wrongPassword])
        plan.number = world.pick(["100", "100", "200", "300", "9196", "777"])
        if world.chance(50) { plan.sketch = world.pick(Sketch.allCases) }
        if world.chance(30) { plan.cancelAfter = world.milliseconds(0...12_000) }
        if world.chance(70) { plan.hangUpAfter = world.milliseconds(0...30_000) }
        if world.chance(30) {
            plan.renegotiateAfter = (0..<world.draw(1...3)).map { _ in world.milliseconds(0...9_000)
            }
        }
        if world.chance(5) { plan.acknowledges = false }
        if world.chance(7) { plan.diesAfter = world.milliseconds(0...20_000) }
        return plan
    }

    /// Lets everything happen, and tells what must not have.
    func run() -> [String] {
        do {
            try machine.start()
            try furnish()
        } catch { return ["no start: \(error)"] }
        for caller in callers { world.after(world.milliseconds(100...20_000)) { caller.place() } }
        for _ in 0..<max(0, world.draw(-1...4)) {
            world.after(world.milliseconds(100...70_000)) { [self] in
                machine.death = world.pick(Machine.Death.allCases)
                machine.turnsToDeath = world.draw(1...9)
            }
        }
        world.run(until: Self.end)
        return Verdict(self).faults
    }

    /// What an operator has set up: two trunks, two carriers and the ways to them.
    private func furnish() throws {
        try machine.provision(
            .createTrunk(
                TrunkDraft(
                    name: "Acme", domainName: "acme", authTypes: ["basic"], username: "acme",
                    password: Caller.password)))
        try machine.provision(
            .createTrunk(
                TrunkDraft(
                    name: "Office", domainName: "office", authTypes: ["ip"],
                    allowedIPs: ["10.1.0.0/16"], earlyMedia: "to_caller")))
        for (name, host, port) in [
            ("first", "10.2.0.1", 5_060), ("second", "second.test", 5_080),
            ("lost", "lost.test", 5_060),
        ] {
            try machine.provision(.createCarrier(CarrierDraft(name: name, host: host, port: port)))
        }
        for (prefix, carrier, priority) in [
            ("1", "first", 1), ("1", "second", 2), ("2", "second", 1), ("3", "lost", 1),
            ("3", "first", 2), ("3", "second", 2),
        ] {
            try machine.provision(
                .createRoute(RouteDraft(prefix: prefix, carrier: carrier, priority: priority)))
        }
        try machine.provision(.createRoute(RouteDraft(prefix: "9", echo: true)))
    }
}
