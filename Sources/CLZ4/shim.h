/* The block API of liblz4: <lz4.h> for live batches, <lz4hc.h> for sealed segments. And the
   processor's own CRC32C, which Swift cannot name. */
#pragma once
#include <lz4.h>
#include <lz4hc.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static inline uint32_t
clz4_crc32c_hardware(uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t state = crc;
    for (; count >= 8; bytes += 8, count -= 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        state = __builtin_ia32_crc32di(state, word);
    }
    for (; count > 0; bytes++, count--) {
        state = __builtin_ia32_crc32qi((uint32_t)state, *bytes);
    }
    return (uint32_t)state;
}
static inline int clz4_has_crc32c(void) { return __builtin_cpu_supports("sse4.2") != 0; }
#else
static inline uint32_t clz4_crc32c_hardware(uint32_t crc, const uint8_t *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return crc;
}
static inline int clz4_has_crc32c(void) { return 0; }
#endif
