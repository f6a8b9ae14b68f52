/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_INIT_LABEL_H
#define ZLIVE_INIT_LABEL_H

#include "fmt/nvlist.h"
#include "init/glance.h"
#include "read/read.h"

#define ZI_MAX_LEAVES 256

/* A disk of a top-level vdev as the label of one of them tells. */
struct zi_leaf {
	uint64_t guid;
	unsigned int slot; /* those that replace one another share a slot */
	char where[64];	   /* the path it had somewhere, for people only */
};

/* A leaf that is known to be away (taken offline, or pulled): nothing to wait for. */
#define ZI_NO_SLOT UINT32_MAX

/* The labels of a device, and who else belongs to its top-level vdev. */
struct zi_label {
	struct zr_label zr;
	char part[40];	    /* GPT partition GUID, lower case; empty if there is none */
	bool on_usb;	    /* the disk that it is on */
	uint64_t disk_size; /* and that disk's size in bytes */
	uint64_t top_id;    /* number of its top-level vdev in the pool */
	unsigned int n_leaves; /* 0: not known */
	unsigned int n_slots;  /* each needs one of its leaves */
	unsigned int tolerate; /* so many slots may be empty */
	unsigned int holes;    /* top-level vdev numbers that no disk has */
	struct zi_leaf leaves[ZI_MAX_LEAVES];
};

/*
 * Reads the labels of /dev/NAME. Calls found(ctx) before anything of what it has found there
 * is decoded. Errors as zr_label_read(); ZB_ENOENT also for a drive without a medium.
 */
ZB_MUST_CHECK int zi_label_read(const char *name, const struct zi_glance *glance,
				void (*found)(void *ctx), void *ctx,
				struct zi_label *ret_label, struct zb_diag *diag);

/* The part of it that needs no device: leaves, slots and holes from a label's config. */
void zi_label_take_config(struct zf_nvlist config, struct zi_label *label);

#endif
