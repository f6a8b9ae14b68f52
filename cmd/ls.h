/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_LS_H
#define ZLIVE_LS_H

#include "cmd/look.h"

/* zlive ls: its options and what it has printed so far. */
struct ls {
	bool details;
	bool recursive;
	bool objects;
	bool json;
	bool printed;
	bool failed; /* something could not be listed; the rest was */
	uint64_t guid;
};

/* Prints one element of the JSON array and frees it. */
void ls_json(struct ls *ls, struct json_object *obj);

/* Datasets and snapshots of all pools that were found, or of the one with ls->guid. */
ZB_MUST_CHECK int ls_datasets(struct ls *ls, struct look *look, struct zb_diag *diag);

/* The directory or file at path. */
ZB_MUST_CHECK int ls_files(struct ls *ls, struct zr_fs *fs, const char *path,
			   struct zb_diag *diag);

/* The objects of the target's dataset, of POOL/$MOS those of the pool itself. */
ZB_MUST_CHECK int ls_objects(struct ls *ls, struct look *look,
			     const struct look_target *target, struct zb_diag *diag);

#endif
