// The paths of trunks, carriers and routes. What a field may hold is decided in the core; here it is
// only read.

import Domain
import Hummingbird
import Projections

extension APIServer {
    func addTrunks(to group: RouterGroup<BasicRequestContext>) {
        addListing(.trunks, to: group)
        group.post("/trunks") { request, _ in
            let draft = try TrunkDraft(try await RequestBody(request))
            return try reply(try await core.provision(.createTrunk(draft)), status: .created)
        }
        group.put("/trunks/:id") { request, context in
            let id = try Self.id(context, as: Trunk.self)
            return try reply(
                try await core.provision(
                    .replaceTrunk(id, try TrunkDraft(try await RequestBody(request)))))
        }
        group.delete("/trunks/:id") { _, context in
            let id = try Self.id(context, as: Trunk.self)
            return try reply(try await core.provision(.deleteTrunk(id)))
        }
        group.post("/trunks/:id/rotate") { request, context in
            let id = try Self.id(context, as: Trunk.self)
            let body = try await RequestBody(request)
            try body.allow(["username", "password"])
            return try reply(
                try await core.provision(
                    .rotateCredential(
                        id, username: try body.string("username"),
                        password: try body.string("password"))))
        }
    }

    func addCarriers(to group: RouterGroup<BasicRequestContext>) {
        addListing(.carriers, to: group)
        group.post("/carriers") { request, _ in
            let draft = try CarrierDraft(try await RequestBody(request))
            return try reply(try await core.provision(.createCarrier(draft)), status: .created)
        }
        group.put("/carriers/:id") { request, context in
            let id = try Self.id(context, as: Carrier.self)
            return try reply(
                try await core.provision(
                    .replaceCarrier(id, try CarrierDraft(try await RequestBody(request)))))
        }
        group.delete("/carriers/:id") { _, context in
            let id = try Self.id(context, as: Carrier.self)
            return try reply(try await core.provision(.deleteCarrier(id)))
        }
    }

    func addRoutes(to group: RouterGroup<BasicRequestContext>) {
        addListing(.routes, to: group)
        group.post("/routes") { request, _ in
            let draft = try RouteDraft(try await RequestBody(request))
            return try reply(try await core.provision(.createRoute(draft)), status: .created)
        }
        group.put("/routes/:id") { request, context in
            let id = try Self.id(context, as: Route.self)
            return try reply(
                try await core.provision(
                    .replaceRoute(id, try RouteDraft(try await RequestBody(request)))))
        }
        group.delete("/routes/:id") { _, context in
            let id = try Self.id(context, as: Route.self)
            return try reply(try await core.provision(.deleteRoute(id)))
        }
    }

    // MARK: Records

    func addRecords(to group: RouterGroup<BasicRequestContext>) {
        group.get("/calls") { request, _ in
            let (size, token) = try Self.paging(request)
            guard let after = token.isEmpty ? 0 : Int64(token) else { throw Self.badToken }
            let calls = try readings.calls(after: after, count: size + 1)
            let next = calls.count > size ? "\(calls[size - 1].number)" : ""
            return Response.json(Self.page(calls.prefix(size).map(\.document), next))
        }
        group.get("/calls/:id") { _, context in
            let id = try context.parameters.require("id").lowercased()
            guard let call = try readings.call(id) ?? readings.record(id) else {
                throw APIError(.notFound, "not_found", "there is no such call")
            }
            return Response.json(call)
        }
        group.get("/cdrs") { request, _ in
            let (size, token) = try Self.paging(request)
            guard let after = token.isEmpty ? 0 : Int64(token) else { throw Self.badToken }
            let records = try readings.records(
                Readings.Filter(
                    from: try Self.time(request, "from"), to: try Self.time(request, "to"),
                    trunk: request.uri.queryParameters["trunk"].map(String.init)),
                after: after, count: size + 1)
            let next = records.count > size ? "\(records[size - 1].number)" : ""
            return Response.json(Self.page(records.prefix(size).map(\.document), next))
        }
        group.get("/cdrs/:id") { _, context in
            guard let record = try readings.record(try context.parameters.require("id")) else {
                throw APIError(.notFound, "not_found", "there is no such record")
            }
            return Response.json(record)
        }
    }

    private static func time(_ request: Request, _ name: String) throws -> WallTime? {
        guard let text = request.uri.queryParameters[Substring(name)] else { return nil }
        guard let time = WallTime(String(text)) else {
            throw APIError(
                .badRequest, "invalid_field", "\(name) is not a time like 2026-11-23T10:00:00Z",
                field: name)
        }
        return time
    }
}
