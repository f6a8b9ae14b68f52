/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/contents.h"

/*
 * Gang headers, and blocks read by any pointer.
 *
 * Input: a block pointer, then what the device holds (see contents.h).
 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zr_pool *pool;
	struct zf_blkptr bp;
	struct zb_diag diag;
	uint8_t *dst;

	if (size < ZF_BLKPTR_SIZE ||
	    zf_blkptr_decode(zb_span(data, ZF_BLKPTR_SIZE), ZB_LE, &bp) ||
	    bp.lsize > 1U << 20)
		return 0;
	pool = fuzz_contents_pool();
	dst = malloc((size_t)bp.lsize);
	FUZZ_ASSERT(dst);
	fuzz_contents_begin(zb_span(data + ZF_BLKPTR_SIZE, size - ZF_BLKPTR_SIZE), 0);
	(void)!zr_block_read(pool, &bp, dst, &diag);
	fuzz_contents_end();
	free(dst);
	fuzz_contents_done();
	return 0;
}
