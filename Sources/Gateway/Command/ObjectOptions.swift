// What all commands on trunks, carriers and routes have in common.

import ArgumentParser
import Domain

struct ObjectOptions: ParsableArguments {
    @OptionGroup var api: APIOptions
    @Flag(help: "Print JSON.") var json = false

    func change(_ method: String, _ path: String, _ body: JSON?) async throws {
        do {
            try Printer.object(try await api.send(method, path, body: body), asJSON: json)
        } catch { throw Exit.failure(error) }
    }

    func list(_ path: String, columns: [String]) async throws {
        do {
            try Printer.table(try await all(path), columns: columns, asJSON: json)
        } catch { throw Exit.failure(error) }
    }

    func show(_ path: String, _ name: String, alias: String) async throws {
        do {
            let id = try await id(of: name, path, alias: alias)
            try Printer.object(try await api.send("GET", "\(path)/\(id)"), asJSON: json)
        } catch { throw Exit.failure(error) }
    }

    /// The id of an object that is named by it or by another member.
    func id(of name: String, _ path: String, alias: String) async throws -> String {
        do {
            if ID<Trunk>(name.lowercased()) != nil { return name.lowercased() }
            let found = try await all(path).compactMap { $0 as? [String: Any] }.first {
                ($0[alias] as? String)?.lowercased() == name.lowercased()
            }
            guard let id = found?["id"] as? String else {
                throw CommandError(
                    "there is no \(alias.replacing("_", with: " ")) \(name); `list` shows what there is"
                )
            }
            return id
        } catch { throw Exit.failure(error) }
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
