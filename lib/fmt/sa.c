/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/sa.h"
#include "fmt/zpl.h"

enum {
	OFF_MAGIC = 0,
	OFF_LAYOUT = 4,
	OFF_LENGTHS = 6,
};

int zf_sa_header_decode(struct zb_span s, struct zf_sa_header *ret_header)
{
	struct zf_sa_header h = { .endian = ZB_LE };
	uint16_t info;

	if (s.len < ZF_SA_HEADER_SIZE)
		return ZB_ECORRUPT;
	if (zb_load32(s.ptr + OFF_MAGIC, ZB_LE) != ZF_SA_MAGIC) {
		if (zb_load32(s.ptr + OFF_MAGIC, ZB_BE) != ZF_SA_MAGIC)
			return ZB_ECORRUPT;
		h.endian = ZB_BE;
	}
	info = zb_load16(s.ptr + OFF_LAYOUT, h.endian);
	h.layout = info & (ZF_SA_LAYOUT_MAX - 1);
	/* OpenZFS reads layout 0 of a system attribute buffer as layout 1. */
	if (h.layout == ZF_SA_LEGACY_LAYOUT)
		h.layout = ZF_SA_DEFAULT_LAYOUT;
	h.size = (size_t)(info >> 10) * 8;
	if (h.size < ZF_SA_HEADER_SIZE ||
	    zb_span_sub(s, OFF_LENGTHS, h.size - OFF_LENGTHS, &h.lengths) ||
	    zb_span_sub(s, h.size, s.len - h.size, &h.data))
		return ZB_ECORRUPT;
	*ret_header = h;
	return 0;
}
