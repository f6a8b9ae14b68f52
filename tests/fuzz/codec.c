/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/codec.h"

/* Exactly as large as asked for, so that the sanitizer knows its ends. */
static uint8_t *exact(size_t len)
{
	uint8_t *p = malloc(len ? len : 1);

	FUZZ_ASSERT(p);
	return p;
}

static int decode(const struct fuzz_codec *c, struct zb_span src, uint8_t *dst,
		  size_t len)
{
	int rc = c->decode(src, dst, len);

	FUZZ_ASSERT(rc == 0 || rc == ZB_ECORRUPT);
	return rc;
}

void fuzz_codec_expect(const struct fuzz_codec *c, struct zb_span src,
		       struct zb_span data)
{
	uint8_t *dst = exact(data.len);

	FUZZ_ASSERT(decode(c, src, dst, data.len) == 0);
	FUZZ_ASSERT(memcmp(dst, data.ptr, data.len) == 0);
	free(dst);
}

static void refused_by_reference(const struct fuzz_codec *c, struct zb_span src,
				 size_t len)
{
	uint8_t *dst = exact(len);

	if (decode(c, src, dst, len) == 0)
		FUZZ_ASSERT(c->may_accept && c->may_accept(src));
	free(dst);
}

/* wrong: a length that src does not have */
static void accepted_by_reference(const struct fuzz_codec *c, struct zb_span src,
				  struct zb_span data, size_t wrong)
{
	uint8_t *dst = exact(data.len);

	if (decode(c, src, dst, data.len) == 0)
		FUZZ_ASSERT(memcmp(dst, data.ptr, data.len) == 0);
	else
		FUZZ_ASSERT(c->may_refuse && c->may_refuse(src));
	free(dst);
	if (wrong == data.len)
		return;
	dst = exact(wrong);
	FUZZ_ASSERT(decode(c, src, dst, wrong) == ZB_ECORRUPT);
	free(dst);
}

void fuzz_codec_compare(const struct fuzz_codec *c, const uint8_t *data, size_t size)
{
	struct zb_span src;
	uint8_t *copy, *out;
	size_t chosen;
	ssize_t n;

	if (size < 2)
		return;
	chosen = zb_load16(data, ZB_LE);
	copy = exact(size - 2);
	memcpy(copy, data + 2, size - 2);
	src = zb_span(copy, size - 2);
	out = exact(FUZZ_CODEC_MAX);
	n = c->reference(src, out, FUZZ_CODEC_MAX);
	/* some formats restrict the last bytes, so once more with no room behind them */
	if (n > 0 && c->reference(src, out, (size_t)n) != n)
		n = -1;
	if (n > 0)
		accepted_by_reference(c, src, zb_span(out, (size_t)n), chosen);
	else if (chosen > 0)
		refused_by_reference(c, src, chosen);
	free(out);
	free(copy);
}

void fuzz_codec_sized(const struct fuzz_codec *c, const uint8_t *data, size_t size)
{
	struct zb_span src;
	uint8_t *dst, *want;
	size_t len;

	if (size < 2)
		return;
	len = zb_load16(data, ZB_LE);
	src = zb_span(data + 2, size - 2);
	dst = malloc(len + 1);
	want = malloc(len + 1);
	FUZZ_ASSERT(dst && want);
	if (c->reference(src, want, len) == (ssize_t)len)
		fuzz_codec_expect(c, src, zb_span(want, len));
	else
		FUZZ_ASSERT(c->decode(src, dst, len) == ZB_ECORRUPT);
	free(want);
	free(dst);
}
