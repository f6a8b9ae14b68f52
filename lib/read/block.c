/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/pool.h"
#include "read/verify.h"

static struct zr_vdev *dva_vdev(const struct zr_pool *pool, const struct zf_dva *dva)
{
	if (dva->vdev >= pool->n_vdevs)
		return NULL;
	return pool->vdevs[dva->vdev].kind == ZR_VDEV_DATA ? &pool->vdevs[dva->vdev]
							   : NULL;
}

unsigned int zr_dva_sides(const struct zr_pool *pool, const struct zf_dva *dva)
{
	const struct zr_vdev *vdev = dva_vdev(pool, dva);

	return vdev ? vdev->n_sides : 0;
}

int zr_dva_read(struct zr_pool *pool, const struct zf_dva *dva, unsigned int side,
		void *dst, size_t len)
{
	const struct zr_vdev *vdev = dva_vdev(pool, dva);
	uint64_t offset;

	if (!vdev || side >= vdev->n_sides || !vdev->sides[side].dev)
		return ZB_ENODEV;
	if (!zb_add64(dva->offset, ZF_VDEV_DATA_START, &offset))
		return ZB_ECORRUPT;
	return zr_windows_read(&pool->windows, vdev->sides[side].dev, offset, dst, len);
}

bool zr_block_locate(const struct zr_pool *pool, const struct zf_blkptr *bp,
		     unsigned int copy, const struct zr_dev **ret_dev,
		     uint64_t *ret_offset)
{
	const struct zf_dva *dva = &bp->dva[copy];
	const struct zr_vdev *vdev = dva_vdev(pool, dva);

	if (!vdev || dva->gang)
		return false;
	for (unsigned int i = 0; i < vdev->n_sides; i++) {
		if (vdev->sides[i].dev) {
			*ret_dev = vdev->sides[i].dev;
			return zb_add64(dva->offset, ZF_VDEV_DATA_START, ret_offset);
		}
	}
	return false;
}

static void note_copy(struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int copy,
		      unsigned int side, int error)
{
	const struct zf_dva *dva = &bp->dva[copy];
	struct zb_diag diag;

	if (error == ZB_ENODEV || error == ZB_ENOMEM || !pool->host->note)
		return;
	zb_fail(&diag, error, pool->info.name, ZB_DIAG_NO_OFFSET,
		"copy %u, side %u of the block at %u:%llx: %s", copy, side,
		(unsigned int)dva->vdev, (unsigned long long)dva->offset,
		zb_error_text(error));
	zr_note(pool->host, &diag);
}

/* What to report of several failures: the one that tells the most about the medium. */
static int worse(int a, int b)
{
	static const int order[] = { ZB_ENOMEM, ZB_ENOTSUP,  ZB_ECKSUM,
				     ZB_EIO,	ZB_ECORRUPT, ZB_E2BIG };

	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a ? a : b;
}

static int read_copy(struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int copy,
		     uint8_t *dst, unsigned int depth)
{
	const struct zf_dva *dva = &bp->dva[copy];
	unsigned int sides = zr_dva_sides(pool, dva);
	int error, all = ZB_ENODEV;

	if (dva->gang)
		return zr_gang_read(pool, bp, copy, dst, depth);
	for (unsigned int side = 0; side < sides; side++) {
		error = zr_dva_read(pool, dva, side, dst, (size_t)bp->psize);
		if (!error)
			error = zr_verify_block(&pool->verifier, bp,
						zb_span(dst, (size_t)bp->psize));
		if (!error)
			return 0;
		note_copy(pool, bp, copy, side, error);
		all = side == 0 ? error : worse(all, error);
	}
	return all;
}

int zr_block_read_copies(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 unsigned int depth)
{
	int error, all = 0;

	if (bp->psize > ZF_MAX_BLOCK || bp->ndvas == 0)
		return ZB_ECORRUPT;
	for (unsigned int copy = 0; copy < bp->ndvas; copy++) {
		error = read_copy(pool, bp, copy, dst, depth);
		if (!error)
			return 0;
		all = worse(all, error);
	}
	return all;
}

static int fail_block(const struct zr_pool *pool, const struct zf_blkptr *bp, int error,
		      struct zb_diag *diag)
{
	const char *name = pool->info.name;

	if (error == ZB_ENOTSUP)
		return zb_fail(diag, error, name, ZB_DIAG_NO_OFFSET,
			       "a block with checksum %s, compression %s: unsupported",
			       zr_checksum_name(bp->checksum),
			       zr_compress_name(bp->compress));
	if (bp->embedded)
		return zb_fail(diag, error, name, ZB_DIAG_NO_OFFSET, "embedded data: %s",
			       zb_error_text(error));
	return zb_fail(
		diag, error, name, ZB_DIAG_NO_OFFSET,
		"block at %u:%llx, %llu bytes, %u %s: %s", (unsigned int)bp->dva[0].vdev,
		(unsigned long long)bp->dva[0].offset, (unsigned long long)bp->psize,
		bp->ndvas, bp->ndvas == 1 ? "copy" : "copies", zb_error_text(error));
}

int zr_block_read_raw(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
		      struct zb_diag *diag)
{
	int error = zr_block_read_copies(pool, bp, dst, 0);

	return error ? fail_block(pool, bp, error, diag) : 0;
}

static int read_compressed(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst)
{
	uint8_t *raw = zr_alloc(pool->host, (size_t)bp->psize);
	int error;

	if (!raw)
		return ZB_ENOMEM;
	error = zr_block_read_copies(pool, bp, raw, 0);
	if (!error)
		error = zr_block_open(pool, bp, zb_span(raw, (size_t)bp->psize), dst,
				      pool->workspace);
	zr_free(pool->host, raw);
	return error;
}

int zr_block_read(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
		  struct zb_diag *diag)
{
	int error;

	if (zf_blkptr_is_hole(bp)) {
		__builtin_memset(dst, 0, (size_t)bp->lsize);
		return 0;
	}
	if (bp->embedded)
		error = zr_block_open(pool, bp, zb_span(bp->data, (size_t)bp->psize), dst,
				      pool->workspace);
	else if (bp->compress == ZF_COMPRESS_OFF && bp->psize == bp->lsize)
		error = zr_block_read_copies(pool, bp, dst, 0);
	else
		error = read_compressed(pool, bp, dst);
	return error ? fail_block(pool, bp, error, diag) : 0;
}
