/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zil.h"
#include "read/verify.h"

/*
 * The sum of a log block is taken with the pointer's verifier in the place where the sum is then
 * written. Fletcher's sums are linear: what the verifier's words add beyond those that are there
 * now follows from their distance to the end, so that the block need not be copied.
 */

static void put_fletcher2(struct zc_cksum *c, struct zb_span data, size_t at,
			  enum zb_endian e, const uint8_t *words)
{
	for (size_t i = 0; i < 32; i += 8) {
		uint64_t add = zb_load64(words + i, e) - zb_load64(data.ptr + at + i, e);
		uint64_t left = data.len / 16 - (at + i) / 16;
		unsigned int lane = (at + i) / 8 % 2;

		c->word[lane] += add;
		c->word[2 + lane] += left * add;
	}
}

/* left is at most 2^15, so that nothing below overflows. */
static void put_fletcher4(struct zc_cksum *c, struct zb_span data, size_t at,
			  enum zb_endian e, const uint8_t *words)
{
	for (size_t i = 0; i < 32; i += 4) {
		uint64_t add = (uint64_t)zb_load32(words + i, e) -
			       zb_load32(data.ptr + at + i, e);
		uint64_t left = (data.len - at - i) / 4;

		c->word[0] += add;
		c->word[1] += left * add;
		c->word[2] += left * (left + 1) / 2 * add;
		c->word[3] += left * (left + 1) * (left + 2) / 6 * add;
	}
}

/* Half of the sum of an encrypted block is its MAC; the other half is folded. */
static bool is_equal(const struct zf_blkptr *bp, const struct zc_cksum *got,
		     const struct zc_cksum *want)
{
	if (!bp->encrypted)
		return zc_cksum_equal(got, want);
	return (got->word[0] ^ got->word[2]) == want->word[0] &&
	       (got->word[1] ^ got->word[3]) == want->word[1];
}

static int verify_log(const struct zr_verifier *v, const struct zf_blkptr *bp,
		      struct zb_span data)
{
	bool old = bp->checksum == ZF_CHECKSUM_ZILOG;
	struct zc_cksum got, want;
	struct zf_zil_sum sum;
	uint8_t words[32];
	int error = zf_zil_sum(bp, data, &sum);

	if (!error)
		error = zr_checksum(v,
				    old ? ZF_CHECKSUM_FLETCHER_2 : ZF_CHECKSUM_FLETCHER_4,
				    sum.endian, sum.covered, &got);
	if (error)
		return error;
	for (unsigned int i = 0; i < 4; i++) {
		zb_store64(words + 8 * i, sum.endian, bp->cksum[i]);
		want.word[i] = zb_load64(data.ptr + sum.at + 8 * i, sum.endian);
	}
	(old ? put_fletcher2 : put_fletcher4)(&got, sum.covered, sum.at, sum.endian,
					      words);
	return is_equal(bp, &got, &want) ? 0 : ZB_ECKSUM;
}

int zr_verify_any(const struct zr_verifier *v, const struct zf_blkptr *bp,
		  struct zb_span data)
{
	if (bp->checksum == ZF_CHECKSUM_ZILOG || bp->checksum == ZF_CHECKSUM_ZILOG2)
		return verify_log(v, bp, data);
	return zr_verify_block(v, bp, data);
}
