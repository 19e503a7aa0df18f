/* How long each wait took, and what the process cost: printed as the one line of JSON that
   Benchmarks/run reads from every program it compares. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#define SAMPLES_MAX (1 << 22)

struct samples {
    int64_t *waits;
    size_t count;
    int64_t started, cpu;
};

static inline int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline int64_t cpu_nanoseconds(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000LL +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
}

static inline void samples_begin(struct samples *samples) {
    samples->waits = malloc(SAMPLES_MAX * sizeof *samples->waits);
    samples->count = 0;
    samples->cpu = cpu_nanoseconds();
    samples->started = nanoseconds();
}

static inline void samples_add(struct samples *samples, int64_t wait) {
    if (samples->count < SAMPLES_MAX) samples->waits[samples->count++] = wait;
}

static int samples_order(const void *a, const void *b) {
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static inline void samples_print(struct samples *samples, int64_t events) {
    int64_t elapsed = nanoseconds() - samples->started, cpu = cpu_nanoseconds() - samples->cpu;
    qsort(samples->waits, samples->count, sizeof *samples->waits, samples_order);
    printf("{\"events\":%lld,\"nanoseconds\":%lld,\"p50_nanoseconds\":%lld,"
           "\"p99_nanoseconds\":%lld,\"cpu_nanoseconds\":%lld}\n",
           (long long)events, (long long)elapsed,
           (long long)samples->waits[samples->count / 2],
           (long long)samples->waits[samples->count * 99 / 100], (long long)cpu);
}

static inline void require(int condition, const char *what) {
    if (condition) return;
    perror(what);
    exit(1);
}
