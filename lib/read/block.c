/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/pool.h"
#include "read/verify.h"
#include "read/ways.h"

struct check {
	const struct zr_pool *pool;
	const struct zf_blkptr *bp;
};

static int check_block(void *ctx, struct zb_span data)
{
	const struct check *c = ctx;

	return zr_verify_block(&c->pool->verifier, c->bp, data);
}

static int read_copy(struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int copy,
		     uint8_t *dst, struct zr_gang *g)
{
	struct check c = { .pool = pool, .bp = bp };
	int error = 0;

	if (bp->dva[copy].gang)
		return zr_gang_read(pool, bp, copy, dst, g);
	if (g->depth > 0)
		error = zr_gang_charge(g, bp->psize);
	return error ? error
		     : zr_dva_read(pool, &bp->dva[copy], zf_blkptr_birth(bp), dst,
				   (size_t)bp->psize, check_block, &c);
}

int zr_block_read_copies(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
			 struct zr_gang *g)
{
	bool known = false;
	int error, all = 0;

	if (bp->psize > ZF_MAX_BLOCK || bp->ndvas == 0)
		return ZB_ECORRUPT;
	for (unsigned int copy = 0; copy < bp->ndvas; copy++) {
		/* All copies of a gang header are the same: they lead to the same pieces. */
		if (known && bp->dva[copy].gang)
			continue;
		g->header_known = false;
		error = read_copy(pool, bp, copy, dst, g);
		if (!error)
			return 0;
		known |= g->header_known;
		all = zr_worse(all, error);
	}
	return all;
}

/*
 * Pieces are of 512 bytes at least, so that a block whose headers have three copies, all of which
 * are looked at, and its pieces, too, costs six times its size. A small block's header may be
 * larger than the block.
 */
#define GANG_COST  8
#define GANG_EXTRA ((uint64_t)64 << 10)

static int read_block(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst)
{
	struct zr_gang g = { .left = GANG_COST * (bp->psize + GANG_EXTRA) };
	int error = zr_block_read_copies(pool, bp, dst, &g);

	return error && error != ZB_ENOMEM && g.exceeded ? ZB_E2BIG : error;
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
	if (error == ZB_EREDACTED)
		return zb_fail(diag, error, name, ZB_DIAG_NO_OFFSET, "a block was %s",
			       zb_error_text(error));
	if (bp->embedded)
		return zb_fail(diag, error, name, ZB_DIAG_NO_OFFSET, "embedded data: %s",
			       zb_error_text(error));
	if (error == ZB_E2BIG)
		return zb_fail(
			diag, error, name, ZB_DIAG_NO_OFFSET,
			"block at %u:%llx: more headers or pieces than one of %llu "
			"bytes can have",
			(unsigned int)bp->dva[0].vdev,
			(unsigned long long)bp->dva[0].offset,
			(unsigned long long)bp->psize);
	return zb_fail(
		diag, error, name, ZB_DIAG_NO_OFFSET,
		"block at %u:%llx, %llu bytes, %u %s: %s", (unsigned int)bp->dva[0].vdev,
		(unsigned long long)bp->dva[0].offset, (unsigned long long)bp->psize,
		bp->ndvas, bp->ndvas == 1 ? "copy" : "copies", zb_error_text(error));
}

int zr_block_read_raw(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst,
		      struct zb_diag *diag)
{
	int error = read_block(pool, bp, dst);

	return error ? fail_block(pool, bp, error, diag) : 0;
}

static int read_compressed(struct zr_pool *pool, const struct zf_blkptr *bp, uint8_t *dst)
{
	uint8_t *raw = zr_alloc(pool->host, (size_t)bp->psize);
	int error;

	if (!raw)
		return ZB_ENOMEM;
	error = read_block(pool, bp, raw);
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
	if (zf_blkptr_is_redacted(bp))
		error = ZB_EREDACTED;
	else if (bp->embedded)
		error = zr_block_open(pool, bp, zb_span(bp->data, (size_t)bp->psize), dst,
				      pool->workspace);
	else if (bp->compress == ZF_COMPRESS_OFF && bp->psize == bp->lsize &&
		 !bp->encrypted)
		error = read_block(pool, bp, dst);
	else
		error = read_compressed(pool, bp, dst);
	return error ? fail_block(pool, bp, error, diag) : 0;
}
