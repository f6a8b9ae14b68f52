/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_SCRUB_H
#define ZR_SCRUB_H

#include "read/traverse.h"
#include "read/vdev.h"

/*
 * Reads every block that zr_traverse_next() gives, each copy of it on each device, and verifies
 * its checksum and, of datasets whose key was given, its MAC; nothing is decompressed. Blocks are collected in batches, sorted by where they
 * lie and fetched with large requests by all of the host's cores, while another batch is being
 * collected: with zr_host.run set, zr_dev.read is called by several threads at once. Memory
 * does not grow with the pool.
 */

/* One copy of a block, or what stands for it, that is not as it should be. */
struct zr_bad_copy {
	const struct zr_dev *dev; /* NULL: missing, or of no known device */
	uint64_t guid;		  /* of the vdev */
	uint64_t offset;	  /* on the device */
	uint64_t len;
	int error; /* ZB_ECKSUM, ZB_EIO, ... */
	/* The device is known not to have it: the txgs, its birth among them. end 0: no. */
	struct zr_txgs lacks;
};

#define ZR_BAD_COPIES 16 /* that are named */

struct zr_damage {
	struct zr_visit visit;
	bool lost;	   /* no copy is right; otherwise the block can be repaired */
	unsigned int good; /* copies */
	unsigned int n_bad;
	struct zr_bad_copy bad[ZR_BAD_COPIES];
};

struct zr_scrub_totals {
	uint64_t datasets; /* snapshots included */
	uint64_t blocks, logical, physical, allocated;
	uint64_t gangs;
	uint64_t
		log_blocks; /* of intent logs, and what records in them point to: not above */
	/* Blocks of encrypted datasets at level 0: with a MAC that was verified, and without a key. */
	uint64_t authenticated, locked;
	uint64_t embedded;   /* block pointers that hold their data themselves */
	uint64_t read;	     /* bytes */
	uint64_t repairable; /* blocks with a bad copy and a good one */
	uint64_t lost;	     /* blocks without a good one */
	uint64_t faults; /* places where the walk could not go on, though all was read */
	uint64_t degraded; /* blocks that are right, with a copy on a missing device */
	uint64_t lacking;  /* or on one that is known not to have it */
};

/* All are called by the thread that called zr_scrub(). Each may be NULL. */
struct zr_scrub_events {
	void *ctx;
	void (*missing)(void *ctx, uint64_t guid); /* each vdev without a device */
	void (*damage)(void *ctx, const struct zr_damage *damage);
	/* A block that is right, and not on a device that is known not to have it: no damage. */
	void (*lacking)(void *ctx, const struct zr_damage *damage);
	void (*fault)(void *ctx, const struct zr_visit *visit,
		      const struct zb_diag *diag);
	/* bytes: of the total that zr_traverse_total() tells. Non-zero ends the scrub. */
	int (*progress)(void *ctx, uint64_t bytes);
};

/*
 * 0 whether there is damage or not: the totals tell. ZB_ENOMEM, or what progress() returned;
 * the totals are those up to there.
 */
ZB_MUST_CHECK int zr_scrub(struct zr_pool *pool, const struct zr_scrub_events *events,
			   struct zr_scrub_totals *ret_totals, struct zb_diag *diag);

#endif
