/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/pool.h"
#include "read/verify.h"
#include "tests/support/seen.h"

int __real_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);
int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data);
int __real_zr_gang_read(struct zr_pool *pool, const struct zf_blkptr *bp,
			unsigned int copy, uint8_t *dst, struct zr_gang *g);
int __wrap_zr_gang_read(struct zr_pool *pool, const struct zf_blkptr *bp,
			unsigned int copy, uint8_t *dst, struct zr_gang *g);

int __wrap_zr_verify_block(const struct zr_verifier *v, const struct zf_blkptr *bp,
			   struct zb_span data)
{
	seen_block(bp);
	return __real_zr_verify_block(v, bp, data);
}

int __wrap_zr_gang_read(struct zr_pool *pool, const struct zf_blkptr *bp,
			unsigned int copy, uint8_t *dst, struct zr_gang *g)
{
	seen_block(bp);
	return __real_zr_gang_read(pool, bp, copy, dst, g);
}
