// What the tables say about the rules that no call may break.

package import Domain
import GRDB

extension Readings {
    /// Up to where the tables have read the log.
    package struct Position: Sendable {
        package var number: EventNumber
        /// The time of that event.
        package var at: WallTime
    }

    package func position() throws -> Position {
        let row = try read { try Row.fetchOne($0, sql: "SELECT number, at FROM position") }
        guard let row else { return Position(number: 0, at: .distantPast) }
        return Position(
            number: EventNumber(row["number"] as Int64), at: WallTime(nanoseconds: row["at"]))
    }

    /// The rules that are broken at a time if nothing happens until then, by event.
    package func violations(at now: WallTime) throws -> [Violation] {
        let rows = try read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT call_id, rule, event, since FROM expectations WHERE due <= ?
                    ORDER BY event, call_id, rule
                    """, arguments: [now.nanoseconds])
        }
        return rows.compactMap { row in
            guard let rule = Invariant(rawValue: row["rule"]), let call = CallID(row["call_id"])
            else { return nil }
            return Violation(
                rule: rule, call: call, event: EventNumber(row["event"] as Int64),
                since: WallTime(nanoseconds: row["since"]))
        }
    }

    /// How many there are of each rule.
    package func violationCounts(at now: WallTime) throws -> [Invariant: Int] {
        let rows = try read {
            try Row.fetchAll(
                $0,
                sql:
                    "SELECT rule, count(*) AS count FROM expectations WHERE due <= ? GROUP BY rule",
                arguments: [now.nanoseconds])
        }
        let counts = rows.compactMap { row in
            Invariant(rawValue: row["rule"]).map { ($0, row["count"] as Int) }
        }
        return Dictionary(uniqueKeysWithValues: counts)
    }
}
