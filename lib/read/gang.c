/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/pool.h"
#include "read/verify.h"

/*
 * A gang block: where no single extent was large enough, the DVA leads to a header with block
 * pointers to the pieces, which may be gangs again. Source: OpenZFS include/sys/zio.h.
 *
 * The header is 512 bytes with three pointers or, with the feature dynamic_gang_header, as
 * large as the vdev's smallest block and full of them. Its last 40 bytes are a zio_eck_t.
 */
#define HEADER_SIZE	512
#define MAX_HEADER_SIZE ((size_t)64 << 10)
#define MAX_DEPTH	8 /* each level has at least two pieces: deep enough for 16 MiB */

static int verify_header(const struct zf_blkptr *bp, struct zb_span s,
			 enum zb_endian *ret_endian)
{
	/* The first DVA stands for the block, whichever copy of the header this is. */
	const uint64_t verifier[4] = {
		bp->dva[0].vdev,
		bp->dva[0].offset,
		bp->physical_birth ? bp->physical_birth : bp->logical_birth,
	};
	int error = zr_verify_eck(s, verifier, ret_endian);

	return error == ZB_ENOENT ? ZB_ECKSUM : error;
}

/* Reads a header of size bytes from any side of the vdev. */
static int read_header(struct zr_pool *pool, const struct zf_blkptr *bp,
		       unsigned int copy, uint8_t *header, size_t size,
		       enum zb_endian *ret_endian)
{
	unsigned int sides = zr_dva_sides(pool, &bp->dva[copy]);
	int error = ZB_ENODEV;

	for (unsigned int side = 0; side < sides; side++) {
		error = zr_dva_read(pool, &bp->dva[copy], side, header, size);
		if (!error)
			error = verify_header(bp, zb_span(header, size), ret_endian);
		if (!error)
			return 0;
	}
	return error;
}

static int read_pieces(struct zr_pool *pool, const struct zf_blkptr *bp,
		       struct zb_span header, enum zb_endian e, uint8_t *dst,
		       unsigned int depth)
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
		error = zr_block_read_copies(pool, &piece, dst + done, depth + 1);
		if (error)
			return error;
		done += piece.psize;
	}
	return done == bp->psize ? 0 : ZB_ECORRUPT;
}

int zr_gang_read(struct zr_pool *pool, const struct zf_blkptr *bp, unsigned int copy,
		 uint8_t *dst, unsigned int depth)
{
	uint32_t id = bp->dva[copy].vdev;
	size_t size = HEADER_SIZE;
	enum zb_endian e = ZB_LE;
	uint8_t *header;
	int error;

	if (depth >= MAX_DEPTH)
		return ZB_E2BIG;
	if (zr_dva_sides(pool, &bp->dva[copy]) == 0)
		return ZB_ENODEV;
	header = zr_alloc(pool->host, MAX_HEADER_SIZE);
	if (!header)
		return ZB_ENOMEM;
	error = read_header(pool, bp, copy, header, size, &e);
	if (error == ZB_ECKSUM && pool->vdevs[id].ashift > 9 &&
	    1ULL << pool->vdevs[id].ashift <= MAX_HEADER_SIZE) {
		size = (size_t)1 << pool->vdevs[id].ashift;
		error = read_header(pool, bp, copy, header, size, &e);
	}
	if (!error)
		error = read_pieces(pool, bp, zb_span(header, size), e, dst, depth);
	zr_free(pool->host, header);
	return error;
}
