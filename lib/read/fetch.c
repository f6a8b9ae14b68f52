/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/decompress.h"
#include "read/pool.h"
#include "read/ways.h"

/*
 * Reading ranges of an object with few requests: the block pointers of a batch are looked up
 * first and sorted by where they lie; neighbours become one request, small gaps included;
 * then their blocks are verified and decompressed, on several cores where the host has them.
 * Whatever this fast way cannot fetch (gang blocks, a bad first copy) goes the slow one.
 */
#define BATCH_PIECES 1024
#define RUN_MAX	     ((size_t)4 << 20)
#define RUN_MIN	     ((size_t)128 << 10)
#define GAP_MAX	     ((uint64_t)64 << 10)
#define GAP_SHARE    64 /* at most 1/64 of what is read may be gaps */
#define MAX_JOBS     16

struct piece {
	struct zf_blkptr bp;
	struct zr_extent at; /* vdev NULL: only the slow way can read it */
	uint8_t *dst;
	size_t skip; /* bytes at the block's start that nobody wants */
	size_t len;
	int error;
};

struct fetch {
	struct zr_object *obj;
	struct zr_pool *pool;
	struct piece *pieces;
	uint16_t order[BATCH_PIECES];
	unsigned int n, size; /* used, and there are */
	uint8_t *stage;
	size_t stage_size;
	uint64_t gap_budget;
};

/* One run of pieces, order[first] to order[last - 1], and the jobs that unpack it. */
struct run {
	struct fetch *f;
	unsigned int first, last;
	struct zr_run fetched;
	unsigned int jobs;
	uint8_t *workspaces;
};

static int unpack_partly(struct fetch *f, struct piece *p, struct zb_span raw,
			 void *workspace)
{
	uint8_t *block = zr_alloc(f->pool->host, (size_t)p->bp.lsize);
	int error;

	if (!block)
		return ZB_ENOMEM;
	error = zr_block_unpack(f->pool, &p->bp, raw, block, workspace);
	if (!error)
		__builtin_memcpy(p->dst, block + p->skip, p->len);
	zr_free(f->pool->host, block);
	return error;
}

static int unpack(struct run *r, struct piece *p, void *workspace)
{
	struct fetch *f = r->f;
	struct zb_span raw;
	int error = zr_run_block(&r->fetched, &p->at, (size_t)p->bp.psize, NULL, &raw);

	if (error)
		return error;

	if (p->len != p->bp.lsize)
		return unpack_partly(f, p, raw, workspace);
	return zr_block_unpack(f->pool, &p->bp, raw, p->dst, workspace);
}

/* Job i takes every jobs-th piece, so that each job needs one workspace only. */
static void run_job(void *arg, unsigned int i)
{
	struct run *r = arg;
	struct fetch *f = r->f;
	void *workspace = r->workspaces + (size_t)i * ZC_WORKSPACE;

	for (unsigned int at = r->first + i; at < r->last; at += r->jobs) {
		struct piece *p = &f->pieces[f->order[at]];

		p->error = unpack(r, p, workspace);
	}
}

static void run_unpack(struct run *r)
{
	const struct zr_host *host = r->f->pool->host;
	unsigned int n = r->last - r->first;

	r->jobs = n < MAX_JOBS ? n : MAX_JOBS;
	r->workspaces = NULL;
	if (host->run && r->jobs > 1)
		r->workspaces = zr_alloc(host, r->jobs * ZC_WORKSPACE);
	if (r->workspaces) {
		host->run(host->ctx, run_job, r, r->jobs);
		zr_free(host, r->workspaces);
		return;
	}
	r->jobs = 1;
	r->workspaces = r->f->pool->workspace;
	run_job(r, 0);
}

static int read_slowly(struct fetch *f, struct piece *p, struct zb_diag *diag)
{
	uint8_t *block;
	int error;

	if (p->len == p->bp.lsize)
		return zr_block_read(f->pool, &p->bp, p->dst, diag);
	block = zr_alloc(f->pool->host, (size_t)p->bp.lsize);
	if (!block)
		return zr_object_fail(f->obj, ZB_ENOMEM, diag, "no memory for a block");
	error = zr_block_read(f->pool, &p->bp, block, diag);
	if (!error)
		__builtin_memcpy(p->dst, block + p->skip, p->len);
	zr_free(f->pool->host, block);
	return error;
}

static bool piece_before(const struct piece *a, const struct piece *b)
{
	if (a->at.vdev != b->at.vdev)
		return (uintptr_t)a->at.vdev < (uintptr_t)b->at.vdev;
	return a->at.start < b->at.start;
}

/* Shell sort: no recursion, and nearly sorted input, the usual one, costs little. */
static void sort_pieces(struct fetch *f)
{
	static const unsigned int gaps[] = { 301, 132, 57, 23, 10, 4, 1 };

	for (unsigned int g = 0; g < sizeof(gaps) / sizeof(gaps[0]); g++) {
		for (unsigned int i = gaps[g]; i < f->n; i++) {
			uint16_t moving = f->order[i];
			unsigned int at = i;

			while (at >= gaps[g] &&
			       piece_before(&f->pieces[moving],
					    &f->pieces[f->order[at - gaps[g]]])) {
				f->order[at] = f->order[at - gaps[g]];
				at -= gaps[g];
			}
			f->order[at] = moving;
		}
	}
}

/* Takes the piece into the run, if its bytes lie well. */
static bool join(struct fetch *f, struct zr_extent *run, const struct zr_extent *at)
{
	struct zr_extent whole = *run;
	uint64_t gap;

	if (!at->vdev || at->vdev != run->vdev || at->zone != run->zone)
		return false;
	if (at->end > whole.end)
		whole.end = at->end;
	gap = at->start > run->end ? at->start - run->end : 0;
	if (gap > GAP_MAX || gap > f->gap_budget ||
	    zr_extent_stage(&whole) > f->stage_size)
		return false;
	f->gap_budget -= gap;
	*run = whole;
	return true;
}

/* From the first copy that its devices give. */
static int read_run(struct fetch *f, struct run *r, const struct zr_extent *whole)
{
	int error = ZB_ENODEV;

	if (!whole->vdev || zr_extent_stage(whole) > f->stage_size)
		return error;
	for (unsigned int i = 0; error && i < zr_extent_copies(whole); i++)
		error = zr_extent_read(f->pool, whole, i, f->stage, &r->fetched);
	return error;
}

static int fetch_run(struct fetch *f, struct run *r, const struct zr_extent *whole,
		     struct zb_diag *diag)
{
	int error = read_run(f, r, whole);

	if (!error)
		run_unpack(r);
	for (unsigned int i = r->first; i < r->last; i++) {
		struct piece *p = &f->pieces[f->order[i]];

		if (error || p->error) {
			int slow = read_slowly(f, p, diag);

			if (slow)
				return slow;
		}
	}
	return 0;
}

static int fetch_pieces(struct fetch *f, struct zb_diag *diag)
{
	struct run r = { .f = f };
	struct zr_extent whole;
	int error;

	sort_pieces(f);
	for (r.first = 0; r.first < f->n; r.first = r.last) {
		whole = f->pieces[f->order[r.first]].at;
		r.last = r.first + 1;
		while (r.last < f->n && join(f, &whole, &f->pieces[f->order[r.last]].at))
			r.last++;
		error = fetch_run(f, &r, &whole, diag);
		if (error)
			return error;
	}
	f->n = 0;
	return 0;
}

/* Holes and embedded data are done at once; the others wait for their batch. */
static int add_piece(struct fetch *f, const struct zf_blkptr *bp, size_t skip,
		     uint8_t *dst, size_t len, struct zb_diag *diag)
{
	struct piece *p = &f->pieces[f->n];

	*p = (struct piece){ .bp = *bp, .dst = dst, .skip = skip, .len = len };
	if (zf_blkptr_is_hole(bp)) {
		__builtin_memset(dst, 0, len);
		return 0;
	}
	if (bp->embedded)
		return read_slowly(f, p, diag);
	if (!zr_extent_of(f->pool, bp, 0, &p->at))
		p->at.vdev = NULL;
	f->order[f->n] = (uint16_t)f->n;
	f->n++;
	return f->n == f->size ? fetch_pieces(f, diag) : 0;
}

static int fetch_all(struct fetch *f, uint64_t offset, uint8_t *dst, size_t len,
		     struct zb_diag *diag)
{
	uint32_t size = f->obj->dn.datablksz;
	struct zf_blkptr bp;
	size_t skip, n;
	int error;

	for (; len > 0; offset += n, dst += n, len -= n) {
		skip = (size_t)(offset % size);
		n = len < size - skip ? len : size - skip;
		error = zr_object_blkptr(f->obj, offset / size, &bp, diag);
		if (!error)
			error = add_piece(f, &bp, skip, dst, n, diag);
		if (error)
			return error;
	}
	return fetch_pieces(f, diag);
}

/* Memory for a read of len bytes that touches n blocks: a small read gets along with little. */
static void allocate(struct fetch *f, size_t len, uint64_t n)
{
	const struct zr_host *host = f->pool->host;
	uint64_t most = len + 2ULL * f->obj->dn.datablksz + f->gap_budget;

	f->size = n < BATCH_PIECES ? (unsigned int)n : BATCH_PIECES;
	f->pieces = zr_alloc(host, f->size * sizeof(*f->pieces));
	f->stage_size = most < RUN_MAX ? (size_t)most : RUN_MAX;
	f->stage = zr_alloc(host, f->stage_size);
	while (!f->stage && f->stage_size / 2 >= RUN_MIN) {
		f->stage_size /= 2;
		f->stage = zr_alloc(host, f->stage_size);
	}
}

static int read_many(struct zr_object *obj, uint64_t offset, uint8_t *dst, size_t len,
		     struct zb_diag *diag)
{
	uint64_t first = offset / obj->dn.datablksz;
	uint64_t last = (offset + len - 1) / obj->dn.datablksz;
	struct zr_pool *pool = obj->os->pool;
	struct fetch *f = zr_zalloc(pool->host, sizeof(*f));
	int error = ZB_ENOMEM;

	if (!f)
		return zr_object_fail(obj, error, diag, "no memory to read it");
	f->obj = obj;
	f->pool = pool;
	f->gap_budget = len / GAP_SHARE;
	allocate(f, len, last - first + 1);
	if (f->pieces && f->stage)
		error = fetch_all(f, offset, dst, len, diag);
	else
		zr_object_fail(obj, error, diag, "no memory to read it");
	zr_free(pool->host, f->stage);
	zr_free(pool->host, f->pieces);
	zr_free(pool->host, f);
	return error;
}

/* Inside one block: through the cache, since the next small read mostly wants its rest. */
static int read_one(struct zr_object *obj, uint64_t offset, uint8_t *dst, size_t len,
		    struct zb_diag *diag)
{
	uint32_t size = obj->dn.datablksz;
	struct zr_buf *buf;
	struct zb_span s;
	int error = zr_object_block(obj, offset / size, &buf, diag);

	if (error)
		return error;
	error = zb_span_sub(zr_buf_span(buf), offset % size, len, &s);
	if (!error)
		__builtin_memcpy(dst, s.ptr, len);
	zr_buf_put(obj->os->pool, buf);
	return error ? zr_object_fail(obj, error, diag, "a block is too short") : 0;
}

int zr_object_read(struct zr_object *obj, uint64_t offset, uint8_t *dst, size_t len,
		   struct zb_diag *diag)
{
	uint64_t end;

	if (len == 0)
		return 0;
	if (!zb_add64(offset, len, &end))
		return zr_object_fail(obj, ZB_EINVAL, diag, "a read beyond all offsets");
	if (offset / obj->dn.datablksz == (end - 1) / obj->dn.datablksz &&
	    len < obj->dn.datablksz)
		return read_one(obj, offset, dst, len, diag);
	return read_many(obj, offset, dst, len, diag);
}
