/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/indirect.h"
#include "read/pool.h"
#include "read/scrub_examine.h"
#include "read/verify.h"
#include "read/ways.h"

/* What is bad about a block: copy by copy, slowly, for those few that need it. */

/* On no device that is known. */
static void bad_somewhere(struct zr_examine *x, uint64_t offset, uint64_t len, int error)
{
	zr_examine_bad(
		x, &(struct zr_bad_copy){ .offset = offset, .len = len, .error = error });
}

/* Each part of a block, and what tells whether it is right: its checksum, or a header's own. */
struct part {
	const struct zf_blkptr *bp;
	const struct zf_dva *dva;
	size_t len;
	zr_check_fn check;
	void *check_ctx;
	uint8_t *buf;
};

static int check_block(void *ctx, struct zb_span data)
{
	const struct part *p = ctx;

	return zr_scrub_check(p->check_ctx, p->bp, data);
}

/* What a side has of a part, in p->buf; *ret_gap: what the side is known to lack, if it is bad. */
static int examine_side(struct zr_examine *x, const struct zr_side *side, uint64_t offset,
			struct part *p, struct zr_txgs *ret_gap)
{
	bool lacks = side->dev && zr_side_gap(side, zf_blkptr_birth(p->bp), ret_gap);
	int error = ZB_ENODEV;

	if (side->dev) {
		error = zr_dev_read(x->pool->host, side->dev, NULL, offset, p->buf,
				    p->len);
		*x->read += p->len;
	}
	/* Without a checksum everything looks right. */
	if (!error && lacks && p->check == check_block &&
	    p->bp->checksum == ZF_CHECKSUM_OFF)
		error = ZB_ECKSUM;
	return error ? error : p->check(p, zb_span(p->buf, p->len));
}

/* Every side of a mirror; returns how many are right, the last of them being in p->buf. */
static unsigned int examine_sides(struct zr_examine *x, const struct zr_vdev *vdev,
				  struct part *p)
{
	unsigned int good = 0, right = 0;
	uint64_t offset = 0;
	int error;

	if (!zb_add64(p->dva->offset, ZF_VDEV_DATA_START, &offset))
		return 0;
	for (unsigned int i = 0; i < vdev->n_sides; i++) {
		const struct zr_side *side = &vdev->sides[i];
		struct zr_bad_copy bad = { .dev = side->dev,
					   .guid = side->guid,
					   .offset = offset,
					   .len = p->len };

		error = examine_side(x, side, offset, p, &bad.lacks);
		if (error) {
			bad.error = error;
			zr_examine_bad(x, &bad);
			continue;
		}
		good++;
		right = i;
	}
	/* A bad one may have come after the last that was good. */
	if (good && right + 1 < vdev->n_sides &&
	    zr_dev_read(x->pool->host, vdev->sides[right].dev, NULL, offset, p->buf,
			p->len))
		return 0;
	return good;
}

/* *ret_good: how many copies of the part are right, one of which is in p->buf. */
static int examine_at(struct zr_examine *x, struct part *p, unsigned int *ret_good)
{
	const struct zr_vdev *vdev = zr_dva_vdev(x->pool, p->dva);
	uint64_t birth = zf_blkptr_birth(p->bp);
	int error;

	*ret_good = 0;
	if (vdev && vdev->kind == ZR_VDEV_MIRROR) {
		*ret_good = examine_sides(x, vdev, p);
		return 0;
	}
	error = zr_dva_read(x->pool, p->dva, birth, p->buf, p->len, p->check, p);
	if (error == ZB_ENOMEM)
		return error;
	*x->read += p->len;
	if (error) {
		bad_somewhere(x, p->dva->offset, p->len, error);
		return 0;
	}
	*ret_good = 1;
	if (vdev->kind != ZR_VDEV_RAIDZ && vdev->kind != ZR_VDEV_DRAID)
		return 0;
	return zr_examine_raid(x, vdev, p->dva, zb_span(p->buf, p->len), birth);
}

/* What lies on a removed vdev in one part is a block like others where it is now. */
static int examine_dva(struct zr_examine *x, const struct part *p, unsigned int *ret_good)
{
	const struct zr_vdev *vdev = zr_dva_vdev(x->pool, p->dva);
	struct part here = *p;
	struct zr_split split;
	unsigned int n;

	if (vdev && vdev->kind == ZR_VDEV_INDIRECT &&
	    zr_indirect_resolve(x->pool, p->dva, p->len, &split, 1, &n) == 0)
		here.dva = &split.dva;
	return examine_at(x, &here, ret_good);
}

/* ---- gang blocks ---- */

static int examine_block(struct zr_examine *x, const struct zf_blkptr *bp,
			 unsigned int depth, unsigned int *ret_good);

static int check_header(void *ctx, struct zb_span data)
{
	const struct part *p = ctx;

	return zr_gang_verify_header(p->bp, data, p->check_ctx);
}

/* 512 bytes or, if no header of that size can be had, the smallest block of the vdev. */
static size_t header_size(struct zr_examine *x, struct part *p)
{
	uint32_t id = p->dva->vdev;
	size_t large;

	p->len = ZF_GANG_HEADER_SIZE;
	if (id >= x->pool->n_vdevs || zr_dva_read(x->pool, p->dva, zf_blkptr_birth(p->bp),
						  p->buf, p->len, p->check, p) == 0)
		return p->len;
	large = (size_t)1 << x->pool->vdevs[id].ashift;
	p->len = large;
	if (large > ZF_GANG_HEADER_SIZE && large <= ZR_GANG_HEADER_MAX &&
	    zr_dva_read(x->pool, p->dva, zf_blkptr_birth(p->bp), p->buf, p->len, p->check,
			p) == 0)
		return large;
	return ZF_GANG_HEADER_SIZE;
}

/* A block in pieces has as many good copies as the piece that has the fewest. */
static int examine_pieces(struct zr_examine *x, struct zb_span header, enum zb_endian e,
			  unsigned int depth, unsigned int *ret_good)
{
	size_t n = (header.len - ZF_ECK_SIZE) / ZF_BLKPTR_SIZE;
	unsigned int good, least = UINT32_MAX;
	struct zf_blkptr piece;
	struct zb_span s;
	int error;

	for (size_t i = 0; i < n; i++) {
		if (zb_span_sub(header, i * ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE, &s) ||
		    zf_blkptr_decode(s, e, &piece))
			return ZB_ECORRUPT;
		if (zf_blkptr_is_hole(&piece) || piece.embedded)
			continue;
		error = examine_block(x, &piece, depth + 1, &good);
		if (error)
			return error;
		if (good < least)
			least = good;
	}
	*ret_good = least == UINT32_MAX ? 0 : least;
	return 0;
}

/* The headers at all gang DVAs, then the pieces that one of them names. */
static int examine_gang(struct zr_examine *x, const struct zf_blkptr *bp,
			unsigned int depth, unsigned int *ret_good)
{
	enum zb_endian e = ZB_LE;
	struct part p = { .bp = bp, .check = check_header, .check_ctx = &e };
	uint8_t *header = zr_alloc(x->pool->host, 2 * ZR_GANG_HEADER_MAX);
	unsigned int headers = 0, good;
	size_t len = 0;
	int error = header ? 0 : ZB_ENOMEM;

	*ret_good = 0;
	for (unsigned int i = 0; !error && i < bp->ndvas; i++) {
		if (!bp->dva[i].gang)
			continue;
		p.dva = &bp->dva[i];
		p.buf = header + ZR_GANG_HEADER_MAX;
		p.len = header_size(x, &p);
		error = examine_dva(x, &p, &good);
		if (!error && good > 0 && headers == 0) {
			len = p.len;
			__builtin_memcpy(header, p.buf, len);
		}
		headers += error ? 0 : good;
	}
	if (!error && headers > 0 && depth < ZR_GANG_DEPTH)
		error = examine_pieces(x, zb_span(header, len), e, depth, ret_good);
	zr_free(x->pool->host, header);
	return error;
}

/* ---- a block ---- */

static int examine_block(struct zr_examine *x, const struct zf_blkptr *bp,
			 unsigned int depth, unsigned int *ret_good)
{
	struct part p = { .bp = bp, .check = check_block, .len = (size_t)bp->psize };
	unsigned int good, sum = 0;
	bool gang = false;
	int error = 0;

	p.check_ctx = x->pool;
	p.buf = zr_alloc(x->pool->host, p.len);
	if (!p.buf)
		return ZB_ENOMEM;
	for (unsigned int i = 0; !error && i < bp->ndvas; i++) {
		p.dva = &bp->dva[i];
		gang |= p.dva->gang;
		if (p.dva->gang)
			continue;
		error = examine_dva(x, &p, &good);
		sum += error ? 0 : good;
	}
	zr_free(x->pool->host, p.buf);
	if (!error && gang) {
		error = examine_gang(x, bp, depth, &good);
		sum += error ? 0 : good;
	}
	*ret_good = sum;
	return error;
}

/* The MAC of a gang block is of all its pieces together. */
static int authenticate_gang(struct zr_examine *x, const struct zf_blkptr *bp)
{
	uint8_t *raw;
	int error;

	if (bp->ndvas == 0 || !bp->dva[0].gang || !bp->key)
		return 0;
	raw = zr_alloc(x->pool->host, (size_t)bp->psize);
	if (!raw)
		return ZB_ENOMEM;
	error = zr_block_read_raw(x->pool, bp, raw, NULL);
	if (!error)
		error = zr_scrub_check(x->pool, bp, zb_span(raw, (size_t)bp->psize));
	zr_free(x->pool->host, raw);
	if (error != ZB_EBADMAC)
		return error == ZB_ENOMEM ? error : 0;
	bad_somewhere(x, 0, bp->psize, error);
	x->damage->good = 0;
	return 0;
}

int zr_scrub_examine(struct zr_pool *pool, const struct zr_visit *visit,
		     struct zr_damage *ret_damage, uint64_t *read)
{
	struct zr_examine x = { .pool = pool, .damage = ret_damage, .read = read };
	int error;

	*ret_damage = (struct zr_damage){ .visit = *visit };
	error = examine_block(&x, &visit->bp, 0, &ret_damage->good);
	if (error == ZB_ECORRUPT) {
		bad_somewhere(&x, 0, visit->bp.psize, error);
		error = 0;
	}
	if (!error && ret_damage->good > 0)
		error = authenticate_gang(&x, &visit->bp);
	ret_damage->lost = ret_damage->good == 0;
	return error;
}
