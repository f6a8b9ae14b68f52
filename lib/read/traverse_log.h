/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_TRAVERSE_LOG_H
#define ZR_TRAVERSE_LOG_H

#include "fmt/zil.h"
#include "read/pool.h"

struct zr_traverse;

/*
 * The walk through a dataset's intent log. One that was claimed, when the pool was imported, is as
 * long as the claim says: each of its blocks must read. One that was not ends where a block or
 * what a record points to does not verify: the next block has a place before it is written.
 */
struct zr_log {
	bool waits; /* until the dataset's objects have been visited */
	struct zf_blkptr objset;
	bool active;
	bool unread; /* the block at `next` was visited, and is to be read now */
	struct zf_zil_header header;
	uint64_t lr_seq;       /* of the last record */
	struct zf_blkptr next; /* block of the chain */
	uint8_t *block;
	size_t block_size;
	struct zf_zil_chain chain; /* its records point into block */
	size_t pos;
};

/*
 * enum zr_traverse_result: a block of the log, or of what a record points to; ZR_TRAVERSE_END
 * when there is no more, or no log at all.
 */
ZB_MUST_CHECK int zr_log_next(struct zr_traverse *t, struct zb_diag *diag);

#endif
