/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "base/format.h"
#include "write/zap.h"

struct zw_map_item {
	char *name;
	uint8_t *value; /* big-endian */
	unsigned int intlen, count;
};

void zw_map_done(struct zw_map *m)
{
	for (size_t i = 0; i < m->n; i++) {
		free(m->items[i].name);
		free(m->items[i].value);
	}
	free(m->items);
	*m = (struct zw_map){ 0 };
}

/* The same integers, most significant byte first. */
static void to_big_endian(uint8_t *dst, const uint8_t *src, unsigned int intlen,
			  unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int k = 0; k < intlen; k++)
			dst[i * intlen + k] = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
						      ? src[i * intlen + intlen - 1 - k]
						      : src[i * intlen + k];
}

void zw_map_add(struct zw_map *m, const char *name, unsigned int intlen,
		unsigned int count, const void *values)
{
	struct zw_map_item *item;

	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 16;
		struct zw_map_item *items = realloc(m->items, cap * sizeof(*items));

		if (!items) {
			m->error = ZB_ENOMEM;
			return;
		}
		m->items = items;
		m->cap = cap;
	}
	item = &m->items[m->n];
	item->name = strdup(name);
	item->value = malloc((size_t)intlen * count);
	item->intlen = intlen;
	item->count = count;
	if (!item->name || !item->value) {
		free(item->name);
		free(item->value);
		m->error = ZB_ENOMEM;
		return;
	}
	to_big_endian(item->value, values, intlen, count);
	m->n++;
}

void zw_map_add64(struct zw_map *m, const char *name, uint64_t value)
{
	zw_map_add(m, name, 8, 1, &value);
}

void zw_map_add_int(struct zw_map *m, uint64_t key, uint64_t value)
{
	char name[17];

	zb_format(name, sizeof(name), "%llx", (unsigned long long)key);
	zw_map_add64(m, name, value);
}

void zw_map_add_string(struct zw_map *m, const char *name, const char *value)
{
	zw_map_add(m, name, 1, strlen(value) + 1, value);
}

static int map_fetch(void *ctx, uint64_t ref, struct zw_zap_item *ret_item)
{
	const struct zw_map *m = ctx;
	const struct zw_map_item *item = &m->items[ref];

	*ret_item = (struct zw_zap_item){
		.name = item->name,
		.name_len = strlen(item->name),
		.intlen = item->intlen,
		.count = item->count,
		.value = item->value,
		.ref = ref,
	};
	return 0;
}

static int map_walk(void *ctx, int (*fn)(void *arg, const struct zw_zap_item *item),
		    void *arg)
{
	const struct zw_map *m = ctx;

	for (size_t i = 0; i < m->n; i++) {
		struct zw_zap_item item;
		int ret = map_fetch(ctx, i, &item);

		if (ret == 0)
			ret = fn(arg, &item);
		if (ret != 0)
			return ret;
	}
	return 0;
}

int zw_map_write(struct zw_map *m, struct zw_pool *pool, const struct zw_tree_options *o,
		 struct zw_usage *usage,
		 int (*done)(void *ctx, uint64_t cookie, const struct zw_root *root),
		 void *ctx, uint64_t cookie)
{
	struct zw_zap_source src = {
		.count = m->n,
		.salt = zw_pool_random(pool),
		.normflags = m->normflags,
		.walk = map_walk,
		.fetch = map_fetch,
		.ctx = m,
	};

	if (m->error < 0)
		return m->error;
	return zw_zap_write(pool, &src, o, usage, done, ctx, cookie);
}

int zw_map_encode_micro(const struct zw_map *m, uint64_t salt, uint8_t *block,
			size_t size)
{
	if (m->error < 0)
		return m->error;
	if (ZF_MZAP_HEADER_SIZE + m->n * ZF_MZAP_ENTRY_SIZE > size)
		return ZB_E2BIG;
	zf_mzap_encode_header(block, salt, m->normflags);
	for (size_t i = 0; i < m->n; i++) {
		const char *name = m->items[i].name;
		uint64_t hash = zf_zap_hash(salt, 0, name, strlen(name));
		uint32_t cd = 0;

		for (size_t k = 0; k < i; k++)
			cd += zf_zap_hash(salt, 0, m->items[k].name,
					  strlen(m->items[k].name)) == hash;
		zf_mzap_encode_entry(block, i, name, strlen(name),
				     zb_load64(m->items[i].value, ZB_BE), cd);
	}
	return 0;
}
