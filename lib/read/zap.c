/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "read/zap.h"
#include "read/zap_name.h"

static int fail(const struct zr_zap *zap, struct zb_diag *diag)
{
	return zr_object_fail(&zap->obj, ZB_ECORRUPT, diag, "its ZAP makes no sense");
}

static int decode_head(struct zr_zap *zap)
{
	struct zb_span s = zr_buf_span(zap->head);
	enum zb_endian e = zap->head->endian;
	uint64_t type;

	if (zf_zap_block_type(s, e, &type))
		return ZB_ECORRUPT;
	if (type == ZF_ZAP_MICRO) {
		zap->micro = true;
		if (zf_mzap_decode(s, e, &zap->mzap))
			return ZB_ECORRUPT;
		zap->normflags = zap->mzap.normflags;
		return 0;
	}
	if (zf_zap_header_decode(s, e, &zap->header))
		return ZB_ECORRUPT;
	zap->normflags = zap->header.normflags;
	return 0;
}

int zr_zap_open(struct zr_objset *os, uint64_t number, struct zr_zap *ret_zap,
		struct zb_diag *diag)
{
	struct zr_zap zap = { 0 };
	int error = zr_object_open(os, number, &zap.obj, diag);

	if (error)
		return error;
	error = zr_object_block(&zap.obj, 0, &zap.head, diag);
	if (!error && decode_head(&zap))
		error = fail(&zap, diag);
	if (!error && !zap.micro) {
		/* An entry's chunks lie in one leaf, so a leaf bounds what it can hold. */
		zap.scratch_size = (size_t)1 << zap.header.block_shift;
		zap.scratch =
			zr_alloc(os->pool->host, zap.scratch_size + ZF_ZAP_NAME_MAX);
		if (!zap.scratch)
			error = zr_object_fail(&zap.obj, ZB_ENOMEM, diag,
					       "no memory for its ZAP");
	}
	if (error) {
		zr_zap_close(&zap);
		return error;
	}
	*ret_zap = zap;
	return 0;
}

void zr_zap_close(struct zr_zap *zap)
{
	if (!zap->obj.os)
		return;
	zr_free(zap->obj.os->pool->host, zap->scratch);
	zr_free(zap->obj.os->pool->host, zap->found);
	zr_buf_put(zap->obj.os->pool, zap->head);
	zr_object_close(&zap->obj);
	zap->scratch = NULL;
	zap->found = NULL;
	zap->head = NULL;
}

uint64_t zr_zap_int(const struct zr_zap_entry *entry, unsigned int i)
{
	uint64_t v = 0;

	for (unsigned int b = 0; b < entry->intlen; b++) {
		uint8_t byte;

		if (zb_span_u8(entry->value, (uint64_t)i * entry->intlen + b, &byte))
			return 0;
		v = v << 8 | byte;
	}
	return v;
}

/* ---- micro ---- */

struct micro_value {
	char name[ZF_MZAP_NAME_LEN];
	uint8_t value[8];
};

static void micro_entry(const struct zf_mzap_entry *m, struct micro_value *store,
			struct zr_zap_entry *ret_entry)
{
	__builtin_memcpy(store->name, m->name.ptr, m->name.len);
	store->name[m->name.len] = '\0';
	zb_store64(store->value, ZB_BE, m->value);
	*ret_entry = (struct zr_zap_entry){ .name = store->name,
					    .name_len = m->name.len,
					    .intlen = 8,
					    .numints = 1,
					    .value = zb_span(store->value, 8) };
}

static int walk_micro(struct zr_zap *zap, uint64_t from, zr_zap_fn fn, void *ctx,
		      struct zb_diag *diag)
{
	unsigned int n = zf_mzap_count(&zap->mzap);
	struct zr_zap_entry entry;
	struct micro_value store;
	struct zf_mzap_entry m;
	int r;

	for (unsigned int i = from < n ? (unsigned int)from : n; i < n; i++) {
		r = zf_mzap_entry(&zap->mzap, i, &m);
		if (r < 0)
			return fail(zap, diag);
		if (r == 0)
			continue;
		micro_entry(&m, &store, &entry);
		entry.next = i + 1ULL;
		r = fn(ctx, &entry);
		if (r)
			return r;
	}
	return 0;
}

/* ---- fat ---- */

/* Entry i of the table of pointers to leaves. */
static int table_entry(struct zr_zap *zap, uint64_t i, uint64_t *ret_blk,
		       struct zb_diag *diag)
{
	const struct zf_zap_header *h = &zap->header;
	unsigned int shift = h->block_shift - 3;
	struct zr_buf *buf;
	int error;

	if (h->table_blk == 0)
		return zb_span_u64(h->embedded, i * 8, h->endian, ret_blk)
			       ? fail(zap, diag)
			       : 0;
	error = zr_object_block(&zap->obj, h->table_blk + (i >> shift), &buf, diag);
	if (error)
		return error;
	error = zb_span_u64(zr_buf_span(buf), (i & ((1ULL << shift) - 1)) * 8,
			    buf->endian, ret_blk);
	zr_buf_put(zap->obj.os->pool, buf);
	return error ? fail(zap, diag) : 0;
}

/* The leaf that entry i of the table points to; it must be the one for i's hashes. */
static int leaf_open(struct zr_zap *zap, uint64_t i, struct zf_zap_leaf *ret_leaf,
		     struct zr_buf **ret_buf, struct zb_diag *diag)
{
	struct zr_buf *buf;
	uint64_t blk;
	int error = table_entry(zap, i, &blk, diag);

	if (!error)
		error = zr_object_block(&zap->obj, blk, &buf, diag);
	if (error)
		return error;
	if (zf_zap_leaf_decode(zr_buf_span(buf), buf->endian, ret_leaf) ||
	    ret_leaf->prefix_len > zap->header.table_shift ||
	    ret_leaf->prefix != i >> (zap->header.table_shift - ret_leaf->prefix_len)) {
		zr_buf_put(zap->obj.os->pool, buf);
		return fail(zap, diag);
	}
	*ret_buf = buf;
	return 0;
}

/* Copies name and value of an entry into the scratch. */
static int fat_entry(struct zr_zap *zap, const struct zf_zap_leaf *leaf,
		     const struct zf_zap_entry *e, struct zr_zap_entry *ret_entry,
		     struct zb_diag *diag)
{
	size_t value_len = (size_t)e->value_intlen * e->value_numints;
	uint8_t *name = zap->scratch + zap->scratch_size;

	if (zap->header.flags & ZF_ZAP_FLAG_UINT64_KEY)
		return zr_object_fail(&zap->obj, ZB_ENOTSUP, diag,
				      "a ZAP whose keys are numbers");
	if (e->name_numints == 0 || e->name_numints > ZF_ZAP_NAME_MAX ||
	    value_len > zap->scratch_size ||
	    zf_zap_leaf_array(leaf, e->name_chunk, name, e->name_numints) ||
	    zf_zap_leaf_array(leaf, e->value_chunk, zap->scratch, value_len) ||
	    name[e->name_numints - 1] != '\0')
		return fail(zap, diag);
	*ret_entry = (struct zr_zap_entry){ .name = (const char *)name,
					    .name_len = e->name_numints - 1,
					    .intlen = e->value_intlen,
					    .numints = e->value_numints,
					    .value = zb_span(zap->scratch, value_len) };
	return 0;
}

/* The entry of a chain that the name is, none that fits it worse than `worst`. */
static int find_in_chain(struct zr_zap *zap, const struct zf_zap_leaf *leaf,
			 uint64_t hash, struct zr_zap_name *name, enum zr_zap_match worst,
			 struct zr_zap_entry *ret_entry, struct zb_diag *diag)
{
	unsigned int chunk = zf_zap_leaf_bucket(leaf, hash);
	struct zf_zap_entry e;
	int error;

	/* A chain visits a chunk at most once, unless it is a cycle. */
	for (unsigned int n = 0; chunk != ZF_ZAP_CHAIN_END; n++, chunk = e.next) {
		if (n == leaf->num_chunks || zf_zap_leaf_entry(leaf, chunk, &e) != 1)
			return fail(zap, diag);
		if (e.hash != hash)
			continue;
		error = fat_entry(zap, leaf, &e, ret_entry, diag);
		if (error)
			return error;
		if (zr_zap_name_match(name, ret_entry->name) <= worst)
			return 0;
	}
	return ZB_ENOENT;
}

static int find_hashed(struct zr_zap *zap, struct zr_zap_name *name,
		       struct zr_zap_entry *ret_entry, struct zb_diag *diag)
{
	const struct zf_zap_header *h = &zap->header;
	enum zr_zap_match last = name->compare ? ZR_ZAP_SAME : ZR_ZAP_EXACT;
	const char *text = name->flags ? name->hashed : name->text;
	uint64_t hash = zf_zap_hash(h->salt, h->flags, text, zb_text_len(text));
	uint64_t i = h->table_shift ? hash >> (64 - h->table_shift) : 0;
	struct zf_zap_leaf leaf;
	struct zr_buf *buf;
	int error = leaf_open(zap, i, &leaf, &buf, diag);

	if (error)
		return error;
	error = ZB_ENOENT;
	for (enum zr_zap_match worst = ZR_ZAP_EXACT; worst <= last && error == ZB_ENOENT;
	     worst++)
		error = find_in_chain(zap, &leaf, hash, name, worst, ret_entry, diag);
	zr_buf_put(zap->obj.os->pool, buf);
	return error;
}

/* A position: the table's index of a leaf and the number of a chunk, which is of 16 bits. */
#define POSITION_SHIFT 20
#define CHUNKS_MAX     (1U << POSITION_SHIFT)

static int walk_leaf(struct zr_zap *zap, const struct zf_zap_leaf *leaf, uint64_t from,
		     zr_zap_fn fn, void *ctx, struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	struct zf_zap_entry e;
	uint64_t base = from & ~(CHUNKS_MAX - 1ULL);
	size_t room = leaf->chunks.len, need;
	int r;

	for (unsigned int i = (unsigned int)(from - base); i < leaf->num_chunks; i++) {
		r = zf_zap_leaf_entry(leaf, i, &e);
		if (r < 0)
			return fail(zap, diag);
		if (r == 0)
			continue;
		/* Entries that share one long array would make a leaf endless. */
		need = e.name_numints + (size_t)e.value_intlen * e.value_numints;
		if (need > room)
			return fail(zap, diag);
		room -= need;
		r = fat_entry(zap, leaf, &e, &entry, diag);
		entry.next = base + i + 1;
		if (!r)
			r = fn(ctx, &entry);
		if (r)
			return r;
	}
	return 0;
}

/*
 * Each step leaves behind the whole range of hashes of one leaf, whose prefix says which that
 * is; so a table can make the walk no longer than there are leaves.
 */
static int walk_fat(struct zr_zap *zap, uint64_t from, zr_zap_fn fn, void *ctx,
		    struct zb_diag *diag)
{
	unsigned int shift = zap->header.table_shift;
	struct zf_zap_leaf leaf;
	struct zr_buf *buf;
	uint64_t i = from >> POSITION_SHIFT;
	int r;

	if (shift + POSITION_SHIFT > 62)
		return fail(zap, diag);
	while (i < 1ULL << shift) {
		r = leaf_open(zap, i, &leaf, &buf, diag);
		if (r)
			return r;
		r = walk_leaf(zap, &leaf, from, fn, ctx, diag);
		zr_buf_put(zap->obj.os->pool, buf);
		if (r)
			return r;
		i = (leaf.prefix + 1) << (shift - leaf.prefix_len);
		from = i << POSITION_SHIFT;
	}
	return 0;
}

/* ---- both ---- */

int zr_zap_walk_from(struct zr_zap *zap, uint64_t from, zr_zap_fn fn, void *ctx,
		     struct zb_diag *diag)
{
	return zap->micro ? walk_micro(zap, from, fn, ctx, diag)
			  : walk_fat(zap, from, fn, ctx, diag);
}

int zr_zap_walk(struct zr_zap *zap, zr_zap_fn fn, void *ctx, struct zb_diag *diag)
{
	return zr_zap_walk_from(zap, 0, fn, ctx, diag);
}

struct search {
	struct zr_zap_name *name;
	enum zr_zap_match best;
	uint8_t *store;
	size_t store_size;
	struct zr_zap_entry found;
};

static int search_entry(void *ctx, const struct zr_zap_entry *entry)
{
	struct search *s = ctx;
	enum zr_zap_match match = zr_zap_name_match(s->name, entry->name);

	if (match >= s->best || entry->value.len > s->store_size)
		return 0;
	__builtin_memcpy(s->store, entry->value.ptr, entry->value.len);
	s->best = match;
	s->found = *entry;
	s->found.name = s->name->text;
	s->found.value.ptr = s->store;
	return match == ZR_ZAP_EXACT;
}

/*
 * By a walk: micro ZAPs have no other order; of others when the hash is not sure to be what
 * OpenZFS, with its own tables of Unicode, makes of the name.
 */
static int find_by_walk(struct zr_zap *zap, struct zr_zap_name *name,
			struct zr_zap_entry *ret_entry, struct zb_diag *diag)
{
	struct search s = { .name = name, .best = ZR_ZAP_OTHER };
	const struct zr_host *host = zap->obj.os->pool->host;
	int r;

	s.store_size = zap->micro ? 8 : zap->scratch_size;
	if (!zap->found)
		zap->found = zr_alloc(host, s.store_size);
	s.store = zap->found;
	if (!s.store)
		return zr_object_fail(&zap->obj, ZB_ENOMEM, diag,
				      "no memory for its ZAP");
	r = zr_zap_walk(zap, search_entry, &s, diag);
	if (r < 0)
		return r;
	if (s.best == ZR_ZAP_OTHER)
		return ZB_ENOENT;
	*ret_entry = s.found;
	return 0;
}

int zr_zap_find(struct zr_zap *zap, const char *text, struct zr_zap_entry *ret_entry,
		struct zb_diag *diag)
{
	const struct zr_host *host = zap->obj.os->pool->host;
	struct zr_zap_name *name =
		zr_zap_name_create(host, text, zap->normflags, zap->match_case);
	int error = ZB_ENOENT;

	if (!name)
		return zr_object_fail(&zap->obj, ZB_ENOMEM, diag,
				      "no memory for its ZAP");
	if (!zap->micro)
		error = find_hashed(zap, name, ret_entry, diag);
	if (error == ZB_ENOENT && (zap->micro || (zap->normflags && !name->sure)))
		error = find_by_walk(zap, name, ret_entry, diag);
	zr_free(host, name);
	return error;
}

int zr_zap_lookup(struct zr_objset *os, uint64_t number, const char *name,
		  uint64_t *ret_v, struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	struct zr_zap zap;
	int error = zr_zap_open(os, number, &zap, diag);

	if (error)
		return error;
	error = zr_zap_find(&zap, name, &entry, diag);
	if (!error)
		*ret_v = zr_zap_int(&entry, 0);
	zr_zap_close(&zap);
	return error;
}
