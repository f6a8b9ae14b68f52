/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_TRAVERSE_FRAME_H
#define ZR_TRAVERSE_FRAME_H

#include "read/dsl.h"
#include "read/keys.h"
#include "read/traverse.h"
#include "read/traverse_log.h"

/*
 * The walk's stack. Each frame knows which of its children is next:
 *
 *	objset          the dnodes in its own block
 *	  dnode         its block pointers and its spill
 *	    indirect    the block pointers in it
 *	      slots     the dnodes in a block of the meta dnode
 *	        dnode, indirect ...
 */
enum zr_frame_kind {
	ZR_FRAME_OBJSET,
	ZR_FRAME_DNODE,
	ZR_FRAME_INDIRECT,
	ZR_FRAME_SLOTS,
};

struct zr_frame {
	enum zr_frame_kind kind;
	unsigned int next;  /* child */
	unsigned int level; /* indirect: of its children */
	uint64_t object;    /* slots: of the first one */
	uint64_t first;	    /* indirect: blkid of its first child */
	struct zf_dnode dn; /* dnode; its spans point into the frame below */
	unsigned int dn_at; /* indirect: the frame of its dnode */
	enum zb_endian endian;
	/* The frame's block. The memory stays with the place in the stack. */
	uint8_t *block;
	size_t block_size;
	struct zb_span data;
};

/* Objset, meta dnode with its levels, slots, dnode with its levels. */
#define ZR_FRAMES (1 + ZF_DNODE_MAX_LEVELS + 1 + ZF_DNODE_MAX_LEVELS + 1)

struct zr_traverse {
	struct zr_pool *pool;
	struct zr_frame frames[ZR_FRAMES];
	unsigned int depth;
	struct zr_visit visit; /* the last */
	bool descend;	       /* into the last one */
	uint8_t *raw;	       /* of a metadata block, before its decompression */
	size_t raw_size;

	uint64_t dataset;	  /* whose blocks are visited */
	const struct zr_key *key; /* of it, if it is encrypted and was unlocked */
	uint64_t min_txg;	  /* what was born up to then was visited elsewhere */
	uint64_t budget;	  /* bytes of metadata that there may still be */

	uint64_t *datasets; /* found in the MOS */
	size_t n_datasets, size_datasets, next_dataset;
	bool started;
	bool objects; /* tell of them, and look at no other dataset */

	struct zr_log log; /* of the dataset, once its blocks have been visited */
};

/*
 * The next block below the frames: enum zr_traverse_result or ZB_ENOMEM. ZR_TRAVERSE_END when
 * the frames are used up.
 */
ZB_MUST_CHECK int zr_frames_next(struct zr_traverse *t, struct zb_diag *diag);

/* Makes the objset's block at bp the visited one, unless there is none or it is too old. */
bool zr_frames_root(struct zr_traverse *t, const struct zf_blkptr *bp);

/* Makes *block at least so large; what was in it is lost. */
bool zr_traverse_reserve(struct zr_traverse *t, uint8_t **block, size_t *size,
			 uint64_t need);

#endif
