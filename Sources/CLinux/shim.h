/* What Swift's Glibc module leaves out: readiness of many sockets, and descriptors to wake with. */
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/vfs.h>
#include <time.h>

/* Nanoseconds of a clock. `struct timespec` itself cannot be named in Swift wherever NIO is imported
   too: its C module claims the structure's members. */
static inline long long clinux_clock(clockid_t clock) {
    struct timespec time = {0, 0};
    clock_gettime(clock, &time);
    return (long long)time.tv_sec * 1000000000LL + time.tv_nsec;
}

/* The magic number of the file system that a path is on; 0 when it cannot be told. The function and
   the structure have one name, which Swift cannot tell apart. */
static inline long clinux_filesystem(const char *path) {
    struct statfs status;
    return statfs(path, &status) == 0 ? (long)status.f_type : 0;
}
