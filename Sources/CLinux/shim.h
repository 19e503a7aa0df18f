/* What Swift's Glibc module leaves out: readiness of many sockets, and a descriptor to wake with. */
#pragma once
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>

/* Nanoseconds of a clock. `struct timespec` itself cannot be named in Swift wherever NIO is imported
   too: its C module claims the structure's members. */
static inline long long clinux_clock(clockid_t clock) {
    struct timespec time = {0, 0};
    clock_gettime(clock, &time);
    return (long long)time.tv_sec * 1000000000LL + time.tv_nsec;
}
