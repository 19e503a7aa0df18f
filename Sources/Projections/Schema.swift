// The tables. They hold nothing that is not in the log: another fold version drops them and reads it
// again from the start.

import Domain
import GRDB

enum Schema {
    /// Raised with every change of a table or of how events become rows.
    static let foldVersion = 6

    /// How the tables are opened. Who comes while they are recovered after a kill waits for that.
    static func configuration(isReadOnly: Bool) -> Configuration {
        var configuration = Configuration()
        configuration.readonly = isReadOnly
        configuration.busyMode = .timeout(5)
        return configuration
    }

    static func create(_ database: Database) throws {
        try database.execute(
            sql: """
                CREATE TABLE position (
                    id INTEGER PRIMARY KEY CHECK (id = 1), fold_version INTEGER NOT NULL,
                    number INTEGER NOT NULL, chain BLOB NOT NULL, base_domain TEXT NOT NULL,
                    at INTEGER NOT NULL, ring_nanoseconds INTEGER NOT NULL,
                    duration_nanoseconds INTEGER NOT NULL);
                INSERT INTO position VALUES (1, \(foldVersion), 0, x'', '', 0,
                    \(CallTimes().ring.nanoseconds), \(CallTimes().duration.nanoseconds));
                CREATE TABLE calls (
                    call_id TEXT PRIMARY KEY, first_event INTEGER NOT NULL, document TEXT NOT NULL);
                """)
        // What has to happen to a call by a time: when the time has come, the rule is broken.
        try database.execute(
            sql: """
                CREATE TABLE expectations (
                    call_id TEXT NOT NULL, rule TEXT NOT NULL, first_event INTEGER NOT NULL,
                    event INTEGER NOT NULL, since INTEGER NOT NULL, due INTEGER NOT NULL,
                    is_lasting INTEGER NOT NULL, PRIMARY KEY (call_id, rule)) WITHOUT ROWID;
                """)
        for table in ["trunks", "carriers", "routes"] {
            try database.execute(
                sql: """
                    CREATE TABLE \(table) (
                        id TEXT PRIMARY KEY, created_event INTEGER NOT NULL,
                        is_deleted INTEGER NOT NULL, document TEXT NOT NULL);
                    CREATE INDEX \(table)_newest ON \(table) (is_deleted, created_event);
                    """)
        }
        try database.execute(
            sql: """
                CREATE TABLE cdrs (cdr_number INTEGER PRIMARY KEY, document TEXT NOT NULL,
                    call_id TEXT NOT NULL, trunk_id TEXT, domain_name TEXT,
                    caller_sip_call_id TEXT NOT NULL, destination_sip_call_id TEXT NOT NULL,
                    result TEXT NOT NULL, invite_at TEXT NOT NULL, ended_at TEXT NOT NULL);
                CREATE INDEX cdrs_call ON cdrs (call_id);
                CREATE INDEX cdrs_caller ON cdrs (caller_sip_call_id);
                CREATE INDEX cdrs_destination ON cdrs (destination_sip_call_id);
                CREATE INDEX cdrs_end ON cdrs (ended_at);
                """)
    }
}
