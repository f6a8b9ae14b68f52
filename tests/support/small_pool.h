/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef SMALL_POOL_H
#define SMALL_POOL_H

#include "read/read.h"

/*
 * A pool that OpenZFS wrote (small_pool.sh), as records of a sector number (32 bits,
 * little-endian) and the sector's 512 bytes; what is not recorded reads as zeros. It serves
 * tests and fuzzing as a device in memory, of which each user may change its own copy.
 */
#define SMALL_POOL_SIZE	  (64ULL << 20)
#define SMALL_POOL_SECTOR 512

struct small_pool {
	struct zr_dev dev;
	uint8_t *records;
	size_t n;
	uint32_t first; /* added to the sector numbers of this device's records */
	uint64_t fail_from, fail_to; /* bytes whose reading gives ZB_EIO */
	uint64_t reads;
};

/* A device with a copy of the pool. Ends the program when there is no memory. */
void small_pool_init(struct small_pool *pool);
void small_pool_done(struct small_pool *pool);

/* The same with the pool of small_secret.sh, whose file systems are encrypted. */
void small_secret_init(struct small_pool *pool);

/* Its key of that format: "hex", "raw" or "passphrase". */
struct zb_span small_secret_key(const char *keyformat);

/* The recorded sector at a byte offset, NULL if it is not recorded. */
uint8_t *small_pool_sector(struct small_pool *pool, uint64_t offset);

/* Turns over a byte of each recorded sector of [offset, offset + len). */
void small_pool_damage(struct small_pool *pool, uint64_t offset, uint64_t len);

/*
 * Other pools, of several devices, which extract makes of the golden ones. The number of the
 * device is in the upper bits of a sector's; the last record, of number SMALL_POOLS_HEAD, has
 * how many devices there are and the size of each, as 64 bits, little-endian.
 */
#define SMALL_POOLS_MAX	  16
#define SMALL_POOLS_SHIFT 28
#define SMALL_POOLS_HEAD  0xffffffffU

struct small_pools {
	struct small_pool at[SMALL_POOLS_MAX];
	const struct zr_dev *list[SMALL_POOLS_MAX];
	unsigned int n;
	uint8_t *records;
};

/* A copy of the records; one device, the small pool's, if they have no head. */
void small_pools_init(struct small_pools *pools, const uint8_t *start,
		      const uint8_t *end);
void small_pools_done(struct small_pools *pools);

/* A host over malloc that counts, can be told to fail, and says whether all was given back. */
struct small_host {
	struct zr_host host;
	size_t held;	/* allocations that were not freed */
	size_t bytes;	/* in them */
	size_t limit;	/* bytes; more fail */
	size_t fail_at; /* the allocation of that number (from 1) fails; 0: none */
	size_t allocs;
	unsigned int notes;
	struct zb_diag noted; /* the last of them */
};

void small_host_init(struct small_host *host);

/* Initialises a host and opens a pool of one device with it. */
int small_pool_open(struct small_pool *pool, struct small_host *host,
		    struct zr_pool **ret_open, struct zb_diag *diag);

/* Ends what small_pool_open() began; -1 if memory was not given back. open: may be NULL. */
int small_pool_close(struct small_pool *pool, struct small_host *host,
		     struct zr_pool *open);

#endif
