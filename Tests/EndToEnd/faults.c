/* Makes system calls slow, short or failing for files under one directory, as a bad disk would, and moves
 * the wall clock, as an operator would. Loaded with LD_PRELOAD into the gateway; a test steers it through
 * a small shared file (faults.py), so that a fault begins and ends at a moment of the test's choosing. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum call { SYNC = 1, WRITE = 2, ALLOCATE = 4, RENAME = 8 };
enum effect { NONE, DELAY, FAIL, SHORT, LOSE };

/* Written by the test, `effect` last; `remaining` and `hits` are counted here. */
struct control {
    uint32_t effect, calls, error, delay_ms;
    uint32_t remaining, hits; /* remaining 0xffffffff: until the test says otherwise */
    int64_t clock_shift_ns, clock_frozen_ns;
    char match[64]; /* part of the file's path; empty for all files */
};

static volatile struct control *control;
static const char *directory;
/* What was written since the last sync, so that a disk can lose it. */
static struct { int file; off_t offset; size_t count; } unsynced[256];
static int unsynced_count;
static pthread_mutex_t unsynced_lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_CONTROL");
    directory = getenv("FAULTS_DIRECTORY");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *place = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (place != MAP_FAILED) control = place;
}

static int64_t monotonic_ms(void) {
    struct timespec now;
    REAL(clock_gettime)(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int concerns(const char *path, enum call call) {
    return control && directory && control->effect != NONE && (control->calls & call)
        && strncmp(path, directory, strlen(directory)) == 0
        && (!control->match[0] || strstr(path, (const char *)control->match));
}

static const char *path_of(int file, char *path, size_t size) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t count = readlink(link, path, size - 1);
    path[count < 0 ? 0 : count] = 0;
    return path;
}

/* The effect for this call, NONE for all but those the test asked for. Waits here when it is a delay. */
static enum effect strike(const char *path, enum call call) {
    if (!concerns(path, call) || !control->remaining) return NONE;
    enum effect effect = control->effect;
    if (control->remaining != UINT32_MAX) control->remaining--;
    __atomic_fetch_add(&control->hits, 1, __ATOMIC_SEQ_CST);
    if (effect != DELAY) return effect;
    int64_t until = monotonic_ms() + control->delay_ms;
    while (control->effect == DELAY && monotonic_ms() < until) usleep(2000);
    return NONE;
}

static enum effect strike_file(int file, enum call call) {
    char path[512];
    int saved = errno;
    enum effect effect = control ? strike(path_of(file, path, sizeof path), call) : NONE;
    errno = saved;
    return effect;
}

static void remember(int file, off_t offset, ssize_t count) {
    char path[512];
    if (!control || count <= 0 || !directory) return;
    if (strncmp(path_of(file, path, sizeof path), directory, strlen(directory))) return;
    pthread_mutex_lock(&unsynced_lock);
    if (unsynced_count < 256) {
        unsynced[unsynced_count].file = file;
        unsynced[unsynced_count].offset = offset;
        unsynced[unsynced_count++].count = (size_t)count;
    }
    pthread_mutex_unlock(&unsynced_lock);
}

/* After a sync: forgets the file's writes, or takes them back to zeros. */
static void settle(int file, int is_lost) {
    pthread_mutex_lock(&unsynced_lock);
    int kept = 0;
    for (int i = 0; i < unsynced_count; i++) {
        if (unsynced[i].file != file) {
            unsynced[kept++] = unsynced[i];
        } else if (is_lost) {
            void *zeros = calloc(1, unsynced[i].count);
            if (zeros) REAL(pwrite)(file, zeros, unsynced[i].count, unsynced[i].offset);
            free(zeros);
        }
    }
    unsynced_count = kept;
    pthread_mutex_unlock(&unsynced_lock);
}

static int sync_with(int file, int (*real)(int)) {
    enum effect effect = strike_file(file, SYNC);
    if (effect == FAIL || effect == LOSE) {
        settle(file, effect == LOSE);
        errno = (int)control->error;
        return -1;
    }
    int result = real(file);
    if (control) settle(file, 0);
    return result;
}

int fdatasync(int file) { return sync_with(file, REAL(fdatasync)); }
int fsync(int file) { return sync_with(file, REAL(fsync)); }

ssize_t pwrite(int file, const void *bytes, size_t count, off_t offset) {
    enum effect effect = strike_file(file, WRITE);
    if (effect == FAIL) {
        errno = (int)control->error;
        return -1;
    }
    if (effect == SHORT && count > 1) count = 1 + count / 3;
    ssize_t result = REAL(pwrite)(file, bytes, count, offset);
    remember(file, offset, result);
    return result;
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t offset) {
    return pwrite(file, bytes, count, offset);
}

int posix_fallocate(int file, off_t offset, off_t count) {
    return strike_file(file, ALLOCATE) == FAIL ? (int)control->error
                                               : REAL(posix_fallocate)(file, offset, count);
}

int posix_fallocate64(int file, off_t offset, off_t count) {
    return posix_fallocate(file, offset, count);
}

int fallocate(int file, int mode, off_t offset, off_t count) {
    if (strike_file(file, ALLOCATE) == FAIL) {
        errno = (int)control->error;
        return -1;
    }
    return REAL(fallocate)(file, mode, offset, count);
}

int fallocate64(int file, int mode, off_t offset, off_t count) {
    return fallocate(file, mode, offset, count);
}

int rename(const char *from, const char *to) {
    if (control && strike(from, RENAME) == FAIL) {
        errno = (int)control->error;
        return -1;
    }
    return REAL(rename)(from, to);
}

/* The wall clock. Waits that name a wall time are told the real one, as the kernel would after a jump. */

static int64_t shift(void) { return control ? control->clock_shift_ns : 0; }

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = REAL(clock_gettime);
    int result = real(clock, now);
    if (result || !control || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
    int64_t frozen = control->clock_frozen_ns;
    int64_t wall = frozen ? frozen : now->tv_sec * 1000000000LL + now->tv_nsec + shift();
    now->tv_sec = wall / 1000000000;
    now->tv_nsec = wall % 1000000000;
    return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec wall;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &wall);
    now->tv_sec = wall.tv_sec;
    now->tv_usec = wall.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *place) {
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    if (place) *place = wall.tv_sec;
    return wall.tv_sec;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    /* Only deadlines near the faked now can be meant by the faked clock; others are monotonic. */
    struct timespec real = *until, wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    if (llabs((long long)until->tv_sec - wall.tv_sec) < 86400) {
        struct timespec now;
        REAL(clock_gettime)(CLOCK_REALTIME, &now);
        int64_t wait = (until->tv_sec - wall.tv_sec) * 1000000000LL + until->tv_nsec - wall.tv_nsec;
        int64_t end = now.tv_sec * 1000000000LL + now.tv_nsec + (wait > 0 ? wait : 0);
        real.tv_sec = end / 1000000000;
        real.tv_nsec = end % 1000000000;
    }
    return REAL(pthread_cond_timedwait)(condition, mutex, &real);
}
