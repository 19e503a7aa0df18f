// Bodies of the API: each member is looked at by name and type, and the first that cannot be read is
// named in the answer.

import Domain
import Foundation
import Hummingbird

/// A JSON object that a client sent, or that stands in a file in the same form.
struct RequestBody {
    private let members: [String: Any]

    init(_ members: [String: Any]) { self.members = members }

    init(_ request: Request) async throws {
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: Limits.apiBodyBytes)
        } catch {
            throw APIError(
                .contentTooLarge, "body_too_large",
                "a body may have \(Limits.apiBodyBytes) bytes")
        }
        let data = Data(buffer.readableBytesView)
        guard let object = try? JSONSerialization.jsonObject(with: data),
            let members = object as? [String: Any]
        else {
            throw APIError(.badRequest, "invalid_json", "the body is not a JSON object")
        }
        self.members = members
    }

    /// Refuses members that do not exist: a misspelt one would be lost without a word.
    func allow(_ names: Set<String>) throws {
        if let unknown = members.keys.sorted().first(where: { !names.contains($0) }) {
            throw APIError(
                .badRequest, "invalid_field",
                "there is no field \(unknown); there are \(names.sorted().joined(separator: ", "))",
                field: unknown)
        }
    }

    private func value<Value>(_ name: String, _ kind: String, as _: Value.Type) throws -> Value? {
        guard let value = members[name], !(value is NSNull) else { return nil }
        guard let typed = value as? Value else {
            throw APIError(.badRequest, "invalid_field", "\(name) is not \(kind)", field: name)
        }
        return typed
    }

    func string(_ name: String) throws -> String? { try value(name, "a text", as: String.self) }

    func strings(_ name: String) throws -> [String]? {
        try value(name, "a list of texts", as: [String].self)
    }

    func flag(_ name: String) throws -> Bool? {
        guard let number = try value(name, "true or false", as: NSNumber.self) else { return nil }
        guard Self.isBoolean(number) else {
            throw APIError(
                .badRequest, "invalid_field", "\(name) is not true or false", field: name)
        }
        return number.boolValue
    }

    func integer(_ name: String) throws -> Int? {
        guard let number = try value(name, "a whole number", as: NSNumber.self) else { return nil }
        guard !Self.isBoolean(number), let exact = Int(exactly: number.doubleValue) else {
            throw APIError(
                .badRequest, "invalid_field", "\(name) is not a whole number", field: name)
        }
        return exact
    }

    private static func isBoolean(_ number: NSNumber) -> Bool {
        String(cString: number.objCType) == "c"
    }
}
