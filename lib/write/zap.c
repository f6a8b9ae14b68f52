/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/zap.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE     (1U << ZW_ZAP_BLOCK_SHIFT)
#define MICRO_MAX      (128U << 10)
#define EMBEDDED_SHIFT (ZW_ZAP_BLOCK_SHIFT - 4)
#define TABLE_SHIFT    (ZW_ZAP_BLOCK_SHIFT - 3) /* pointers in a block of the table */
#define HASH_BITS      28
#define PASS_ITEMS     (1U << 20) /* sorted in memory at a time */

/* An item to sort: the hash, whose low bits are zero, with the item's chunks in them. */
struct key {
	uint64_t hash_chunks;
	uint64_t ref;
};

#define KEY_HASH(k)   ((k)->hash_chunks & ~((1ULL << (64 - HASH_BITS)) - 1))
#define KEY_CHUNKS(k) ((unsigned int)((k)->hash_chunks & 0xffff))

/* What zw_zap_write() was given for the tree, whose block size is known late. */
struct target {
	struct zw_tree_options o;
	struct zw_usage *usage;
	int (*done)(void *ctx, uint64_t cookie, const struct zw_root *root);
	void *ctx;
	uint64_t cookie;
};

struct builder {
	struct zw_pool *pool;
	const struct zw_zap_source *src;
	struct target target;
	struct key *keys;
	size_t n_keys;
	unsigned int pass_bits; /* this pass takes hashes that start with pass */
	uint64_t pass;
	bool micro; /* everything so far would fit a microzap */
	/* fat: */
	struct zw_spill blocks;
	uint64_t n_leafs;
	uint8_t *prefix_lens; /* of the leaves, in order of their prefixes */
	size_t cap_leafs;
	unsigned int max_prefix;
	uint8_t block[BLOCK_SIZE];
};

static int target_create(const struct builder *b, struct zw_tree **ret_tree)
{
	const struct target *t = &b->target;

	return zw_tree_create(b->pool, &t->o, t->usage, t->done, t->ctx, t->cookie,
			      ret_tree);
}

static int key_compare(const void *x, const void *y)
{
	const struct key *a = x, *b = y;

	if (KEY_HASH(a) != KEY_HASH(b))
		return KEY_HASH(a) < KEY_HASH(b) ? -1 : 1;
	return a->ref < b->ref ? -1 : a->ref > b->ref;
}

static uint64_t prefix_of(uint64_t hash, unsigned int bits)
{
	return bits == 0 ? 0 : hash >> (64 - bits);
}

static int key_collect(void *arg, const struct zw_zap_item *item)
{
	struct builder *b = arg;
	uint64_t hash = zf_zap_hash(b->src->salt, 0, item->name, item->name_len);

	if (item->intlen != 8 || item->count != 1 || item->name_len >= ZF_MZAP_NAME_LEN)
		b->micro = false;
	if (prefix_of(hash, b->pass_bits) != b->pass)
		return 0;
	if (b->n_keys == 2 * PASS_ITEMS) /* hashes cannot be that uneven */
		return ZB_E2BIG;
	b->keys[b->n_keys++] = (struct key){
		.hash_chunks =
			hash | zf_zap_entry_chunks(item->name_len,
						   (size_t)item->intlen * item->count),
		.ref = item->ref,
	};
	return 0;
}

static int keys_collect(struct builder *b, uint64_t pass)
{
	int ret;

	b->pass = pass;
	b->n_keys = 0;
	ret = b->src->walk(b->src->ctx, key_collect, b);
	if (ret < 0)
		return ret;
	qsort(b->keys, b->n_keys, sizeof(*b->keys), key_compare);
	return 0;
}

/* ---- micro ---- */

struct micro_fill {
	struct builder *b;
	uint8_t *block;
	unsigned int slot;
};

/* How many items of the same hash come before this one. */
static uint32_t micro_cd(const struct builder *b, const struct zw_zap_item *item)
{
	const struct key want = {
		.hash_chunks = zf_zap_hash(b->src->salt, 0, item->name, item->name_len),
		.ref = item->ref,
	};
	const struct key *k =
		bsearch(&want, b->keys, b->n_keys, sizeof(want), key_compare);
	uint32_t cd = 0;

	while (k && k - cd > b->keys && KEY_HASH(k - cd - 1) == want.hash_chunks)
		cd++;
	return cd;
}

static int micro_put(void *arg, const struct zw_zap_item *item)
{
	struct micro_fill *f = arg;

	zf_mzap_encode_entry(f->block, f->slot++, item->name, item->name_len,
			     zb_load64(item->value, ZB_BE), micro_cd(f->b, item));
	return 0;
}

static int micro_write(struct builder *b, struct zw_tree **ret_tree)
{
	struct micro_fill f = { .b = b };
	int ret;

	b->target.o.lsize = zb_align_up(
		ZF_MZAP_HEADER_SIZE + b->src->count * ZF_MZAP_ENTRY_SIZE, 512);
	ret = target_create(b, ret_tree);
	if (ret < 0)
		return ret;
	f.block = zw_block_buffer(b->target.o.lsize);
	if (!f.block)
		return ZB_ENOMEM;
	memset(f.block, 0, b->target.o.lsize);
	zf_mzap_encode_header(f.block, b->src->salt, b->src->normflags);
	ret = b->src->walk(b->src->ctx, micro_put, &f);
	if (ret < 0) {
		free(f.block);
		return ret;
	}
	return zw_tree_block(*ret_tree, 0, f.block, 1);
}

/* ---- fat ---- */

static int leaf_note(struct builder *b, unsigned int prefix_len)
{
	if (b->n_leafs == b->cap_leafs) {
		size_t cap = b->cap_leafs ? 2 * b->cap_leafs : 256;
		uint8_t *lens = realloc(b->prefix_lens, cap);

		if (!lens)
			return ZB_ENOMEM;
		b->prefix_lens = lens;
		b->cap_leafs = cap;
	}
	b->prefix_lens[b->n_leafs++] = prefix_len;
	if (prefix_len > b->max_prefix)
		b->max_prefix = prefix_len;
	return 0;
}

static int leaf_write(struct builder *b, uint64_t prefix, unsigned int prefix_len,
		      size_t lo, size_t hi)
{
	struct zf_zap_leaf_writer w;
	uint32_t cd = 0;
	int ret = leaf_note(b, prefix_len);

	if (ret < 0)
		return ret;
	zf_zap_leaf_begin(&w, b->block, ZW_ZAP_BLOCK_SHIFT, prefix, prefix_len);
	for (size_t i = lo; i < hi; i++) {
		struct zw_zap_item item;

		ret = b->src->fetch(b->src->ctx, b->keys[i].ref, &item);
		if (ret < 0)
			return ret;
		cd = i > lo && KEY_HASH(&b->keys[i]) == KEY_HASH(&b->keys[i - 1]) ? cd + 1
										  : 0;
		zf_zap_leaf_put(&w, KEY_HASH(&b->keys[i]), cd, item.name, item.name_len,
				item.intlen, item.count, item.value);
	}
	zf_zap_leaf_end(&w);
	return zw_spill_write(&b->blocks, b->n_leafs * BLOCK_SIZE, b->block, BLOCK_SIZE);
}

/* Splits the range of hashes that start with prefix until each part fits a leaf. */
static int leaves_write(struct builder *b, uint64_t prefix, unsigned int prefix_len,
			size_t lo, size_t hi)
{
	size_t chunks = 0, mid;
	int ret;

	for (size_t i = lo; i < hi; i++)
		chunks += KEY_CHUNKS(&b->keys[i]);
	if (chunks <= zf_zap_leaf_chunks(ZW_ZAP_BLOCK_SHIFT))
		return leaf_write(b, prefix, prefix_len, lo, hi);
	if (prefix_len == HASH_BITS)
		return ZB_E2BIG;
	for (mid = lo; mid < hi; mid++)
		if (prefix_of(KEY_HASH(&b->keys[mid]), prefix_len + 1) & 1)
			break;
	ret = leaves_write(b, prefix << 1, prefix_len + 1, lo, mid);
	if (ret < 0)
		return ret;
	return leaves_write(b, prefix << 1 | 1, prefix_len + 1, mid, hi);
}

/* The table of pointers, behind the leaves or in the header block. */
static int table_write(struct builder *b, uint64_t at, unsigned int shift)
{
	uint64_t off = at;

	for (uint64_t leaf = 0; leaf < b->n_leafs; leaf++) {
		uint64_t repeat = 1ULL << (shift - b->prefix_lens[leaf]);

		while (repeat-- > 0) {
			int ret = zw_spill_write64(&b->blocks, off, leaf + 1);

			if (ret < 0)
				return ret;
			off += 8;
		}
	}
	return 0;
}

static int header_write(struct builder *b, uint64_t *ret_blocks)
{
	struct zf_zap_header h = {
		.table_shift = EMBEDDED_SHIFT,
		.num_leafs = b->n_leafs,
		.num_entries = b->src->count,
		.salt = b->src->salt,
		.normflags = b->src->normflags,
	};
	uint64_t table = zf_zap_embedded_offset(ZW_ZAP_BLOCK_SHIFT, 0);
	int ret;

	if (b->max_prefix > EMBEDDED_SHIFT) {
		h.table_shift = b->max_prefix;
		h.table_blk = 1 + b->n_leafs;
		h.table_numblks = 1ULL << (h.table_shift - TABLE_SHIFT);
		table = h.table_blk * BLOCK_SIZE;
	}
	*ret_blocks = 1 + b->n_leafs + h.table_numblks;
	memset(b->block, 0, BLOCK_SIZE);
	zf_zap_header_encode(&h, *ret_blocks, b->block);
	ret = zw_spill_write(&b->blocks, 0, b->block, BLOCK_SIZE);
	return ret < 0 ? ret : table_write(b, table, h.table_shift);
}

static int fat_build(struct builder *b, uint64_t *ret_blocks)
{
	for (uint64_t pass = 0; pass < 1ULL << b->pass_bits; pass++) {
		int ret = 0;

		if (b->pass_bits > 0) /* else they are there already */
			ret = keys_collect(b, pass);
		if (ret == 0)
			ret = leaves_write(b, pass, b->pass_bits, 0, b->n_keys);
		if (ret < 0)
			return ret;
	}
	return header_write(b, ret_blocks);
}

static int fat_write(struct builder *b, struct zw_tree **ret_tree)
{
	uint64_t blocks;
	int ret = fat_build(b, &blocks);

	if (ret < 0)
		return ret;
	b->target.o.lsize = BLOCK_SIZE;
	ret = target_create(b, ret_tree);
	for (uint64_t i = 0; ret == 0 && i < blocks; i++) {
		uint8_t *data = zw_block_buffer(BLOCK_SIZE);

		if (!data)
			return ZB_ENOMEM;
		ret = zw_spill_read(&b->blocks, i * BLOCK_SIZE, data, BLOCK_SIZE);
		if (ret < 0)
			free(data);
		else
			ret = zw_tree_block(*ret_tree, i, data, 1);
	}
	return ret;
}

static int zap_build(struct builder *b)
{
	struct zw_tree *tree = NULL;
	int ret;

	while (b->src->count >> b->pass_bits > PASS_ITEMS)
		b->pass_bits++;
	b->keys = malloc((b->pass_bits > 0 ? 2 * PASS_ITEMS : b->src->count + 1) *
			 sizeof(*b->keys));
	if (!b->keys)
		return ZB_ENOMEM;
	b->micro = b->pass_bits == 0 &&
		   ZF_MZAP_HEADER_SIZE + b->src->count * ZF_MZAP_ENTRY_SIZE <= MICRO_MAX;
	if (b->pass_bits == 0) {
		ret = keys_collect(b, 0);
		if (ret < 0)
			return ret;
	}
	ret = b->micro ? micro_write(b, &tree) : fat_write(b, &tree);
	return ret < 0 ? ret : zw_tree_end(tree);
}

int zw_zap_write(struct zw_pool *pool, const struct zw_zap_source *src,
		 const struct zw_tree_options *o, struct zw_usage *usage,
		 int (*done)(void *ctx, uint64_t cookie, const struct zw_root *root),
		 void *ctx, uint64_t cookie)
{
	struct builder *b = calloc(1, sizeof(*b));
	int ret;

	if (!b)
		return ZB_ENOMEM;
	b->pool = pool;
	b->src = src;
	b->target = (struct target){ *o, usage, done, ctx, cookie };
	zw_spill_init(&b->blocks, &pool->cache);
	ret = zap_build(b);
	zw_spill_done(&b->blocks);
	free(b->prefix_lens);
	free(b->keys);
	free(b);
	return ret;
}
