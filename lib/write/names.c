/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/names.h"

#include <string.h>

#include "fmt/zpl.h"

#define FIRST_BUCKETS 1024
#define LOG_START     8 /* offset 0 means none */

/* An entry in the log; its name follows. In this machine's byte order: nobody else reads it. */
struct record {
	uint64_t chain; /* next of the bucket */
	uint64_t next;	/* of the directory */
	uint64_t hash;
	uint64_t parent;
	uint64_t object;
	uint16_t len;
	uint8_t type;
	uint8_t pad[5];
};

void zw_names_init(struct zw_names *n, struct zw_spill_cache *cache)
{
	*n = (struct zw_names){ .buckets = FIRST_BUCKETS, .end = LOG_START };
	zw_spill_init(&n->log, cache);
	zw_spill_init(&n->table, cache);
}

void zw_names_done(struct zw_names *n)
{
	zw_spill_done(&n->log);
	zw_spill_done(&n->table);
}

static uint64_t mix(uint64_t h)
{
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93ULL;
	return h ^ h >> 32;
}

static uint64_t name_hash(uint64_t parent, const char *name, size_t len)
{
	uint64_t h = mix(parent + 0x9e3779b97f4a7c15ULL), word;

	for (; len >= 8; name += 8, len -= 8) {
		memcpy(&word, name, 8);
		h = mix(h ^ word);
	}
	word = len;
	memcpy((char *)&word + 1, name, len);
	return mix(h ^ word);
}

int zw_names_find(struct zw_names *n, uint64_t parent, const char *name, size_t len,
		  struct zw_name *ret_name)
{
	uint64_t hash = name_hash(parent, name, len), at;
	int ret = zw_spill_read64(&n->table, hash % n->buckets * 8, &at);

	while (ret == 0 && at != 0) {
		char buf[ZW_NAME_MAX];
		struct record r;

		ret = zw_spill_read(&n->log, at, &r, sizeof(r));
		if (ret < 0)
			return ret;
		if (r.hash == hash && r.parent == parent && r.len == len) {
			ret = zw_spill_read(&n->log, at + sizeof(r), buf, len);
			if (ret < 0)
				return ret;
			if (memcmp(buf, name, len) == 0) {
				*ret_name = (struct zw_name){ at, r.object, r.type };
				return 0;
			}
		}
		at = r.chain;
	}
	return ret < 0 ? ret : ZB_ENOENT;
}

/* Puts the record at `at` in front of its bucket's chain. */
static int chain_add(struct zw_names *n, struct record *r, uint64_t at)
{
	uint64_t bucket = r->hash % n->buckets * 8;
	int ret = zw_spill_read64(&n->table, bucket, &r->chain);

	return ret < 0 ? ret : zw_spill_write64(&n->table, bucket, at);
}

static int table_grow(struct zw_names *n)
{
	struct zw_spill_cache *cache = n->table.cache;
	struct record r;
	int ret;

	zw_spill_done(&n->table);
	zw_spill_init(&n->table, cache);
	n->buckets *= 4;
	for (uint64_t at = LOG_START; at < n->end; at += sizeof(r) + r.len) {
		ret = zw_spill_read(&n->log, at, &r, sizeof(r));
		if (ret == 0)
			ret = chain_add(n, &r, at);
		if (ret == 0)
			ret = zw_spill_write64(&n->log, at, r.chain);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int zw_names_add(struct zw_names *n, uint64_t parent, struct zw_dir *dir,
		 const char *name, size_t len, uint64_t object, uint8_t type)
{
	struct record r = {
		.hash = name_hash(parent, name, len),
		.parent = parent,
		.object = object,
		.len = len,
		.type = type,
	};
	uint64_t at = n->end;
	int ret = chain_add(n, &r, at);

	if (ret == 0)
		ret = zw_spill_write(&n->log, at, &r, sizeof(r));
	if (ret == 0)
		ret = zw_spill_write(&n->log, at + sizeof(r), name, len);
	if (ret == 0 && dir->last != 0)
		ret = zw_spill_write64(&n->log, dir->last + offsetof(struct record, next),
				       at);
	if (ret < 0)
		return ret;
	n->end += sizeof(r) + len;
	if (dir->first == 0)
		dir->first = at;
	dir->last = at;
	dir->entries++;
	return ++n->count > n->buckets ? table_grow(n) : 0;
}

int zw_names_set(struct zw_names *n, uint64_t ref, uint64_t object, uint8_t type)
{
	int ret =
		zw_spill_write64(&n->log, ref + offsetof(struct record, object), object);

	if (ret < 0)
		return ret;
	return zw_spill_write(&n->log, ref + offsetof(struct record, type), &type, 1);
}

static int source_get(struct zw_dir_source *s, uint64_t ref, struct zw_zap_item *ret_item,
		      uint64_t *ret_next)
{
	struct record r;
	int ret = zw_spill_read(&s->names->log, ref, &r, sizeof(r));

	if (ret == 0)
		ret = zw_spill_read(&s->names->log, ref + sizeof(r), s->name, r.len);
	if (ret < 0)
		return ret;
	zb_store64(s->value, ZB_BE, ZF_DIRENT(r.type, r.object));
	*ret_item = (struct zw_zap_item){
		.name = s->name,
		.name_len = r.len,
		.intlen = 8,
		.count = 1,
		.value = s->value,
		.ref = ref,
	};
	*ret_next = r.next;
	return 0;
}

static int source_fetch(void *ctx, uint64_t ref, struct zw_zap_item *ret_item)
{
	uint64_t next;

	return source_get(ctx, ref, ret_item, &next);
}

static int source_walk(void *ctx, int (*fn)(void *arg, const struct zw_zap_item *item),
		       void *arg)
{
	struct zw_dir_source *s = ctx;
	uint64_t ref = s->dir->first;

	while (ref != 0) {
		struct zw_zap_item item;
		int ret = source_get(s, ref, &item, &ref);

		if (ret == 0)
			ret = fn(arg, &item);
		if (ret != 0)
			return ret;
	}
	return 0;
}

void zw_dir_source_init(struct zw_dir_source *s, struct zw_names *names,
			const struct zw_dir *dir, uint64_t salt,
			struct zw_zap_source *ret_source)
{
	s->names = names;
	s->dir = dir;
	*ret_source = (struct zw_zap_source){
		.count = dir->entries,
		.salt = salt,
		.walk = source_walk,
		.fetch = source_fetch,
		.ctx = s,
	};
}
