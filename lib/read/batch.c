/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/batch.h"
#include "read/fs.h"

#define AHEAD_MIN ((uint64_t)1 << 20) /* bytes that are worth a call */

int zr_batch_init(struct zr_batch *b, struct zr_pool *pool, unsigned int size)
{
	const struct zr_host *host = pool->host;

	*b = (struct zr_batch){ .pool = pool, .size = size };
	b->pieces = zr_alloc(host, size * sizeof(*b->pieces));
	b->loads = zr_alloc(host, size * sizeof(*b->loads));
	b->order = zr_alloc(host, size * sizeof(*b->order));
	if (b->pieces && b->loads && b->order)
		return 0;
	zr_batch_done(b);
	return ZB_ENOMEM;
}

void zr_batch_done(struct zr_batch *b)
{
	const struct zr_host *host = b->pool->host;

	zr_free(host, b->order);
	zr_free(host, b->loads);
	zr_free(host, b->pieces);
	b->pieces = NULL;
	b->loads = NULL;
	b->order = NULL;
}

static void read_ahead(struct zr_batch *b)
{
	const struct zr_dev *dev = b->ahead_dev;

	if (dev)
		dev->ahead(dev->ctx, b->ahead_start + ZF_VDEV_DATA_START,
			   b->ahead_end - b->ahead_start);
	b->ahead_dev = NULL;
}

/* Lets the host fetch already what the batch will read: mostly block after block. */
static void note_ahead(struct zr_batch *b, const struct zr_extent *from)
{
	const struct zr_vdev *vdev = from->vdev;
	const struct zr_dev *dev;

	if (!vdev || vdev->kind != ZR_VDEV_MIRROR)
		return;
	dev = zr_slot_side(vdev, &vdev->slots[0], 0, from->start, from->birth)->dev;
	if (!dev || !dev->ahead)
		return;
	if (dev != b->ahead_dev || from->start != b->ahead_end ||
	    b->ahead_end - b->ahead_start >= AHEAD_MIN) {
		read_ahead(b);
		b->ahead_dev = dev;
		b->ahead_start = from->start;
	}
	b->ahead_end = from->end;
}

/* The slow way: every copy and side of a block, on this thread. */
static int read_slowly(struct zr_batch *b, const struct zr_piece *p, struct zb_diag *diag)
{
	struct zr_pool *pool = b->pool;
	uint8_t *block;
	int error;

	if (p->skip == 0 && p->room >= p->bp.lsize)
		return zr_block_read(pool, &p->bp, p->dst, diag);
	block = zr_alloc(pool->host, (size_t)p->bp.lsize);
	if (!block)
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for a block of %llu bytes",
			       (unsigned long long)p->bp.lsize);
	error = zr_block_read(pool, &p->bp, block, diag);
	if (!error)
		__builtin_memcpy(p->dst, block + p->skip, p->len);
	zr_free(pool->host, block);
	return error;
}

/* Zeros in place of what could not be read; 0 if the caller wants to go on. */
static int lose(struct zr_batch *b, const struct zr_piece *p, int error,
		struct zb_diag *diag)
{
	__builtin_memset(p->dst, 0, p->len);
	return b->fail ? b->fail(b->fail_ctx, p->object, p->at, p->len, diag) : error;
}

int zr_batch_add_block(struct zr_batch *b, struct zr_object *obj,
		       const struct zf_blkptr *bp, uint64_t at, size_t skip, uint8_t *dst,
		       size_t len, size_t room, struct zb_diag *diag)
{
	struct zr_piece *p = &b->pieces[b->n];
	int error;

	*p = (struct zr_piece){ .bp = *bp,
				.os = obj->os,
				.object = obj->number,
				.at = at,
				.dst = dst,
				.skip = skip,
				.len = len,
				.room = room };
	if (zf_blkptr_is_hole(bp)) {
		__builtin_memset(dst, 0, len);
		return 0;
	}
	if (bp->embedded) {
		error = read_slowly(b, p, diag);
		return error ? lose(b, p, error, diag) : 0;
	}
	if (!zr_extent_of(b->pool, bp, 0, &p->from))
		p->from.vdev = NULL;
	note_ahead(b, &p->from);
	b->wanted += len;
	b->order[b->n] = (uint16_t)b->n;
	b->n++;
	return 0;
}

/* ---- for the pool's user ---- */

int zr_batch_create(struct zr_pool *pool, zr_batch_fail_fn fail, void *ctx,
		    struct zr_batch **ret_batch, struct zb_diag *diag)
{
	struct zr_batch *b = zr_alloc(pool->host, sizeof(*b));

	if (!b || zr_batch_init(b, pool, ZR_BATCH_PIECES)) {
		zr_free(pool->host, b);
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory to read files");
	}
	b->fail = fail;
	b->fail_ctx = ctx;
	*ret_batch = b;
	return 0;
}

void zr_batch_destroy(struct zr_batch *b)
{
	const struct zr_host *host;
	struct zb_diag unused;

	if (!b)
		return;
	host = b->pool->host;
	b->fail = NULL;
	if (b->started && zr_batch_wait(b, &unused))
		unused.error = 0;
	zr_batch_done(b);
	zr_free(host, b);
}

/* Blocks from *offset on until the batch is full; the caller's position moves along. */
static int add_blocks(struct zr_batch *b, struct zr_object *obj, uint64_t offset,
		      uint8_t *dst, size_t len, size_t room, size_t *ret_done,
		      struct zb_diag *diag)
{
	uint32_t size = obj->dn.datablksz;
	struct zf_blkptr bp;
	size_t done = 0;
	int error = 0;

	while (!error && done < len && b->n < b->size) {
		uint64_t at = offset + done;
		size_t skip = (size_t)(at % size);
		size_t n = len - done < size - skip ? len - done : size - skip;
		/* Only behind the last byte there may be room to spare. */
		size_t space = done + n == len ? room - done : n;

		error = zr_object_blkptr(obj, at / size, &bp, diag);
		if (error) {
			struct zr_piece p = { .object = obj->number,
					      .at = at,
					      .dst = dst + done,
					      .len = n };

			error = lose(b, &p, error, diag);
		} else {
			error = zr_batch_add_block(b, obj, &bp, at, skip, dst + done, n,
						   space, diag);
		}
		done += n;
	}
	*ret_done = done;
	return error;
}

int64_t zr_batch_add(struct zr_batch *b, struct zr_fs *fs, uint64_t object,
		     uint64_t offset, void *dst, size_t len, size_t room,
		     struct zb_diag *diag)
{
	struct zr_node node;
	size_t done;
	int error = zr_node_open(fs, object, &node, diag);

	if (error)
		return error;
	error = add_blocks(b, &node.obj, offset, dst, len, room, &done, diag);
	zr_node_close(&node);
	return error ? error : (int64_t)done;
}

void zr_batch_start(struct zr_batch *b)
{
	const struct zr_host *host = b->pool->host;

	read_ahead(b);
	b->started = true;
	/* Without memory for the fast way the slow one takes all. */
	if (zr_batch_prepare(b))
		b->n_loads = 0;
	b->jobs = (struct zr_jobs){ .job = zr_batch_job, .arg = b, .n = b->n_lanes };
	if (host->start && b->n_lanes > 0)
		host->start(host->ctx, &b->jobs);
}

int zr_batch_wait(struct zr_batch *b, struct zb_diag *diag)
{
	const struct zr_host *host = b->pool->host;
	int error = 0;

	if (host->start && b->n_lanes > 0)
		host->wait(host->ctx, &b->jobs);
	else if (b->n_lanes > 0)
		zr_batch_job(b, 0);
	zr_batch_finish(b);
	for (unsigned int i = 0; !error && i < b->n; i++) {
		struct zr_piece *p = &b->pieces[b->order[i]];

		if (p->error)
			error = read_slowly(b, p, diag);
		if (error)
			error = lose(b, p, error, diag);
	}
	b->n = 0;
	b->wanted = 0;
	b->started = false;
	return error;
}
