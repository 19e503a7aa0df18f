// What the tables say. Read-only, from any process.

package import Domain
import Foundation
import GRDB

/// Queries on the projections of one gateway. Every row is a JSON text, as it is shown.
package struct Readings: Sendable {
    /// Tables of provisioned objects.
    package enum Kind: String, Sendable {
        case trunks, carriers, routes
    }

    /// Some rows, and the token of the next ones; empty at the end.
    package struct Page: Sendable {
        package var documents: [String]
        package var nextToken: String
    }

    /// Which call detail records are wanted.
    package struct Filter: Sendable {
        /// Calls that ended at or after, and before.
        package var from: WallTime?
        package var to: WallTime?
        /// A trunk's identifier or domain name.
        package var trunk: String?

        package init(from: WallTime? = nil, to: WallTime? = nil, trunk: String? = nil) {
            self.from = from
            self.to = to
            self.trunk = trunk
        }
    }

    private let database: DatabasePool

    /// Opens the tables, which must be there.
    package init(path: String) throws {
        database = try DatabasePool(
            path: path, configuration: Schema.configuration(isReadOnly: true))
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try database.read(body)
    }

    /// Living objects, newest first.
    package func page(_ kind: Kind, size: Int, token: String) throws -> Page? {
        guard let before = token.isEmpty ? Int64.max : Int64(token) else { return nil }
        let rows = try database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT created_event, document FROM \(kind.rawValue)
                    WHERE is_deleted = 0 AND created_event < ?
                    ORDER BY created_event DESC LIMIT ?
                    """, arguments: [before, size + 1])
        }
        return Page(
            documents: rows.prefix(size).map { $0["document"] },
            nextToken: rows.count > size ? "\(rows[size - 1]["created_event"] as Int64)" : "")
    }

    /// One object, deleted or not.
    package func document(_ kind: Kind, id: String) throws -> String? {
        try database.read {
            try String.fetchOne(
                $0, sql: "SELECT document FROM \(kind.rawValue) WHERE id = ?", arguments: [id])
        }
    }

    /// Calls in progress, and ended ones whose record is not complete, by their first event, after that
    /// `number` and at most `count`.
    package func calls(
        after number: Int64, count: Int
    ) throws -> [(number: Int64, document: String)] {
        try database.read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT first_event, document FROM calls WHERE first_event > ?
                    ORDER BY first_event LIMIT ?
                    """, arguments: [number, count]
            ).map { ($0["first_event"], $0["document"]) }
        }
    }

    /// The same, all of them.
    package func calls() throws -> [String] {
        try database.read {
            try String.fetchAll($0, sql: "SELECT document FROM calls ORDER BY first_event")
        }
    }

    package func call(_ id: String) throws -> String? {
        try database.read {
            try String.fetchOne(
                $0, sql: "SELECT document FROM calls WHERE call_id = ?", arguments: [id])
        }
    }

    /// Call detail records by number, after `number` and at most `count`.
    package func records(
        _ filter: Filter, after number: Int64, count: Int
    ) throws -> [(number: Int64, document: String)] {
        try database.read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT cdr_number, document FROM cdrs WHERE cdr_number > ?
                    AND (? IS NULL OR ended_at >= ?) AND (? IS NULL OR ended_at < ?)
                    AND (? IS NULL OR trunk_id = ? OR domain_name = ?)
                    ORDER BY cdr_number LIMIT ?
                    """,
                arguments: [
                    number, filter.from.map { "\($0)" }, filter.from.map { "\($0)" },
                    filter.to.map { "\($0)" }, filter.to.map { "\($0)" }, filter.trunk,
                    filter.trunk, filter.trunk, count,
                ]
            ).map { ($0["cdr_number"], $0["document"]) }
        }
    }

    /// The highest number of a call detail record that was drawn, complete or not, and the event up to
    /// which that holds.
    package func lastDrawn() throws -> (number: UInt64, through: EventNumber) {
        let row = try database.read {
            try Row.fetchOne(
                $0,
                sql: """
                    SELECT number, max(
                        coalesce((SELECT max(cdr_number) FROM cdrs), 0),
                        coalesce((SELECT max(json_extract(document, '$.cdr_number')) FROM calls), 0))
                        AS drawn FROM position
                    """)
        }
        guard let row else { return (0, 0) }
        return (UInt64(row["drawn"] as Int64), EventNumber(row["number"] as Int64))
    }

    /// The record of a call by CDR number, call identifier or SIP Call-ID of either leg.
    package func record(_ name: String) throws -> String? {
        try database.read {
            try String.fetchOne(
                $0,
                sql: """
                    SELECT document FROM cdrs WHERE call_id = ?1 OR caller_sip_call_id = ?1
                    OR destination_sip_call_id = ?1 OR cdr_number = CAST(?1 AS INTEGER)
                        AND ?1 NOT GLOB '*[^0-9]*'
                    ORDER BY cdr_number LIMIT 1
                    """, arguments: [name])
        }
    }
}
