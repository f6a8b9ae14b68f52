/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/eck.h"

int zf_eck_decode(struct zb_span block, struct zf_eck *ret_eck)
{
	struct zf_eck eck = { .endian = ZB_LE };
	const uint8_t *p;

	if (block.len < ZF_ECK_SIZE)
		return ZB_ECORRUPT;
	p = block.ptr + block.len - ZF_ECK_SIZE;
	if (zb_load64(p, ZB_LE) != ZF_ECK_MAGIC) {
		if (zb_load64(p, ZB_BE) != ZF_ECK_MAGIC)
			return ZB_ENOENT;
		eck.endian = ZB_BE;
	}
	for (unsigned int i = 0; i < 4; i++)
		eck.cksum[i] = zb_load64(p + ZF_ECK_CKSUM_OFFSET + 8 * i, eck.endian);
	*ret_eck = eck;
	return 0;
}
