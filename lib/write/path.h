/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_PATH_H
#define ZW_PATH_H

#include "write/dataset.h"

/* Where an entry goes: a directory, the name in it, and what is there now. */
struct zw_place {
	uint64_t parent;
	const char *name; /* NULL: the root directory itself */
	size_t len;
	bool exists;
	struct zw_name at; /* if it exists; of the root only the object */
};

/*
 * Finds the place of a path, making directories that are missing on the way. Leading "./" and
 * "/" and doubled slashes do not count. ZB_EINVAL for "..", ZB_ENOTDIR when a component is
 * something else than a directory, ZB_ENAMETOOLONG.
 */
ZB_MUST_CHECK int zw_path_place(struct zw_dataset *ds, const char *path,
				struct zw_place *ret_place, struct zb_diag *diag);

/* An object with the attributes of e; its name and contents are the caller's to add. */
ZB_MUST_CHECK int zw_object_create(struct zw_dataset *ds, const struct zw_entry *e,
				   uint64_t parent, uint64_t links, uint64_t *ret_object,
				   struct zb_diag *diag);

/* A directory that nobody gave: root's, 0755, of the time of the pool. */
ZB_MUST_CHECK int zw_object_create_dir(struct zw_dataset *ds, uint64_t parent,
				       uint64_t *ret_object, struct zb_diag *diag);

#endif
