/* The least that durable appending can cost here: one thread that writes a batch into a
   preallocated, zero-filled file and syncs it, again and again. Nobody waits, nothing is checked.
   usage: bare FILE BATCH-EVENTS EVENT-BYTES SECONDS */
#define _GNU_SOURCE
#include "samples.h"
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { file_bytes = 64 << 20, page = 1 << 20 };

static int zeroed(const char *path) {
    int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    require(file >= 0, path);
    char *zeros = calloc(1, page);
    require(posix_fallocate(file, 0, file_bytes) == 0, "fallocate");
    for (off_t at = 0; at < file_bytes; at += page)
        require(pwrite(file, zeros, page, at) == page, "write");
    require(fsync(file) == 0, "fsync");
    free(zeros);
    return file;
}

int main(int count, char **arguments) {
    if (count != 5) return fprintf(stderr, "usage: bare FILE EVENTS BYTES SECONDS\n"), 2;
    int64_t batch = atoll(arguments[2]);
    ssize_t bytes = batch * atoll(arguments[3]);
    int64_t length = (int64_t)(atof(arguments[4]) * 1e9);
    int file = zeroed(arguments[1]);
    char *events = malloc(bytes);
    memset(events, 'e', bytes);
    struct samples samples;
    samples_begin(&samples);
    int64_t written = 0;
    off_t at = 0;
    for (int64_t now = samples.started; now - samples.started < length;) {
        if (at + bytes > file_bytes) at = 0;
        require(pwrite(file, events, bytes, at) == bytes, "write");
        require(fdatasync(file) == 0, "fdatasync");
        at += bytes;
        written += batch;
        int64_t done = nanoseconds();
        samples_add(&samples, done - now);
        now = done;
    }
    samples_print(&samples, written);
    return 0;
}
