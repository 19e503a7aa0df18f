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
            return try Self.envelope(error.status, request).response(
                from: request, context: context)
        } catch {
            logger.error("an API request failed", metadata: ["error": "\(error)"])
            return try APIError(
                .internalServerError, "internal", "the gateway could not do it; see its log"
            ).response(from: request, context: context)
        }
    }

    /// What the router itself throws. It says "not found" for a method that a path does not take, too.
    private static func envelope(_ status: HTTPResponse.Status, _ request: Request) -> APIError {
        switch status.code {
        case 404:
            if let allowed = APIPaths.methods(of: request.uri.path) {
                .methodNotAllowed(allowed)
            } else {
                APIError(.notFound, "not_found", "there is nothing at this path")
            }
        case 413:
            APIError(
                .contentTooLarge, "body_too_large",
                "a body may have \(Limits.apiBodyBytes) bytes")
        default: APIError(status, "bad_request", "the request cannot be read")
        }
    }
}

/// Wants `Authorization: Bearer TOKEN`, compared in constant time.
final class TokenMiddleware<Context: RequestContext>: RouterMiddleware {
    private let token: Octets
    /// Wrong tokens have an allowance of their own: whoever guesses must not shut the operator out.
    private let failures = RequestRate()

    init(token: Octets) { self.token = token }

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        let prefix = "Bearer "
        let given = request.headers[.authorization] ?? ""
        guard given.hasPrefix(prefix),
            DigestResponse.isEqual(Octets(given.dropFirst(prefix.count).utf8), token)
        else {
            guard failures.take() else {
                throw APIError.tooManyRequests("requests without a token")
            }
            var error = APIError(
                .unauthorized, "unauthorized",
                "send Authorization: Bearer with the token from the file api-token in the data "
                    + "directory")
            error.headers[.wwwAuthenticate] = "Bearer"
            throw error
        }
        return try await next(request, context)
    }
}

/// Bounds the requests per second of all clients with the token together.
final class RateMiddleware<Context: RequestContext>: RouterMiddleware {
    private let rate = RequestRate()

    func handle(
        _ request: Request, context: Context,
        next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard rate.take() else { throw APIError.tooManyRequests("requests") }
        return try await next(request, context)
    }
}

/// An allowance of `Limits.apiRequestsPerSecond`.
private final class RequestRate: Sendable {
    private let bucket = Mutex(
        Bucket(capacity: Double(Limits.apiRequestsPerSecond), at: SystemClock.instant))

    func take() -> Bool {
        bucket.withLock {
            $0.take(at: SystemClock.instant, perSecond: Double(Limits.apiRequestsPerSecond))
        }
    }
}
