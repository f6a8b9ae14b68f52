/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_NAMES_H
#define ZW_NAMES_H

#include "write/spill.h"
#include "write/zap.h"

#define ZW_NAME_MAX 255

/*
 * The names of a dataset: a log of directory entries, found through a hash table over (parent,
 * name), and chained per directory in the order in which they came. Both live in spills.
 */
struct zw_names {
	struct zw_spill log;
	struct zw_spill table; /* u64 heads of chains: offsets in log, 0 is none */
	uint64_t buckets;
	uint64_t count;
	uint64_t end; /* of log */
};

/* A directory's own part, which the caller keeps for it. */
struct zw_dir {
	uint64_t first, last; /* offsets in the log, 0: empty */
	uint64_t entries;
	uint64_t subdirs;
};

struct zw_name {
	uint64_t ref; /* of the entry in the log */
	uint64_t object;
	uint8_t type; /* DT_ value */
};

void zw_names_init(struct zw_names *n, struct zw_spill_cache *cache);
void zw_names_done(struct zw_names *n);

/* ZB_ENOENT without a diagnostic: not there. */
ZB_MUST_CHECK int zw_names_find(struct zw_names *n, uint64_t parent, const char *name,
				size_t len, struct zw_name *ret_name);
ZB_MUST_CHECK int zw_names_add(struct zw_names *n, uint64_t parent, struct zw_dir *dir,
			       const char *name, size_t len, uint64_t object,
			       uint8_t type);

/* The entry now names another object. */
ZB_MUST_CHECK int zw_names_set(struct zw_names *n, uint64_t ref, uint64_t object,
			       uint8_t type);

/* A directory as the source of its ZAP. Must outlive the source's use. */
struct zw_dir_source {
	struct zw_names *names;
	const struct zw_dir *dir;
	char name[ZW_NAME_MAX];
	uint8_t value[8];
};

void zw_dir_source_init(struct zw_dir_source *s, struct zw_names *names,
			const struct zw_dir *dir, uint64_t salt,
			struct zw_zap_source *ret_source);

#endif
