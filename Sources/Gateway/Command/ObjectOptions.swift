// What all commands on trunks, carriers and routes have in common.

import ArgumentParser
import Domain
import Projections

struct ObjectOptions: ParsableArguments {
    @OptionGroup var api: APIOptions
    @Flag(help: "Print JSON.") var json = false

    func change(_ method: String, _ path: String, _ body: JSON?) async throws {
        do {
            try Printer.object(try await api.send(method, path, body: body), asJSON: json)
        } catch { throw Exit.failure(error) }
    }

    /// Prints all objects of a kind, as they are or were.
    func list(_ path: String, columns: [String], past: PastOption) async throws {
        do {
            let objects = try was(path, past)
            let rows = if let objects { objects } else { try await all(path) }
            try Printer.table(rows, columns: columns, asJSON: json)
        } catch { throw Exit.failure(error) }
    }

    /// Prints one object, which is named by its id or by another member, as it is or was.
    func show(_ path: String, _ name: String, alias: String, past: PastOption) async throws {
        do {
            if let objects = try was(path, past) {
                let found = Self.find(name, alias: alias, in: objects)
                guard let found else { throw Self.unknown(name, alias: alias) }
                return try Printer.object(found, asJSON: json)
            }
            let id = try await id(of: name, path, alias: alias)
            try Printer.object(try await api.send("GET", "\(path)/\(id)"), asJSON: json)
        } catch { throw Exit.failure(error) }
    }

    /// The objects of a path as they were, if that is asked for.
    private func was(_ path: String, _ past: PastOption) throws -> [Any]? {
        let kind = path.split(separator: "/").last.flatMap { Readings.Kind(rawValue: String($0)) }
        return try kind.flatMap { try past.objects($0, in: api.data) }
    }

    /// The id of an object that is named by it or by another member.
    func id(of name: String, _ path: String, alias: String) async throws -> String {
        do {
            if ID<Trunk>(name.lowercased()) != nil { return name.lowercased() }
            let found = Self.find(name, alias: alias, in: try await all(path))
            guard let id = found?["id"] as? String else { throw Self.unknown(name, alias: alias) }
            return id
        } catch { throw Exit.failure(error) }
    }

    private static func find(_ name: String, alias: String, in objects: [Any]) -> [String: Any]? {
        objects.compactMap { $0 as? [String: Any] }.first { object in
            [alias, "id"].contains { (object[$0] as? String)?.lowercased() == name.lowercased() }
        }
    }

    private static func unknown(_ name: String, alias: String) -> CommandError {
        CommandError(
            "there is no \(alias.replacing("_", with: " ")) \(name); `list` shows what there is")
    }

    private func all(_ path: String) async throws -> [Any] {
        var objects: [Any] = []
        var token = ""
        repeat {
            let page = try await api.send("GET", "\(path)?page_size=100&page_token=\(token)")
            let members = page as? [String: Any]
            objects += members?["result"] as? [Any] ?? []
            token = members?["next_page_token"] as? String ?? ""
        } while !token.isEmpty
        return objects
    }
}
