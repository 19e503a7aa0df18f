/* What most programs would do instead: one row for each event in SQLite, in WAL mode, with
   synchronous=FULL so that a committed transaction survives a power cut.
   usage: sqlite FILE BATCH-EVENTS EVENT-BYTES SECONDS */
#define _GNU_SOURCE
#include "samples.h"
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

static sqlite3 *database;

static void check(int result, int expected) {
    if (result == expected) return;
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void run(const char *statement) {
    check(sqlite3_exec(database, statement, NULL, NULL, NULL), SQLITE_OK);
}

int main(int count, char **arguments) {
    if (count != 5) return fprintf(stderr, "usage: sqlite FILE EVENTS BYTES SECONDS\n"), 2;
    int64_t batch = atoll(arguments[2]), length = (int64_t)(atof(arguments[4]) * 1e9);
    int bytes = atoi(arguments[3]);
    unlink(arguments[1]);
    check(sqlite3_open(arguments[1], &database), SQLITE_OK);
    run("PRAGMA journal_mode=WAL");
    run("PRAGMA synchronous=FULL");
    run("CREATE TABLE event (number INTEGER PRIMARY KEY, body BLOB NOT NULL)");
    sqlite3_stmt *insert;
    check(sqlite3_prepare_v2(database, "INSERT INTO event (body) VALUES (?)", -1, &insert, NULL),
          SQLITE_OK);
    char *event = malloc(bytes);
    memset(event, 'e', bytes);
    struct samples samples;
    samples_begin(&samples);
    int64_t written = 0;
    for (int64_t now = samples.started; now - samples.started < length;) {
        if (batch > 1) run("BEGIN");
        for (int64_t row = 0; row < batch; row++) {
            sqlite3_bind_blob(insert, 1, event, bytes, SQLITE_STATIC);
            check(sqlite3_step(insert), SQLITE_DONE);
            sqlite3_reset(insert);
        }
        if (batch > 1) run("COMMIT");
        written += batch;
        int64_t done = nanoseconds();
        samples_add(&samples, done - now);
        now = done;
    }
    samples_print(&samples, written);
    return 0;
}
