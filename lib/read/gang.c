/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/pool.h"
#include "read/verify.h"
#include "read/ways.h"

/*
 * A gang block: where no single extent was large enough, the DVA leads to a header with block
 * pointers to the pieces, which may be gangs again. Source: OpenZFS include/sys/zio.h.
 *
 * The header is 512 bytes with three pointers or, with the feature dynamic_gang_header, as
 * large as the vdev's smallest block and full of them. Its last 40 bytes are a zio_eck_t.
 */
struct header {
	const struct zf_blkptr *bp;
	enum zb_endian endian; /* of its words; known once it is verified */
};

int zr_gang_verify_header(const struct zf_blkptr *bp, struct zb_span header,
			  enum zb_endian *ret_endian)
{
	/* The first DVA stands for the block, whichever copy of the header this is. */
	const uint64_t verifier[4] = {
		bp->dva[0].vdev,
		bp->dva[0].offset,
		zf_blkptr_birth(bp),
	};
	int error = zr_verify_eck(NULL, header, verifier, ret_endian);

	return error == ZB_ENOENT ? ZB_ECKSUM : error;
}

static int check_header(void *ctx, struct zb_span data)
{
	struct header *h = ctx;

	return zr_gang_verify_header(h->bp, data, &h->endian);
}

int zr_gang_charge(struct zr_gang *g, uint64_t bytes)
{
	if (bytes > g->left) {
		g->exceeded = true;
		g->left = 0;
		return ZB_E2BIG;
	}
	g->left -= bytes;
	return 0;
}

static int read_pieces(struct zr_pool *pool, const struct zf_blkptr *bp,
		       struct zb_span header, enum zb_endian e, uint8_t *dst,
		       struct zr_gang *g)
{
	size_t n = (header.len - ZF_ECK_SIZE) / ZF_BLKPTR_SIZE;
	uint64_t done = 0;
	struct zf_blkptr piece;
	struct zb_span s;
	int error;

	for (size_t i = 0; i < n && done < bp->psize; i++) {
		error = zb_span_sub(header, i * ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE, &s);
		if (!error)
			error = zf_blkptr_decode(s, e, &piece);
		if (error)
			return error;
		if (zf_blkptr_is_hole(&piece))
			continue;
		if (piece.embedded || piece.psize > bp->psize - done)
			return ZB_ECORRUPT;
		error = zr_block_read_copies(pool, &piece, dst + done, g);
		if (error)
			return error;
		done += piece.psize;
	}
	return done == bp->psize ? 0 : ZB_ECORRUPT;
}

int zr_gang_read_header(struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int i,
			uint8_t *header, size_t *ret_size, enum zb_endian *ret_endian)
{
	const struct zf_dva *dva = &bp->dva[i];
	struct header h = { .bp = bp };
	size_t size = ZF_GANG_HEADER_SIZE, large;
	int error;

	if (dva->vdev >= pool->n_vdevs)
		return ZB_ENODEV;
	error = zr_dva_read(pool, dva, zf_blkptr_birth(bp), header, size, check_header,
			    &h);
	large = (size_t)1 << pool->vdevs[dva->vdev].ashift;
	if (error == ZB_ECKSUM && large > ZF_GANG_HEADER_SIZE &&
	    large <= ZR_GANG_HEADER_MAX) {
		size = large;
		error = zr_dva_read(pool, dva, zf_blkptr_birth(bp), header, size,
				    check_header, &h);
	}
	*ret_size = size;
	*ret_endian = h.endian;
	return error;
}

int zr_gang_read(struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int copy,
		 uint8_t *dst, struct zr_gang *g)
{
	enum zb_endian e;
	uint8_t *header;
	size_t size = 0;
	bool known;
	int error;

	if (g->depth >= ZR_GANG_DEPTH) {
		g->exceeded = true;
		return ZB_E2BIG;
	}
	header = zr_alloc(pool->host, ZR_GANG_HEADER_MAX);
	if (!header)
		return ZB_ENOMEM;
	error = zr_gang_read_header(pool, bp, copy, header, &size, &e);
	known = !error;
	if (zr_gang_charge(g, size))
		error = ZB_E2BIG;
	g->depth++;
	if (!error)
		error = read_pieces(pool, bp, zb_span(header, size), e, dst, g);
	g->depth--;
	g->header_known = known; /* those of the pieces have said the same of theirs */
	zr_free(pool->host, header);
	return error;
}
