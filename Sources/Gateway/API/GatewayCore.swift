// What the API needs of the rest of the gateway.

package import Domain

/// A change that is on disk and in the tables.
package struct Provisioned: Sendable {
    package var event: Event
    package var number: EventNumber
    /// Set when one was made: this is the only time that it is shown.
    package var password: String?
}

/// The gateway as the API sees it.
package protocol GatewayCore: Sendable {
    /// Decides, records and projects a change.
    func provision(_ command: ProvisioningCommand) async throws -> Provisioned
    /// Brings the gauges of `/metrics` up to date.
    func refreshMetrics() async throws
}
