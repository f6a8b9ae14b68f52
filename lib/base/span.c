/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"

int zb_span_sub(struct zb_span s, uint64_t off, uint64_t len, struct zb_span *ret_span)
{
	if (off > s.len || len > s.len - off)
		return ZB_ECORRUPT;
	ret_span->ptr = s.ptr + (size_t)off;
	ret_span->len = (size_t)len;
	return 0;
}

int zb_span_u8(struct zb_span s, uint64_t off, uint8_t *ret_v)
{
	struct zb_span sub;

	if (zb_span_sub(s, off, sizeof(*ret_v), &sub))
		return ZB_ECORRUPT;
	*ret_v = sub.ptr[0];
	return 0;
}

int zb_span_u16(struct zb_span s, uint64_t off, enum zb_endian e, uint16_t *ret_v)
{
	struct zb_span sub;

	if (zb_span_sub(s, off, sizeof(*ret_v), &sub))
		return ZB_ECORRUPT;
	*ret_v = zb_load16(sub.ptr, e);
	return 0;
}

int zb_span_u32(struct zb_span s, uint64_t off, enum zb_endian e, uint32_t *ret_v)
{
	struct zb_span sub;

	if (zb_span_sub(s, off, sizeof(*ret_v), &sub))
		return ZB_ECORRUPT;
	*ret_v = zb_load32(sub.ptr, e);
	return 0;
}

int zb_span_u64(struct zb_span s, uint64_t off, enum zb_endian e, uint64_t *ret_v)
{
	struct zb_span sub;

	if (zb_span_sub(s, off, sizeof(*ret_v), &sub))
		return ZB_ECORRUPT;
	*ret_v = zb_load64(sub.ptr, e);
	return 0;
}
