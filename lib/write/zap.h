/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_ZAP_H
#define ZW_ZAP_H

#include "fmt/zap_encode.h"
#include "write/tree.h"

#define ZW_ZAP_BLOCK_SHIFT 14 /* of a fat ZAP, as OpenZFS has it */

struct zw_zap_item {
	const char *name; /* name_len bytes, not terminated */
	size_t name_len;
	unsigned int intlen; /* 1, 2, 4 or 8 */
	unsigned int count;
	const uint8_t *value; /* count big-endian integers */
	uint64_t ref;	      /* by which fetch() finds it again */
};

/* What a ZAP is made of. The pointers of an item are valid until the next call. */
struct zw_zap_source {
	uint64_t count;
	uint64_t salt;
	uint64_t normflags;
	/* Calls fn for each item, in the same order every time; stops when it returns non-zero. */
	int (*walk)(void *ctx, int (*fn)(void *arg, const struct zw_zap_item *item),
		    void *arg);
	int (*fetch)(void *ctx, uint64_t ref, struct zw_zap_item *ret_item);
	void *ctx;
};

/*
 * Writes the object's blocks: a microzap when everything fits one, else a fat ZAP. Memory is
 * bounded however many items there are. o: all but lsize. ZB_E2BIG if too many names collide.
 */
ZB_MUST_CHECK int zw_zap_write(struct zw_pool *pool, const struct zw_zap_source *src,
			       const struct zw_tree_options *o, struct zw_usage *usage,
			       int (*done)(void *ctx, uint64_t cookie,
					   const struct zw_root *root),
			       void *ctx, uint64_t cookie);

/* ---- a small map in memory, as a source ---- */

struct zw_map_item;

struct zw_map {
	struct zw_map_item *items;
	size_t n, cap;
	int error; /* ZB_ENOMEM happened; zw_map_write() reports it */
	uint64_t normflags;
};

void zw_map_done(struct zw_map *m);

/* intlen-byte integers from values; strings go in as bytes with their zero. */
void zw_map_add(struct zw_map *m, const char *name, unsigned int intlen,
		unsigned int count, const void *values);
void zw_map_add64(struct zw_map *m, const char *name, uint64_t value);

/* zap_add_int(): the value in hex is the key. */
void zw_map_add_int(struct zw_map *m, uint64_t key, uint64_t value);
void zw_map_add_string(struct zw_map *m, const char *name, const char *value);

ZB_MUST_CHECK int zw_map_write(struct zw_map *m, struct zw_pool *pool,
			       const struct zw_tree_options *o, struct zw_usage *usage,
			       int (*done)(void *ctx, uint64_t cookie,
					   const struct zw_root *root),
			       void *ctx, uint64_t cookie);

/* A microzap of integers, into a cleared block of size bytes. ZB_E2BIG. */
ZB_MUST_CHECK int zw_map_encode_micro(const struct zw_map *m, uint64_t salt,
				      uint8_t *block, size_t size);

#endif
