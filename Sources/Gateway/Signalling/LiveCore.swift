// The running gateway as the API sees it.

import Domain
import Projections

struct LiveCore: GatewayCore {
    let signalling: SignallingService
    let projector: Projector
    let readings: Readings
    private let invariants = InvariantMetrics()

    init(signalling: SignallingService, projector: Projector, readings: Readings) {
        self.signalling = signalling
        self.projector = projector
        self.readings = readings
    }

    func provision(_ command: ProvisioningCommand) async throws -> Provisioned {
        let done = try await signalling.provision(command)
        // A read after this sees the change.
        await projector.reached(done.number)
        return done
    }

    func refreshMetrics() async throws {
        try await signalling.refreshMetrics()
        invariants.refresh(readings, at: SystemClock.now.wall)
    }
}
