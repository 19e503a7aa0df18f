// Whether the tables are what the log says: they are made again beside the living ones, and compared row
// by row at the same event, while the gateway goes on.

package import Domain
package import EventStore
import GRDB

/// A comparison of the tables with the log.
package struct TableComparison: Sendable {
    /// The event that both show.
    package private(set) var number: EventNumber = 0
    package private(set) var rows = 0
    /// The first difference, in words; nil when there is none.
    package private(set) var difference: String?

    private static let tables = [
        "position", "calls", "expectations", "trunks", "carriers", "routes", "cdrs",
    ]

    /// Compares the tables at `path` with new ones at `side`, a path that does not exist yet. `reader`
    /// makes readers of the log up to an event.
    package init(
        of path: String, side: String, reader: (EventNumber) throws -> LogReader,
        progress: (EventNumber, EventNumber) -> Void
    ) throws {
        let live = try Self.open(path)
        // Nearly all is made before the living tables are held, for they grow meanwhile.
        let near = try live.read { try Self.position($0) }
        try Projector.catchUp(path: side, reader: try reader(near)) { progress($0, near) }
        try live.read { living in
            number = try Self.position(living)
            try Projector.catchUp(path: side, reader: try reader(number))
            try Self.open(side).read { made in
                for table in Self.tables where difference == nil {
                    try compare(table, living, made)
                }
            }
        }
    }

    private static func open(_ path: String) throws -> DatabasePool {
        try DatabasePool(path: path, configuration: Schema.configuration(isReadOnly: true))
    }

    private static func position(_ database: Database) throws -> EventNumber {
        EventNumber(try Int64.fetchOne(database, sql: "SELECT number FROM position") ?? 0)
    }

    private mutating func compare(_ table: String, _ living: Database, _ made: Database) throws {
        let sql = "SELECT * FROM \(table) ORDER BY 1, 2"
        let (left, right) = (
            try Row.fetchCursor(living, sql: sql), try Row.fetchCursor(made, sql: sql)
        )
        while difference == nil {
            switch (try left.next(), try right.next()) {
            case (nil, nil): return
            case (let row?, nil):
                difference = "\(table): the row \(Self.name(row)) is not in the log"
            case (nil, let row?): difference = "\(table): the row \(Self.name(row)) is missing"
            case (let row?, let other?):
                rows += 1
                if row != other { difference = "\(table): \(Self.difference(row, other))" }
            }
        }
    }

    private static func name(_ row: Row) -> String { "\(row[0] as DatabaseValue)" }

    private static func difference(_ row: Row, _ other: Row) -> String {
        guard name(row) == name(other) else {
            return "there is a row \(name(row)) where the log gives \(name(other))"
        }
        let column = row.columnNames.first {
            row[$0] as DatabaseValue != other[$0] as DatabaseValue
        }
        guard let column else { return "row \(name(row)) has other columns" }
        return "row \(name(row)), column \(column): \(row[column] as DatabaseValue) is not "
            + "\(other[column] as DatabaseValue)"
    }
}
