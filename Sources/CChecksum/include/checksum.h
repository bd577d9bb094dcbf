#ifndef MARTLET_CHECKSUM_H
#define MARTLET_CHECKSUM_H
#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, going on from `seed` (0 to begin).
uint32_t martlet_crc32c(uint32_t seed, const void *bytes, size_t length);

/// A 64-bit hash for tables and digests; equal on every machine and in every run.
uint64_t martlet_hash64(uint64_t seed, const void *bytes, size_t length);

/// memcmp, which Swift has no name for outside the C library.
int martlet_compare(const void *left, const void *right, size_t length);

#endif
