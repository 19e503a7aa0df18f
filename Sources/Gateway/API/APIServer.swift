// The HTTP API: the same verbs, paging and envelope for trunks, carriers and routes; records to read.

import Domain
import HTTPTypes
import Hummingbird
import Logging
import Projections

/// Makes the routes.
struct APIServer: Sendable {
    let core: any GatewayCore
    let readings: Readings
    let token: Octets
    let baseDomain: String
    let metrics: MetricsRegistry
    let logger: Logger

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.add(middleware: ErrorMiddleware(logger: logger))
        router.get("/healthz") { _, _ in Response.json(#"{"status":"ok"}"#) }
        router.get("/metrics") { _, _ in
            try await core.refreshMetrics()
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: metrics.text)))
        }
        let v1 = router.group("/v1.0")
            .add(middleware: TokenMiddleware(token: token))
            .add(middleware: RateMiddleware())
        addTrunks(to: v1)
        addCarriers(to: v1)
        addRoutes(to: v1)
        addRecords(to: v1)
        return router
    }

    // MARK: Objects

    /// The reply to a change: the object as it is now.
    func reply(_ done: Provisioned, status: HTTPResponse.Status = .ok) throws -> Response {
        let document: JSON
        switch done.event {
        case .trunkCreated(let trunk), .trunkUpdated(let trunk), .trunkDeleted(let trunk),
            .trunkCredentialRotated(let trunk):
            document = trunk.document(base: baseDomain)
        case .carrierCreated(let carrier), .carrierUpdated(let carrier),
            .carrierDeleted(let carrier):
            document = carrier.document
        case .routeCreated(let route), .routeUpdated(let route), .routeDeleted(let route):
            document = route.document
        default: document = .null
        }
        guard let password = done.password, case .object(let members) = document else {
            return .json(document, status: status)
        }
        return .json(
            .object(members + [JSON.Member("password", .string(password))]), status: status)
    }

    func addListing(_ kind: Readings.Kind, to group: RouterGroup<BasicRequestContext>) {
        group.get("/\(kind.rawValue)") { request, _ in
            let (size, token) = try Self.paging(request)
            guard let page = try readings.page(kind, size: size, token: token) else {
                throw Self.badToken
            }
            return Response.json(Self.page(page.documents, page.nextToken))
        }
        group.get("/\(kind.rawValue)/:id") { _, context in
            let id = try context.parameters.require("id").lowercased()
            guard let document = try readings.document(kind, id: id) else {
                throw APIError(.notFound, "not_found", "there is no such object")
            }
            return Response.json(document)
        }
    }

    static var badToken: APIError {
        APIError(
            .badRequest, "invalid_field", "page_token is not one that a page gave",
            field: "page_token")
    }

    static func page(_ documents: [String], _ token: String) -> String {
        "{\"result\":[\(documents.joined(separator: ","))],\"next_page_token\":\"\(token)\"}"
    }

    static func paging(_ request: Request) throws -> (size: Int, token: String) {
        let text = request.uri.queryParameters["page_size"].map(String.init)
        guard let size = text.map({ Int($0) }) ?? 100, 1...100 ~= size else {
            throw APIError(
                .badRequest, "invalid_field", "page_size is a number from 1 to 100",
                field: "page_size")
        }
        return (size, request.uri.queryParameters["page_token"].map(String.init) ?? "")
    }

    static func id<Subject>(
        _ context: BasicRequestContext, as _: Subject.Type
    ) throws -> ID<Subject> {
        guard let id = ID<Subject>(try context.parameters.require("id").lowercased()) else {
            throw APIError(.notFound, "not_found", "there is no such object; its id is a UUID")
        }
        return id
    }
}
