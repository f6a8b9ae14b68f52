/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_VERIFY_H
#define ZLIVE_VERIFY_H

#include "cmd/look.h"
#include "host/progress.h"
#include "read/scrub.h"
#include "read/share.h"

/* What `verify` has found in one pool, and how it tells. */

#define VERIFY_PATH_MAX 8192

/* A device, or a missing vdev, and how many bad copies it held. */
struct verify_device {
	const struct zr_dev *dev;
	uint64_t guid;
	uint64_t checksum, io, other; /* bad copies by reason */
	uint64_t lacking;	      /* copies that it is known not to have */
	struct zr_txgs lacks;	      /* from the first to the last of these txgs */
};

/* Damage of neighbouring blocks of one object, which is told of in one line. */
struct verify_range {
	struct zr_damage first;
	uint64_t end; /* offset in the object */
	uint64_t blocks;
};

struct verify {
	struct zr_pool *pool;
	const char *pool_name;
	bool json;
	uint64_t max;	  /* lines of damage */
	uint64_t lines;	  /* told so far */
	uint64_t untold;  /* ranges beyond max */
	uint64_t missing; /* vdevs */
	struct zh_progress *progress;
	struct verify_range range; /* blocks == 0: none waits */
	struct verify_device *devices;
	unsigned int n_devices;
	uint64_t share_budget; /* block pointers to compare, to find who shares a block */
	/* The dataset and file that were told of last: the next damage is often there, too. */
	uint64_t dataset, object;
	struct zr_fs *fs;
	char dataset_name[ZR_NAME_MAX];
	char path[VERIFY_PATH_MAX];
};

/* As zr_scrub() calls them; ctx is the struct verify. */
void verify_missing(void *ctx, uint64_t guid);
void verify_damage(void *ctx, const struct zr_damage *damage);
void verify_lacking(void *ctx, const struct zr_damage *damage);
void verify_fault(void *ctx, const struct zr_visit *visit, const struct zb_diag *diag);

/* Finds dataset_name and path of an object; the path is empty if it has none. */
void verify_name(struct verify *v, uint64_t dataset, uint64_t object);
void verify_print_name(const struct verify *v);

/* ---- who shares the damaged blocks (verify_share.c) ---- */

/* A line for each other dataset that has some of them; the names are others then. */
void verify_share_text(struct verify *v, const struct verify_range *r);
/* "shared_by", and "others_may_share" if not all could be found. */
void verify_share_json(struct verify *v, const struct verify_range *r,
		       struct json_object *obj);

/* Tells of what still waits, then of the devices and the sums. */
void verify_summary(struct verify *v, const struct zr_scrub_totals *totals,
		    double seconds, bool complete);
void verify_done(struct verify *v);

#endif
