// Decides what a provisioning command does: an event, or an error that names what is wrong. Because
// one thread decides and folds, "unique" is certain here.

extension Directory {
    /// The event that carries the command out.
    package func decide(
        _ command: ProvisioningCommand, at now: Moment, hashes: Hashes,
        using generator: inout some RandomNumberGenerator
    ) throws(ProvisioningError) -> ProvisioningDecision {
        let desk = TrunkDesk(directory: self, hashes: hashes, now: now.wall)
        switch command {
        case .createTrunk(let draft): return try desk.create(draft, using: &generator)
        case .replaceTrunk(let id, let draft):
            return try desk.replace(living(id), with: draft, using: &generator)
        case .deleteTrunk(let id): return desk.delete(try living(id))
        case .rotateCredential(let id, let username, let password):
            return try desk.rotate(
                living(id), username: username, password: password, using: &generator)
        case .createCarrier(let draft):
            let carrier = try create(draft, id: ID(using: &generator), now: now.wall)
            return ProvisioningDecision(event: .carrierCreated(carrier))
        case .replaceCarrier(let id, let draft):
            let carrier = try replace(living(id), with: draft, now: now.wall)
            return ProvisioningDecision(event: .carrierUpdated(carrier))
        case .deleteCarrier(let id):
            return ProvisioningDecision(event: .carrierDeleted(try delete(id, now: now.wall)))
        case .createRoute(let draft):
            let route = try create(draft, id: ID(using: &generator), now: now.wall)
            return ProvisioningDecision(event: .routeCreated(route))
        case .replaceRoute(let id, let draft):
            let route = try replace(living(id), with: draft, now: now.wall)
            return ProvisioningDecision(event: .routeUpdated(route))
        case .deleteRoute(let id):
            var route = try living(id)
            route.version += 1
            route.updated = now.wall
            route.deleted = now.wall
            return ProvisioningDecision(event: .routeDeleted(route))
        }
    }

    private func living(_ id: TrunkID) throws(ProvisioningError) -> Trunk {
        guard let trunk = trunk(id: id) else { throw .notFound("trunk") }
        return trunk
    }

    private func living(_ id: CarrierID) throws(ProvisioningError) -> Carrier {
        guard let carrier = carrier(id: id) else { throw .notFound("carrier") }
        return carrier
    }

    private func living(_ id: RouteID) throws(ProvisioningError) -> Route {
        guard let route = route(id: id) else { throw .notFound("route") }
        return route
    }
}

// MARK: Carriers

extension Directory {
    private func create(
        _ draft: CarrierDraft, id: CarrierID, now: WallTime
    ) throws(ProvisioningError) -> Carrier {
        guard carriersByID.count < Limits.carriers else { throw .full("carrier", Limits.carriers) }
        let blank = Carrier(
            id: id, version: 0, name: "", host: "", port: 0, transport: .udp, created: now,
            updated: now, deleted: nil)
        return try replace(blank, with: draft, now: now)
    }

    private func replace(
        _ old: Carrier, with draft: CarrierDraft, now: WallTime
    ) throws(ProvisioningError) -> Carrier {
        var carrier = old
        carrier.version += 1
        carrier.updated = now
        carrier.name = try Field.name(draft.name)
        if let other = self.carrier(named: carrier.name), other.id != old.id {
            throw ProvisioningError(
                status: 409, reason: "carrier_name_taken",
                message: "Another carrier has that name. Choose another.", field: "name")
        }
        carrier.host = try Field.host(draft.host)
        carrier.port = try Field.port(draft.port ?? 5060)
        guard (draft.transport ?? "udp").lowercased() == "udp" else {
            throw .invalid("transport", "Only udp is supported.")
        }
        return carrier
    }

    private func delete(_ id: CarrierID, now: WallTime) throws(ProvisioningError) -> Carrier {
        var carrier = try living(id)
        guard !isUsed(id) else {
            throw ProvisioningError(
                status: 409, reason: "carrier_in_use",
                message: "Routes send calls to this carrier. Delete or change them first.")
        }
        carrier.version += 1
        carrier.updated = now
        carrier.deleted = now
        return carrier
    }
}

// MARK: Routes

extension Directory {
    private func create(
        _ draft: RouteDraft, id: RouteID, now: WallTime
    ) throws(ProvisioningError) -> Route {
        guard routesByID.count < Limits.routes else { throw .full("route", Limits.routes) }
        let blank = Route(
            id: id, version: 0, prefix: "", destination: .echo, priority: 0, weight: 0,
            created: now, updated: now, deleted: nil)
        return try replace(blank, with: draft, now: now)
    }

    private func replace(
        _ old: Route, with draft: RouteDraft, now: WallTime
    ) throws(ProvisioningError) -> Route {
        var route = old
        route.version += 1
        route.updated = now
        route.prefix = try Field.prefix(draft.prefix ?? "")
        route.destination = try destination(draft)
        route.priority = try Field.small(draft.priority ?? 10, "priority")
        route.weight = try Field.small(draft.weight ?? 1, "weight")
        return route
    }

    private func destination(
        _ draft: RouteDraft
    ) throws(ProvisioningError) -> Route.Destination {
        switch (draft.carrier, draft.echo ?? false, draft.uri) {
        case (let name?, false, nil):
            let known = CarrierID(name).flatMap(carrier(id:)) ?? carrier(named: name)
            guard let known else {
                throw .invalid("carrier", "There is no carrier with that identifier or name.")
            }
            return .carrier(known.id)
        case (nil, true, nil): return .echo
        case (nil, false, let uri?): return .uri(try Field.uri(uri))
        default:
            throw .invalid("destination", "Give exactly one of carrier, echo and uri.")
        }
    }
}
