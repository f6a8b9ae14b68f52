/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "fmt/blkptr.h"
#include "tests/fuzz/fuzz.h"

/*
 * Block pointers in both byte orders. What is decoded is within the format's limits, and
 * encoding it gives a pointer that decodes to the same.
 */

static void check(const struct zf_blkptr *bp)
{
	FUZZ_ASSERT(bp->lsize <= ZF_MAX_BLOCK);
	FUZZ_ASSERT((bp->lsize == 0) == zf_blkptr_is_redacted(bp));
	FUZZ_ASSERT(bp->compress < ZF_COMPRESS_FUNCTIONS);
	FUZZ_ASSERT(bp->checksum < ZF_CHECKSUM_FUNCTIONS);
	FUZZ_ASSERT(bp->ndvas <= ZF_DVAS_PER_BP && bp->level < 32);
	if (bp->embedded && bp->lsize > 0)
		FUZZ_ASSERT(bp->ndvas == 0 && bp->psize > 0 &&
			    bp->psize <= ZF_BP_EMBEDDED_BYTES);
	if (bp->ndvas > 0)
		FUZZ_ASSERT(bp->psize > 0 && bp->psize <= bp->lsize);
	FUZZ_ASSERT(zf_blkptr_is_hole(bp) == (!bp->embedded && bp->ndvas == 0));
}

static void same(const struct zf_blkptr *a, const struct zf_blkptr *b)
{
	FUZZ_ASSERT(a->embedded == b->embedded && a->ndvas == b->ndvas);
	FUZZ_ASSERT(a->lsize == b->lsize && a->psize == b->psize);
	FUZZ_ASSERT(a->level == b->level && a->type == b->type);
	FUZZ_ASSERT(a->compress == b->compress && a->checksum == b->checksum);
	FUZZ_ASSERT(a->encrypted == b->encrypted || a->embedded);
	FUZZ_ASSERT(a->logical_birth == b->logical_birth && a->fill == b->fill);
	FUZZ_ASSERT(a->physical_birth == b->physical_birth);
	FUZZ_ASSERT(memcmp(a->cksum, b->cksum, sizeof(a->cksum)) == 0);
	for (unsigned int i = 0; i < a->ndvas; i++)
		FUZZ_ASSERT(a->dva[i].vdev == b->dva[i].vdev &&
			    a->dva[i].offset == b->dva[i].offset &&
			    a->dva[i].asize == b->dva[i].asize &&
			    a->dva[i].gang == b->dva[i].gang);
	if (a->embedded)
		FUZZ_ASSERT(memcmp(a->data, b->data, a->psize) == 0);
}

/* Of bits that nobody uses alone (GRID): the encoder does not keep them. */
static bool has_empty_dva(const struct zf_blkptr *bp)
{
	for (unsigned int i = 0; i < bp->ndvas; i++)
		if (bp->dva[i].vdev == 0 && bp->dva[i].asize == 0 &&
		    bp->dva[i].offset == 0 && !bp->dva[i].gang)
			return true;
	return false;
}

static void pointer(struct zb_span s, enum zb_endian e)
{
	uint8_t out[ZF_BLKPTR_SIZE];
	struct zf_blkptr bp, again;

	if (zf_blkptr_decode(s, e, &bp))
		return;
	check(&bp);
	if (zf_blkptr_is_hole(&bp) || zf_blkptr_is_redacted(&bp) || has_empty_dva(&bp))
		return;
	zf_blkptr_encode(&bp, out);
	FUZZ_ASSERT(zf_blkptr_decode(zb_span(out, sizeof(out)), ZB_LE, &again) == 0);
	same(&bp, &again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size; at += ZF_BLKPTR_SIZE) {
		pointer(zb_span(data + at, size - at), ZB_LE);
		pointer(zb_span(data + at, size - at), ZB_BE);
	}
	return 0;
}
