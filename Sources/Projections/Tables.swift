// The tables while they are being written: rows and the position that they show are committed together.

import Domain
import EventStore
import Foundation
import GRDB

/// One writer's view of the database. Used by one thread at a time.
final class Tables {
    private var database: DatabasePool
    private var reader: LogReader
    /// Calls whose record may still change.
    private var open: [CallID: CallRecord] = [:]
    /// What calls have to come to, and have not.
    private var watches = Watches()
    private var baseDomain = ""
    private(set) var position: EventNumber = 0

    /// Opens the database and goes to its position in the log; starts over on any doubt.
    init(path: String, reader: LogReader) throws {
        var reader = reader
        // No row is made of what came in, only of what was decided about it.
        reader.wanted = { $0 != .requestReceived && $0 != .responseReceived }
        self.reader = reader
        database = try Self.openTrusted(path)
        if try !resume() {
            try database.close()
            try Self.remove(path)
            self.reader = reader
            database = try Self.open(path)
            guard try resume() else { throw Doubt() }
        }
    }

    /// What is no database, or has another version, is made anew.
    private static func openTrusted(_ path: String) throws -> DatabasePool {
        do { return try open(path) } catch is Doubt {
            try remove(path)
            return try open(path)
        }
    }

    /// The tables do not belong to this log, or were made by another version.
    private struct Doubt: Error {}

    private static func open(_ path: String) throws -> DatabasePool {
        do {
            // Synced when the write-ahead log is moved into the tables (GRDB's `synchronous = NORMAL`): a power
            // cut may take the last transactions, which are read again, and damages nothing.
            let database = try DatabasePool(
                path: path, configuration: Schema.configuration(isReadOnly: false))
            try database.write { database in
                if try !database.tableExists("position") { try Schema.create(database) }
            }
            return database
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_NOTADB || error.resultCode == .SQLITE_CORRUPT
        {
            throw Doubt()
        }
    }

    private static func remove(_ path: String) throws {
        for suffix in ["", "-wal", "-shm"]
        where FileManager.default.fileExists(atPath: path + suffix) {
            try FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// False when the position is not one of this log.
    private func resume() throws -> Bool {
        let row = try database.read { try Row.fetchOne($0, sql: "SELECT * FROM position") }
        guard let row, row["fold_version"] as Int == Schema.foldVersion else { return false }
        let number = EventNumber(row["number"] as Int64)
        baseDomain = row["base_domain"]
        guard number > 0 else { return true }
        let start = reader
        try reader.seek(to: number)
        guard reader.position == number, reader.chain == Octets(row["chain"] as Data) else {
            return false
        }
        position = number
        watches.times.ring = .nanoseconds(row["ring_nanoseconds"] as Int64)
        watches.times.duration = .nanoseconds(row["duration_nanoseconds"] as Int64)
        let trunks = try database.read {
            try String.fetchAll($0, sql: "SELECT id FROM trunks WHERE is_deleted = 0")
        }
        watches.trunks = Set(trunks.compactMap { TrunkID($0) })
        try readOpenCalls(from: start)
        return true
    }

    /// Calls in progress, and those that something is waited for, are folded again from their first
    /// events.
    private func readOpenCalls(from start: LogReader) throws {
        let rows = try database.read {
            try Row.fetchAll(
                $0,
                sql: """
                    SELECT call_id, first_event FROM calls UNION
                    SELECT call_id, first_event FROM expectations WHERE is_lasting = 0
                    """)
        }
        let ids = Set(rows.compactMap { CallID($0["call_id"] as String) })
        guard let first = rows.map({ EventNumber($0["first_event"] as Int64) }).min() else {
            return
        }
        var reader = start
        try reader.seek(to: first - 1)
        while reader.position < position, let record = try reader.next() {
            guard record.number <= position else { continue }
            if case .gapRecorded = record.event { applyToAll(record) }
            guard ids.contains(record.stream.call) || record.stream == .gateway else { continue }
            watches.recall(record)
            if let call = CallRecord(beginning: record) {
                open[call.id] = call
            } else {
                open[record.stream.call]?.apply(record)
            }
        }
        open = open.filter { !$0.value.isComplete }
        watches.recalled()
    }

    /// Folds what there is, up to a batch; returns the number of events. After an error what is in memory is
    /// ahead of the database: this is of no more use.
    func step() throws -> Int {
        var records: [Domain.Record] = []
        let before = reader.position
        while records.count < Limits.projectionBatch, let record = try reader.next() {
            records.append(record)
        }
        let end = reader.position
        guard end > before else { return 0 }
        try database.write { database in
            try apply(records, in: database)
            try writePosition(end, at: records.last, in: database)
        }
        position = end
        return Int(end - before)
    }

    private func writePosition(
        _ end: EventNumber, at last: Domain.Record?, in database: Database
    ) throws {
        try execute(
            """
            UPDATE position SET number = ?, chain = ?, base_domain = ?, ring_nanoseconds = ?,
                duration_nanoseconds = ?, at = coalesce(?, at)
            """,
            [
                Int64(end), Data(reader.chain), baseDomain, watches.times.ring.nanoseconds,
                watches.times.duration.nanoseconds, last?.stamp.wall.nanoseconds,
            ], database)
    }

    /// Calls that begin and end within the batch never become a row of calls in progress.
    private func apply(_ records: [Domain.Record], in database: Database) throws {
        var changed: Set<CallID> = []
        for record in records {
            watches.apply(record)
            if let call = CallRecord(beginning: record) {
                open[call.id] = call
                changed.insert(call.id)
            } else if open[record.stream.call] != nil {
                open[record.stream.call]?.apply(record)
                changed.insert(record.stream.call)
            } else if case .gapRecorded = record.event {
                applyToAll(record)
                changed.formUnion(open.keys)
            } else {
                try provision(record, in: database)
            }
        }
        for id in changed {
            guard let call = open[id] else { continue }
            try write(call, in: database)
            if call.isComplete { open[id] = nil }
        }
        for change in watches.takeChanges() { try write(change, in: database) }
    }

    /// Of a call that is over only what is broken for ever is kept.
    private func write(_ change: Watches.Change, in database: Database) throws {
        try execute(
            "DELETE FROM expectations WHERE call_id = ? AND is_lasting = 0", ["\(change.call)"],
            database)
        for expectation in change.expectations {
            try execute(
                "INSERT OR REPLACE INTO expectations VALUES (?, ?, ?, ?, ?, ?, ?)",
                [
                    "\(change.call)", expectation.rule.rawValue, Int64(change.firstEvent),
                    Int64(expectation.event), expectation.since.nanoseconds,
                    expectation.due.nanoseconds, expectation.isLasting,
                ], database)
        }
    }

    private func applyToAll(_ record: Domain.Record) {
        for id in open.keys { open[id]?.apply(record) }
    }

    /// A call is in one of two tables: among the records only when nothing in them can change any more.
    private func write(_ call: CallRecord, in database: Database) throws {
        let columns = JSON.object(call.columns)
        guard call.isComplete, let number = call.cdrNumber else {
            return try execute(
                "INSERT OR REPLACE INTO calls VALUES (?, ?, ?)",
                ["\(call.id)", Int64(call.firstEvent), columns.text], database)
        }
        try execute("DELETE FROM calls WHERE call_id = ?", ["\(call.id)"], database)
        func text(_ name: String) -> String? {
            if case .string(let value)? = columns[name] { value } else { nil }
        }
        try execute(
            "INSERT OR REPLACE INTO cdrs VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                Int64(number), columns.text, "\(call.id)", text("trunk_id"), text("domain_name"),
                text("caller_sip_call_id") ?? "", text("destination_sip_call_id") ?? "",
                call.result, text("invite_at") ?? "", text("ended_at") ?? "",
            ], database)
    }

    /// Statements of calls are compiled once: there are thousands a second.
    private func execute(
        _ sql: String, _ arguments: StatementArguments, _ database: Database
    ) throws {
        try database.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    private func provision(_ record: Domain.Record, in database: Database) throws {
        switch record.event {
        case .gatewayStarted(let event): baseDomain = event.baseDomain
        case .trunkCreated(let trunk), .trunkUpdated(let trunk),
            .trunkCredentialRotated(let trunk), .trunkDeleted(let trunk):
            try write(
                "trunks", "\(trunk.id)", trunk.document(base: baseDomain), trunk.deleted != nil,
                record.number, database)
        case .carrierCreated(let carrier), .carrierUpdated(let carrier),
            .carrierDeleted(let carrier):
            try write(
                "carriers", "\(carrier.id)", carrier.document, carrier.deleted != nil,
                record.number, database)
        case .routeCreated(let route), .routeUpdated(let route), .routeDeleted(let route):
            try write(
                "routes", "\(route.id)", route.document, route.deleted != nil, record.number,
                database)
        default: break
        }
    }

    private func write(
        _ table: String, _ id: String, _ document: JSON, _ isDeleted: Bool, _ number: EventNumber,
        _ database: Database
    ) throws {
        try database.execute(
            sql: """
                INSERT INTO \(table) VALUES (?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET is_deleted = excluded.is_deleted,
                    document = excluded.document
                """,
            arguments: [id, Int64(number), isDeleted, document.text])
    }
}
