/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FUZZ_OBJECTS_H
#define FUZZ_OBJECTS_H

#include "read/dsl.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/small_pool.h"

/*
 * An objset made of an input, for the targets that need objects but no devices. An input is
 * one byte, whose lowest bit gives the byte order (1: big-endian), then records:
 *
 *	0 u8 what (enum)  1 u16 object  3 u16 block  5 u16 offset in the block  7 u16 length
 *	9 the bytes
 *
 * The integers are little-endian. The bytes of a dnode are as on disk, but its block pointers
 * lead to the input's data blocks, through indirect blocks made up on the way, unless it says
 * FUZZ_DNODE_RAW. FUZZ_FILL is data that are repeated: its first two bytes say how often.
 * Later records overwrite earlier ones; what none has is zeros.
 *
 * Programs with this need -Wl,--wrap=zr_block_read.
 */
enum fuzz_record {
	FUZZ_DNODE,
	FUZZ_DNODE_RAW,
	FUZZ_DATA,
	FUZZ_FILL,
	FUZZ_SPILL,
	FUZZ_RECORDS,
};

#define FUZZ_RECORD_HEAD 9
#define FUZZ_OBJECTS_MAX 4096

struct fuzz_objects {
	struct small_host host;
	struct zr_pool *pool;
	struct zr_dataset ds; /* its objset is the input's */
};

/* False if there is no memory at all, or no objset. The input outlives ret_objects. */
bool fuzz_objects_init(struct fuzz_objects *objects, const uint8_t *data, size_t size);

/* Fails if something of the pool is still in use. */
void fuzz_objects_done(struct fuzz_objects *objects);

/* Calls back for each object that has a dnode in the input, in the order of the records. */
void fuzz_objects_each(struct fuzz_objects *objects,
		       void (*fn)(void *ctx, uint64_t object), void *ctx);

/* A whole run on an input: each of its objects, with its struct zr_fs as ctx, if it opens. */
void fuzz_objects_as_fs(const uint8_t *data, size_t size,
			void (*fn)(void *fs, uint64_t object));

#endif
