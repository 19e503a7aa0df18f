/* What so many waiting threads cost by themselves: group commit at its simplest. Whoever finds no
   write under way writes for all who have gathered and wakes them with one call.
   usage: group FILE CALLERS EVENT-BYTES SECONDS */
#define _GNU_SOURCE
#include "samples.h"
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { file_bytes = 64 << 20, page = 1 << 20, callers_max = 256 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char gathered[2][callers_max * 4096];
static ssize_t filled;
static int side, writing, file;
static uint32_t gathering = 1;
static _Atomic uint32_t durable;
static off_t at;
static ssize_t event_bytes;
static int64_t until;

/* Writes what has gathered. Called and returns with the lock held. */
static void commit(void) {
    uint32_t group = gathering++;
    char *bytes = gathered[side];
    ssize_t length = filled;
    side ^= 1;
    filled = 0;
    writing = 1;
    pthread_mutex_unlock(&lock);
    if (at + length > file_bytes) at = 0;
    require(pwrite(file, bytes, length, at) == length, "write");
    require(fdatasync(file) == 0, "fdatasync");
    at += length;
    /* Together, so that whoever is woken finds that the next write may begin. */
    pthread_mutex_lock(&lock);
    writing = 0;
    atomic_store(&durable, group);
    pthread_mutex_unlock(&lock);
    syscall(SYS_futex, &durable, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    pthread_mutex_lock(&lock);
}

static void append(void) {
    pthread_mutex_lock(&lock);
    memset(gathered[side] + filled, 'e', event_bytes);
    filled += event_bytes;
    uint32_t group = gathering;
    for (;;) {
        if (atomic_load(&durable) >= group) break;
        if (!writing) {
            commit();
            continue;
        }
        uint32_t seen = atomic_load(&durable);
        pthread_mutex_unlock(&lock);
        syscall(SYS_futex, &durable, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
        pthread_mutex_lock(&lock);
    }
    pthread_mutex_unlock(&lock);
}

static void *caller(void *argument) {
    struct samples *samples = argument;
    for (int64_t now = nanoseconds(); now < until;) {
        append();
        int64_t done = nanoseconds();
        samples_add(samples, done - now);
        now = done;
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 5) return fprintf(stderr, "usage: group FILE CALLERS BYTES SECONDS\n"), 2;
    int callers = atoi(arguments[2]);
    event_bytes = atoll(arguments[3]);
    if (callers > callers_max || event_bytes > 4096) return fprintf(stderr, "too much\n"), 2;
    file = open(arguments[1], O_RDWR | O_CREAT | O_TRUNC, 0600);
    require(file >= 0, arguments[1]);
    char *zeros = calloc(1, page);
    for (off_t offset = 0; offset < file_bytes; offset += page)
        require(pwrite(file, zeros, page, offset) == page, "write");
    require(fsync(file) == 0, "fsync");
    struct samples all, each[callers_max];
    pthread_t threads[callers_max];
    for (int index = 0; index < callers; index++) samples_begin(&each[index]);
    samples_begin(&all);
    until = all.started + (int64_t)(atof(arguments[4]) * 1e9);
    for (int index = 0; index < callers; index++)
        pthread_create(&threads[index], NULL, caller, &each[index]);
    int64_t events = 0;
    for (int index = 0; index < callers; index++) {
        pthread_join(threads[index], NULL);
        events += each[index].count;
        for (size_t wait = 0; wait < each[index].count; wait++)
            samples_add(&all, each[index].waits[wait]);
    }
    samples_print(&all, events);
    return 0;
}
