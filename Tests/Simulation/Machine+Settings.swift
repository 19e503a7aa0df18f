// What the simulated gateway is set to: the times of a real one, shortened so that a run ends soon.

import Domain
import SimulatedMachine

extension Machine {
    static let settings: SwitchboardSettings = {
        var settings = SwitchboardSettings(
            baseDomain: "test",
            listeners: [Listener(local: address, host: Octets("10.0.0.254".utf8), port: 5060)],
            mediaAddresses: [address.address], mediaPorts: 20_000...29_999, product: "Trunkline")
        settings.ringTimeout = .seconds(20)
        settings.maximumDuration = .seconds(60)
        settings.mediaSilence = .seconds(15)
        return settings
    }()
}
