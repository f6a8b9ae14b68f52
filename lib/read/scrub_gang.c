/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/scrub_batch.h"

/*
 * Gang blocks in a batch: their headers are read while it is collected, so that the blocks that
 * they lead to are read with all others. The headers are then read again, each copy of them.
 */

static int add_pieces(struct zr_scrub_batch *b, uint32_t item, struct zb_span header,
		      enum zb_endian e, unsigned int depth)
{
	size_t n = (header.len - ZF_ECK_SIZE) / ZF_BLKPTR_SIZE;
	int error = 0;

	for (size_t i = 0; !error && i < n; i++) {
		struct zf_blkptr *bp = &b->gangs[b->n_gangs];
		struct zb_span s;

		if (b->n_gangs == ZR_SCRUB_GANGS)
			return ZB_E2BIG;
		error = zb_span_sub(header, i * ZF_BLKPTR_SIZE, ZF_BLKPTR_SIZE, &s);
		if (!error)
			error = zf_blkptr_decode(s, e, bp);
		if (error || zf_blkptr_is_hole(bp) || bp->embedded)
			continue;
		b->n_gangs++;
		error = zr_scrub_gang(b, item, bp, depth + 1);
	}
	return error;
}

int zr_scrub_gang(struct zr_scrub_batch *b, uint32_t item, const struct zf_blkptr *bp,
		  unsigned int depth)
{
	uint8_t *header;
	enum zb_endian e;
	size_t size;
	bool entered = false;
	int error = 0;

	if (!zr_scrub_batch_add(b, item, bp) || depth > ZR_GANG_DEPTH)
		return ZB_E2BIG;
	header = zr_alloc(b->pool->host, ZR_GANG_HEADER_MAX);
	if (!header)
		return ZB_ENOMEM;
	for (unsigned int i = 0; !error && i < bp->ndvas; i++) {
		if (!bp->dva[i].gang)
			continue;
		error = zr_gang_read_header(b->pool, bp, i, header, &size, &e);
		if (!error && !zr_scrub_batch_add_header(b, item, bp, i, size))
			error = ZB_E2BIG;
		if (!error && !entered)
			error = add_pieces(b, item, zb_span(header, size), e, depth);
		entered = true;
	}
	zr_free(b->pool->host, header);
	return error;
}
