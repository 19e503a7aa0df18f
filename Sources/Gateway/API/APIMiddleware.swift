// What holds for every request: errors in our envelope, the token, and how many may come.

import Domain
import HTTPTypes
import Hummingbird
import Logging
import Synchronization

/// Turns what a handler throws into the envelope. A client's mistake is never a 500.
struct ErrorMiddleware<Context: RequestContext>: RouterMiddleware {
    let logger: Logger

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as APIError {
            return try error.response(from: request, context: context)
        } catch let error as ProvisioningError {
            return try APIError(error).response(from: request, context: context)
        } catch let error as any HTTPResponseError {
            return try Self.envelope(error.status).response(from: request, context: context)
        } catch {
            logger.error("an API request failed", metadata: ["error": "\(error)"])
            return try APIError(
                .internalServerError, "internal", "the gateway could not do it; see its log"
            ).response(from: request, context: context)
        }
    }

    private static func envelope(_ status: HTTPResponse.Status) -> APIError {
        switch status.code {
        case 404: APIError(.notFound, "not_found", "there is nothing at this path")
        case 405:
            APIError(.methodNotAllowed, "method_not_allowed", "this path has other methods")
        case 413:
            APIError(
                .contentTooLarge, "body_too_large",
                "a body may have \(Limits.apiBodyBytes) bytes")
        default: APIError(status, "bad_request", "the request cannot be read")
        }
    }
}

/// Wants `Authorization: Bearer TOKEN`, compared in constant time.
struct TokenMiddleware<Context: RequestContext>: RouterMiddleware {
    let token: Octets

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let prefix = "Bearer "
        let given = request.headers[.authorization] ?? ""
        guard given.hasPrefix(prefix),
            DigestResponse.isEqual(Octets(given.dropFirst(prefix.count).utf8), token)
        else {
            throw APIError(
                .unauthorized, "unauthorized",
                "send Authorization: Bearer with the token from the file api-token in the data "
                    + "directory")
        }
        return try await next(request, context)
    }
}

/// Bounds the requests per second of all clients together.
final class RateMiddleware<Context: RequestContext>: RouterMiddleware {
    private let bucket: Mutex<Bucket>

    init() {
        bucket = Mutex(
            Bucket(capacity: Double(Limits.apiRequestsPerSecond), at: SystemClock.instant))
    }

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let isAllowed = bucket.withLock {
            $0.take(at: SystemClock.instant, perSecond: Double(Limits.apiRequestsPerSecond))
        }
        guard isAllowed else {
            throw APIError(
                .tooManyRequests, "too_many_requests",
                "the API takes \(Limits.apiRequestsPerSecond) requests per second; wait a second")
        }
        return try await next(request, context)
    }
}
