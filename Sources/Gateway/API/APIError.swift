// Every error of the API has the same envelope, with a reason for programs and a message for people.

import Domain
import HTTPTypes
import Hummingbird

/// An answer other than success.
struct APIError: Error, HTTPResponseError {
    var status: HTTPResponse.Status
    /// Stable, in lower snake case.
    var reason: String
    /// What to do.
    var message: String
    var field: String?
    /// What HTTP wants to go with the status.
    var headers: HTTPFields = [:]

    init(_ status: HTTPResponse.Status, _ reason: String, _ message: String, field: String? = nil) {
        self.status = status
        self.reason = reason
        self.message = message
        self.field = field
    }

    init(_ error: ProvisioningError) {
        self.init(
            HTTPResponse.Status(code: Int(error.status)), error.reason, error.message,
            field: error.field)
    }

    /// The path exists, but not with that method (RFC 9110 §15.5.6).
    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> APIError {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        var error = APIError(.methodNotAllowed, "method_not_allowed", "this path takes \(names)")
        error.headers[.allow] = names
        return error
    }

    /// More requests than the API takes; `kind` says of which.
    static func tooManyRequests(_ kind: String) -> APIError {
        var error = APIError(
            .tooManyRequests, "too_many_requests",
            "the API takes \(Limits.apiRequestsPerSecond) \(kind) per second; wait a second")
        error.headers[.retryAfter] = "1"
        return error
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let details: [JSON] = field.map { [.object([JSON.Member("field", .string($0))])] } ?? []
        let error = JSON.object([
            JSON.Member("status", .integer(Int64(status.code))),
            JSON.Member("reason", .string(reason)),
            JSON.Member("message", .string(message)),
            JSON.Member("request_id", .string("\(context.id)")),
            JSON.Member("details", .array(details)),
        ])
        var response = Response.json(.object([JSON.Member("error", error)]), status: status)
        response.headers.append(contentsOf: headers)
        return response
    }
}

extension Response {
    static func json(_ value: JSON, status: HTTPResponse.Status = .ok) -> Response {
        .json(value.text, status: status)
    }

    /// A text that is JSON already.
    static func json(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text + "\n")))
    }
}
