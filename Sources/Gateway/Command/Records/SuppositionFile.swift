// The file of a what-if: objects as the API takes and shows them, and limits under the names of the
// settings.

import Domain
import Foundation

/// A JSON file that says what is supposed. Whatever in it cannot be read is named with its place.
struct SuppositionFile {
    private(set) var supposition = Supposition()
    private let path: String

    private static let sections: Set<String> = ["trunks", "carriers", "routes", "limits"]
    /// What the API shows of every object and takes of none.
    private static let shown = ["server", "version", "tm_create", "tm_update", "tm_delete"]

    init(_ path: String) throws {
        self.path = path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw SettingsError("\(path) cannot be read; check the path and its mode")
        }
        let object: Any
        do { object = try JSONSerialization.jsonObject(with: data) } catch {
            let reason = (error as NSError).userInfo["NSDebugDescription"] ?? "it is no JSON"
            throw SettingsError("\(path) is not JSON: \(reason)")
        }
        guard let members = object as? [String: Any] else {
            throw SettingsError("\(path) is not a JSON object with \(Self.names)")
        }
        if let unknown = members.keys.sorted().first(where: { !Self.sections.contains($0) }) {
            throw SettingsError("\(path) has the member \(unknown); there are \(Self.names)")
        }
        // Routes name carriers, and a carrier can only be taken away when no route names it.
        let carriers = try objects("carriers", members).map { try carrier($0, $1) }
        supposition.changes += carriers.filter { !$0.takesAway }
        supposition.changes += try objects("routes", members).map { try route($0, $1) }
        supposition.changes += carriers.filter { $0.takesAway }
        supposition.changes += try objects("trunks", members).map { try trunk($0, $1) }
        supposition.limits = try limits(members["limits"])
        guard !supposition.isEmpty else {
            throw SettingsError("\(path) supposes nothing; give one or more of \(Self.names)")
        }
    }

    private static var names: String { sections.sorted().joined(separator: ", ") }

    // MARK: Objects

    private func objects(
        _ section: String, _ members: [String: Any]
    ) throws -> [(place: String, members: [String: Any])] {
        guard let value = members[section] else { return [] }
        guard let list = value as? [[String: Any]] else {
            throw SettingsError("\(path), \(section): a list of objects is wanted")
        }
        return list.enumerated().map { ("\(section)[\($0)]", $1) }
    }

    private func trunk(_ place: String, _ members: [String: Any]) throws -> Supposition.Change {
        try read(place, members, TrunkDraft.init) { id, body, draft in
            .trunk(id.flatMap { TrunkID($0) }, label: try body.string("domain_name"), draft)
        }
    }

    private func carrier(_ place: String, _ members: [String: Any]) throws -> Supposition.Change {
        try read(place, members, CarrierDraft.init) { id, body, draft in
            .carrier(id.flatMap { CarrierID($0) }, name: try body.string("name"), draft)
        }
    }

    private func route(_ place: String, _ members: [String: Any]) throws -> Supposition.Change {
        try read(place, members, RouteDraft.init) { id, _, draft in
            .route(id.flatMap { RouteID($0) }, draft)
        }
    }

    /// Reads an object's own members apart from those that say which one it is, and whether it is there.
    private func read<Draft>(
        _ place: String, _ members: [String: Any], _ draft: (RequestBody) throws -> Draft,
        _ make: (String?, RequestBody, Draft?) throws -> Supposition.Object
    ) throws -> Supposition.Change {
        try naming(place) {
            let whole = RequestBody(members)
            let id = try whole.string("id")?.lowercased()
            if let id, ID<Trunk>(id) == nil {
                throw SettingsError("\(path), \(place): id is not a UUID")
            }
            var own = members
            for name in ["id", "deleted"] + Self.shown { own[name] = nil }
            let isDeleted = try whole.flag("deleted") ?? false
            return Supposition.Change(
                place, try make(id, whole, isDeleted ? nil : draft(RequestBody(own))))
        }
    }

    // MARK: Limits

    private func limits(_ value: Any?) throws -> SupposedLimits {
        guard let value else { return SupposedLimits() }
        guard let members = value as? [String: Any] else {
            throw SettingsError("\(path), limits: an object is wanted")
        }
        if members["media_silence_seconds"] != nil {
            throw SettingsError(
                "\(path), limits: media_silence_seconds cannot be tried, because the log has no packets"
            )
        }
        return try naming("limits") {
            let body = RequestBody(members)
            try body.allow([
                "calls", "ring_timeout_seconds", "maximum_duration_seconds",
                "no_reply_timeout_seconds",
            ])
            var limits = SupposedLimits()
            limits.calls = try number("calls", body, 0...1_000_000)
            limits.ringTimeout = try seconds("ring_timeout_seconds", body)
            limits.maximumDuration = try seconds("maximum_duration_seconds", body)
            limits.noReplyTimeout = try seconds("no_reply_timeout_seconds", body)
            return limits
        }
    }

    private func seconds(_ name: String, _ body: RequestBody) throws -> Duration? {
        try number(name, body, 1...86_400_000).map { .seconds($0) }
    }

    private func number(
        _ name: String, _ body: RequestBody, _ range: ClosedRange<Int>
    ) throws -> Int? {
        guard let number = try body.integer(name) else { return nil }
        guard range.contains(number) else {
            throw SettingsError(
                "\(path), limits: \(name) is \(number), not a number from \(range.lowerBound) to "
                    + "\(range.upperBound)")
        }
        return number
    }

    /// Says where in the file something was that the API would have refused.
    private func naming<Value>(_ place: String, _ body: () throws -> Value) throws -> Value {
        do { return try body() } catch let error as APIError {
            throw SettingsError("\(path), \(place): \(error.message)")
        }
    }
}

extension Supposition.Change {
    fileprivate var takesAway: Bool {
        if case .carrier(_, _, nil) = object { true } else { false }
    }
}
