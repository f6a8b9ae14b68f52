/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/indirect.h"
#include "read/zap.h"

#define ENTRY_WORDS 3
#define MAX_HOPS    64 /* removed vdevs that lead from one to the other */
#define SIZE_BITS   24
#define NO_VDEV	    UINT64_MAX

enum {
	PREV_INDIRECT = 2, /* of the words of DMU_POOL_REMOVING: the vdev removed last */
};

/* ---- maps ---- */

static uint64_t entry_start(const struct zr_indirect *map, uint64_t i)
{
	return map->words[i * ENTRY_WORDS] << ZF_SECTOR_SHIFT; /* drops the mark */
}

static struct zf_dva entry_dva(const struct zr_indirect *map, uint64_t i)
{
	const uint64_t *w = map->words + i * ENTRY_WORDS + 1;

	return (struct zf_dva){
		.vdev = (uint32_t)(w[0] >> 32 & ((1U << 24) - 1)),
		.asize = (w[0] & ((1U << SIZE_BITS) - 1)) << ZF_SECTOR_SHIFT,
		.offset = w[1] << ZF_SECTOR_SHIFT,
	};
}

/* All words of the object, in host order; an entry may go over the end of a block. */
static int read_words(struct zr_object *obj, struct zr_indirect *map,
		      struct zb_diag *diag)
{
	uint64_t words = map->n * ENTRY_WORDS, at = 0;
	struct zr_buf *buf;
	int error;

	for (uint64_t blk = 0; at < words; blk++) {
		error = zr_object_block(obj, blk, &buf, diag);
		if (error)
			return error;
		for (size_t off = 0; off + 8 <= buf->len && at < words; off += 8)
			map->words[at++] = zb_load64(buf->data + off, buf->endian);
		zr_buf_put(obj->os->pool, buf);
	}
	return 0;
}

/* The bonus begins with: end of the address space, bytes mapped, number of entries. */
static int load_object(struct zr_object *obj, struct zr_indirect *map,
		       struct zb_diag *diag)
{
	uint64_t n;
	int error = zb_span_u64(obj->dn.bonus, 16, obj->dn.endian, &n);

	if (error || n > ZR_ALLOC_MAX / (ENTRY_WORDS * 8) ||
	    n * ENTRY_WORDS * 8 > zf_dnode_end(&obj->dn))
		return zr_object_fail(obj, ZB_ECORRUPT, diag,
				      "the map of a removed vdev makes no sense");
	if (n == 0)
		return 0;
	map->words = zr_alloc(obj->os->pool->host, (size_t)n * ENTRY_WORDS * 8);
	if (!map->words)
		return zr_object_fail(obj, ZB_ENOMEM, diag,
				      "no memory for the map of a removed vdev");
	map->n = n;
	return read_words(obj, map, diag);
}

static int load_map(struct zr_pool *pool, struct zr_vdev *vdev, struct zb_diag *diag)
{
	struct zr_object obj;
	int error = zr_object_open(&pool->mos, vdev->indirect.object, &obj, diag);

	if (error)
		return error;
	error = load_object(&obj, &vdev->indirect, diag);
	zr_object_close(&obj);
	return error;
}

static int last_removed(struct zr_pool *pool, uint64_t *ret_id, struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	struct zr_zap zap;
	int error = zr_zap_open(&pool->mos, ZR_OBJECT_DIRECTORY, &zap, diag);

	*ret_id = NO_VDEV;
	if (error)
		return error;
	error = zr_zap_find(&zap, "com.delphix:removing", &entry, diag);
	if (!error && entry.numints > PREV_INDIRECT)
		*ret_id = zr_zap_int(&entry, PREV_INDIRECT);
	zr_zap_close(&zap);
	return error == ZB_ENOENT ? 0 : error;
}

int zr_indirect_load(struct zr_pool *pool, struct zb_diag *diag)
{
	unsigned int n = 0, loaded = 0;
	uint64_t id;
	int error;

	for (unsigned int i = 0; i < pool->n_vdevs; i++)
		n += pool->vdevs[i].kind == ZR_VDEV_INDIRECT;
	if (n == 0)
		return 0;
	error = last_removed(pool, &id, diag);
	for (; !error && id < pool->n_vdevs && loaded < n; loaded++) {
		struct zr_vdev *vdev = &pool->vdevs[id];

		if (vdev->kind != ZR_VDEV_INDIRECT || vdev->indirect.words)
			break;
		error = load_map(pool, vdev, diag);
		id = vdev->indirect.previous;
	}
	if (!error && loaded < n)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "of %u removed vdevs only %u are in order", n, loaded);
	return error;
}

/* ---- from a removed vdev to where its contents are ---- */

/* The entry that holds an offset. */
static bool find_entry(const struct zr_indirect *map, uint64_t offset, uint64_t *ret_i)
{
	uint64_t low = 0, high = map->n;

	while (low < high) {
		uint64_t mid = low + (high - low) / 2;

		if (offset < entry_start(map, mid))
			high = mid;
		else if (offset - entry_start(map, mid) < entry_dva(map, mid).asize)
			return *ret_i = mid, true;
		else
			low = mid + 1;
	}
	return false;
}

/* Follows one offset to a vdev that is there; *len shrinks to what lies together with it. */
static int follow(const struct zr_pool *pool, struct zf_dva *dva, size_t *len)
{
	for (unsigned int hop = 0; hop < MAX_HOPS; hop++) {
		const struct zr_vdev *vdev = zr_dva_vdev(pool, dva);
		struct zf_dva to;
		uint64_t i, in;

		if (!vdev)
			return ZB_ENODEV;
		if (vdev->kind != ZR_VDEV_INDIRECT)
			return 0;
		if (!find_entry(&vdev->indirect, dva->offset, &i))
			return ZB_ECORRUPT;
		to = entry_dva(&vdev->indirect, i);
		in = dva->offset - entry_start(&vdev->indirect, i);
		if (to.asize - in < *len)
			*len = (size_t)(to.asize - in);
		if (!zb_add64(to.offset, in, &to.offset))
			return ZB_ECORRUPT;
		*dva = to;
	}
	return ZB_ELOOP;
}

int zr_indirect_resolve(const struct zr_pool *pool, const struct zf_dva *dva, size_t len,
			struct zr_split *splits, unsigned int max, unsigned int *ret_n)
{
	uint64_t offset = dva->offset;
	unsigned int n = 0;
	size_t here;
	int error;

	for (; len > 0; len -= here, offset += here) {
		struct zf_dva at = { .vdev = dva->vdev, .offset = offset };

		here = len;
		error = follow(pool, &at, &here);
		if (error)
			return error;
		if (n == max)
			return ZB_E2BIG;
		splits[n++] = (struct zr_split){ .dva = at, .len = here };
	}
	*ret_n = n;
	return 0;
}

/* ---- blocks in several parts ---- */

#define MAX_COMBINATIONS 4096 /* as OpenZFS */

struct zr_splits {
	unsigned int n, tried;
	struct part {
		struct zr_ways ways;
		unsigned int at; /* the copy in use */
	} part[];
};

static int open_parts(struct zr_ways *w, const struct zr_split *splits, unsigned int n)
{
	struct zr_splits *s =
		zr_zalloc(w->pool->host, sizeof(*s) + n * sizeof(s->part[0]));
	int error;

	if (!s)
		return ZB_ENOMEM;
	w->splits = s;
	for (; s->n < n; s->n++) {
		struct zr_ways *part = &s->part[s->n].ways;

		error = zr_ways_init(part, w->pool, &splits[s->n].dva, w->birth,
				     splits[s->n].len);
		if (error)
			return error;
		if (part->copies > w->copies)
			w->copies = part->copies;
	}
	return 0;
}

int zr_splits_open(struct zr_ways *w, const struct zf_dva *dva)
{
	unsigned int max = (unsigned int)(w->len >> ZF_SECTOR_SHIFT) + 1, n = 0;
	struct zr_split *splits;
	int error;

	if (w->len > ZF_MAX_BLOCK)
		return ZB_ECORRUPT;
	splits = zr_alloc(w->pool->host, max * sizeof(*splits));
	if (!splits)
		return ZB_ENOMEM;
	error = zr_indirect_resolve(w->pool, dva, w->len, splits, max, &n);
	/* In one piece it is like any other block, at another place. */
	if (!error && n == 1)
		error = zr_ways_init(w, w->pool, &splits[0].dva, w->birth, w->len);
	else if (!error)
		error = open_parts(w, splits, n);
	zr_free(w->pool->host, splits);
	if (error)
		zr_splits_close(w);
	return error;
}

void zr_splits_close(struct zr_ways *w)
{
	struct zr_splits *s = w->splits;

	if (!s)
		return;
	for (unsigned int i = 0; i < s->n; i++)
		zr_ways_done(&s->part[i].ways);
	zr_free(w->pool->host, s);
	w->splits = NULL;
}

int zr_splits_copy(struct zr_ways *w, unsigned int i, uint8_t *dst)
{
	struct zr_splits *s = w->splits;
	int error = 0;

	for (unsigned int k = 0; k < s->n && !error; k++) {
		struct zr_ways *part = &s->part[k].ways;

		error = zr_ways_copy(part, i % part->copies, dst);
		dst += part->len;
	}
	return error;
}

/* The copies of all parts are combined; of each part those that are equal could be left out. */
int zr_splits_next(struct zr_ways *w, uint8_t *dst)
{
	struct zr_splits *s = w->splits;
	unsigned int k = 0;
	int error = 0;

	if (w->next < w->copies)
		return zr_splits_copy(w, w->next++, dst);
	if (s->tried++ == MAX_COMBINATIONS)
		return ZB_ENOENT;
	for (; k < s->n && ++s->part[k].at == s->part[k].ways.copies; k++)
		s->part[k].at = 0;
	if (k == s->n)
		return ZB_ENOENT;
	for (k = 0; k < s->n; k++) {
		struct zr_ways *part = &s->part[k].ways;
		int part_error = zr_ways_copy(part, s->part[k].at, dst);

		error = zr_worse(error, part_error);
		dst += part->len;
	}
	return error;
}
