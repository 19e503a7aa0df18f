// What somebody supposes instead of what was: trunks, carriers and routes as the API takes them, and
// limits. The same checks decide about it as about a real change.

/// Changes as if an operator had made them.
package struct Supposition: Sendable {
    package var changes: [Change] = []
    package var limits = SupposedLimits()

    package init() {}

    /// Whether nothing is supposed.
    package var isEmpty: Bool { changes.isEmpty && limits.isEmpty }

    /// One object that is as given, or that is not there.
    package struct Change: Sendable {
        /// Where it was given, such as `trunks[0]`.
        package var place: String
        package var object: Object

        package init(_ place: String, _ object: Object) {
            self.place = place
            self.object = object
        }
    }

    /// An object by its identifier or its name; nil instead of a draft takes it away. Without an
    /// identifier one that is not there is made.
    package enum Object: Sendable {
        case trunk(TrunkID?, label: String?, TrunkDraft?)
        case carrier(CarrierID?, name: String?, CarrierDraft?)
        case route(RouteID?, RouteDraft?)
    }
}

/// Limits other than the recorded ones, where given.
package struct SupposedLimits: Hashable, Sendable {
    /// Calls at once.
    package var calls: Int?
    package var ringTimeout: Duration?
    package var maximumDuration: Duration?
    package var noReplyTimeout: Duration?

    package init() {}

    var isEmpty: Bool { self == SupposedLimits() }

    func apply(to settings: inout SwitchboardSettings) {
        settings.calls = calls ?? settings.calls
        settings.ringTimeout = ringTimeout ?? settings.ringTimeout
        settings.maximumDuration = maximumDuration ?? settings.maximumDuration
        settings.noReplyTimeout = noReplyTimeout ?? settings.noReplyTimeout
    }
}

extension Supposition.Object {
    /// The command that makes the change in a directory, and what it does in words.
    func command(
        in directory: Directory
    ) throws(ProvisioningError) -> (ProvisioningCommand, made: String) {
        switch self {
        case .trunk(let id, let label, let draft):
            let name = label.flatMap { TrunkDomain.label($0) }
            let old = id.map { directory.trunk(id: $0) } ?? name.flatMap(directory.trunk(named:))
            let words = Self.words("trunk", old?.domainName ?? label, old?.version, draft != nil)
            if let old {
                return (draft.map { .replaceTrunk(old.id, $0) } ?? .deleteTrunk(old.id), words)
            }
            guard id == nil, let draft else { throw .notFound("trunk") }
            return (.createTrunk(draft), words)
        case .carrier(let id, let name, let draft):
            let old = id.map(directory.carrier(id:)) ?? name.flatMap(directory.carrier(named:))
            let words = Self.words("carrier", old?.name ?? name, old?.version, draft != nil)
            if let old {
                return (draft.map { .replaceCarrier(old.id, $0) } ?? .deleteCarrier(old.id), words)
            }
            guard id == nil, let draft else { throw .notFound("carrier") }
            return (.createCarrier(draft), words)
        case .route(let id, let draft):
            let old = id.flatMap(directory.route(id:))
            let words = Self.words("route", id.map { "\($0)" }, old?.version, draft != nil)
            if let old {
                return (draft.map { .replaceRoute(old.id, $0) } ?? .deleteRoute(old.id), words)
            }
            guard id == nil, let draft else { throw .notFound("route") }
            return (.createRoute(draft), words)
        }
    }

    private static func words(
        _ kind: String, _ name: String?, _ version: UInt32?, _ isThere: Bool
    ) -> String {
        let what = [kind, name].compactMap { $0 }.joined(separator: " ")
        guard let version else { return "\(what) made" }
        return "\(what) \(isThere ? "replaced" : "taken away"), was version \(version)"
    }
}
