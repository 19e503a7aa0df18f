// Commands that change something ask a running gateway, so that there is one writer of the log.

import ArgumentParser
import Domain
import Foundation
import FoundationNetworking

/// Where the gateway is, and how to be let in.
struct APIOptions: ParsableArguments {
    @Option(help: "URL of the gateway's API (default: from the data directory).")
    var api: String?
    @Option(help: "Token of the API (default: from the data directory).")
    var token: String?
    @Option(help: "Data directory of a gateway on this host.")
    var data = "./data"

    /// Sends one request; prints nothing. The reply is JSON.
    func send(_ method: String, _ path: String, body: JSON? = nil) async throws -> Any {
        let (base, token) = try found()
        guard let url = URL(string: base + path) else {
            throw CommandError("\(base) is not a URL; give one like http://127.0.0.1:8080")
        }
        var request = URLRequest(url: url)
        request.httpMethod = method
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        if let body {
            request.httpBody = Data(body.text.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        let data: Data
        let response: URLResponse
        do {
            (data, response) = try await URLSession.shared.data(for: request)
        } catch {
            throw CommandError("no gateway answers at \(base); is `trunkline serve` running?")
        }
        let reply = try? JSONSerialization.jsonObject(with: data)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        guard 200..<300 ~= status, let reply else {
            let error = (reply as? [String: Any])?["error"] as? [String: Any]
            let message = error?["message"] as? String ?? "the gateway answered \(status)"
            let reason = error?["reason"] as? String ?? "unknown"
            let details = (error?["details"] as? [[String: Any]])?.first
            let field = (details?["field"] as? String).map { "\($0): " } ?? ""
            throw CommandError("\(field)\(message) (\(status) \(reason))")
        }
        return reply
    }

    private func found() throws -> (String, String) {
        let place = try? Data(contentsOf: URL(fileURLWithPath: data + "/gateway.json"))
        let object = place.flatMap { try? JSONSerialization.jsonObject(with: $0) }
        let file = (object as? [String: Any])?["api"] as? String
        guard let base = api ?? file else {
            throw CommandError(
                "there is no gateway.json in \(data); start the gateway, or give --api URL or --data DIR"
            )
        }
        let stored = try? String(contentsOfFile: data + "/api-token", encoding: .utf8)
        guard let token = token ?? stored?.trimmingCharacters(in: .whitespacesAndNewlines) else {
            throw CommandError("there is no api-token in \(data); give --token TOKEN or --data DIR")
        }
        return (base, token)
    }
}

/// A command that could not be done, and why.
struct CommandError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Prints replies: JSON for scripts, a few columns for people.
enum Printer {
    static func object(_ object: Any, asJSON: Bool) throws {
        if asJSON { return try json(object) }
        guard let members = object as? [String: Any] else { return }
        let width = members.keys.map(\.count).max() ?? 0
        for name in members.keys.sorted() {
            print(
                name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + text(members[name])
            )
        }
    }

    static func table(_ objects: [Any], columns: [String], asJSON: Bool) throws {
        if asJSON { return try json(objects) }
        let rows =
            [columns.map { $0.uppercased() }]
            + objects.map { object in
                columns.map { text((object as? [String: Any])?[$0]) }
            }
        let widths = columns.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            var cells = zip(row, widths).map { cell, width in
                cell.padding(toLength: width, withPad: " ", startingAt: 0)
            }
            // Nothing comes after the last one.
            cells[cells.count - 1] = row[row.count - 1]
            print(cells.joined(separator: "  "))
        }
    }

    static func json(_ object: Any) throws {
        let data = try JSONSerialization.data(
            withJSONObject: object, options: [.sortedKeys, .withoutEscapingSlashes])
        print(String(decoding: data, as: UTF8.self))
    }

    private static func text(_ value: Any?) -> String {
        switch value {
        case nil, is NSNull: "-"
        case let list as [Any]: list.map { "\($0)" }.joined(separator: " ")
        case let number as NSNumber where String(cString: number.objCType) == "c":
            number.boolValue ? "yes" : "no"
        case let value?: "\(value)"
        }
    }
}
