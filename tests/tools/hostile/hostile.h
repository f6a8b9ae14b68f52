/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "read/fs.h"
#include "read/zap.h"
#include "tests/support/small_pool.h"

/*
 * Pools that somebody made to harm: the small pool, which OpenZFS wrote, with some bytes
 * changed and every checksum above them made right again, up to the uberblock. A changed block
 * is written anew, uncompressed, where the pool has nothing; so is all that leads to it.
 *
 * An objset is named by its dataset's object, OBJSET_MOS for the MOS; object 0 of an objset is
 * its meta dnode. What the pool lacks ends the program.
 */
#define OBJSET_MOS   0
#define HOSTILE_SIZE (256ULL << 20) /* of the device, larger than the small pool's */

struct hostile {
	uint8_t *image; /* HOSTILE_SIZE */
	struct zr_dev dev;
	struct small_host host;
	struct zr_pool *pool; /* NULL: to be opened (again) */
	uint64_t next;	      /* free place for a block, past the start of data */
	uint64_t txg;	      /* in which the changes were made: the newest */
};

void hostile_init(struct hostile *h, uint8_t *image);
void hostile_done(struct hostile *h);

/* What is where. */
uint64_t hostile_dataset(struct hostile *h, const char *name);
struct zf_dsl_dir hostile_dir(struct hostile *h, const char *dataset,
			      uint64_t *ret_object);
uint64_t hostile_snapshots(struct hostile *h, const char *dataset); /* the ZAP of names */
uint64_t hostile_file(struct hostile *h, const char *dataset, const char *path);

/* Changes. Offsets in a dnode are as on disk. */
void hostile_dnode(struct hostile *h, uint64_t objset, uint64_t object, size_t offset,
		   const void *bytes, size_t len);
void hostile_dnode_u64(struct hostile *h, uint64_t objset, uint64_t object, size_t offset,
		       uint64_t v);
void hostile_bonus_u64(struct hostile *h, uint64_t objset, uint64_t object, size_t offset,
		       uint64_t v);
void hostile_block(struct hostile *h, uint64_t objset, uint64_t object,
		   unsigned int level, uint64_t blk, size_t offset, const void *bytes,
		   size_t len);
void hostile_block_u64(struct hostile *h, uint64_t objset, uint64_t object, uint64_t blk,
		       size_t offset, uint64_t v);
/* Any change of a block, by a function. */
void hostile_edit(struct hostile *h, uint64_t objset, uint64_t object, unsigned int level,
		  uint64_t blk, void (*edit)(uint8_t *data, size_t len));
void hostile_zap(struct hostile *h, uint64_t objset, uint64_t object, const char *name,
		 uint64_t v);
void hostile_attr(struct hostile *h, const char *dataset, uint64_t object,
		  enum zf_zpl_attr attr, uint64_t v);

/* A block by itself, not yet pointed to: fills in all of *bp but level, type and birth. */
void hostile_write(struct hostile *h, struct zf_blkptr *bp, const void *data, size_t len);

/* The same for data that are compressed already; len is rounded up to sectors. */
void hostile_write_packed(struct hostile *h, struct zf_blkptr *bp, const void *packed,
			  size_t len, unsigned int compress, size_t lsize);

/* All labels' name-value lists and their checksums. list is packed. */
void hostile_labels(struct hostile *h, const void *list, size_t len);

_Noreturn void hostile_die(const char *what);

#endif
