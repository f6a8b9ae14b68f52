/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_USERSPACE_H
#define ZW_USERSPACE_H

#include "write/zap.h"

/* Space and objects by owner, as zfs userspace shows them. */
enum {
	ZW_USERSPACE_USER,
	ZW_USERSPACE_GROUP,
	ZW_USERSPACE_PROJECT,
	ZW_USERSPACE_KINDS,
};

struct zw_owner {
	uint64_t id;
	uint64_t bytes;
	uint64_t objects; /* 0: the slot is free */
};

struct zw_owners {
	struct zw_owner *slots; /* open addressing */
	size_t size, n;
};

struct zw_userspace {
	struct zw_owners kind[ZW_USERSPACE_KINDS];
};

/* Accounts one dnode of a file system; objects without an owner do not count. */
ZB_MUST_CHECK int zw_userspace_dnode(struct zw_userspace *us, const uint8_t *dn);

void zw_userspace_map(struct zw_userspace *us, unsigned int kind, struct zw_map *map);
void zw_userspace_done(struct zw_userspace *us);

#endif
