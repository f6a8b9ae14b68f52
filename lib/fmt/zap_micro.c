/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zap.h"

enum {
	OFF_SALT = 8,
	OFF_NORMFLAGS = 16,
	ENTRY_OFF_VALUE = 0,
	ENTRY_OFF_CD = 8,
	ENTRY_OFF_NAME = 14,
};

int zf_zap_block_type(struct zb_span s, enum zb_endian e, uint64_t *ret_type)
{
	return zb_span_u64(s, 0, e, ret_type);
}

int zf_mzap_decode(struct zb_span block, enum zb_endian e, struct zf_mzap *ret_zap)
{
	struct zf_mzap zap = { .endian = e };
	uint64_t len;

	if (block.len < ZF_MZAP_HEADER_SIZE || zb_load64(block.ptr, e) != ZF_ZAP_MICRO)
		return ZB_ECORRUPT;
	zap.salt = zb_load64(block.ptr + OFF_SALT, e);
	zap.normflags = zb_load64(block.ptr + OFF_NORMFLAGS, e);
	len = (block.len - ZF_MZAP_HEADER_SIZE) & ~(uint64_t)(ZF_MZAP_ENTRY_SIZE - 1);
	if (zb_span_sub(block, ZF_MZAP_HEADER_SIZE, len, &zap.entries))
		return ZB_ECORRUPT;
	*ret_zap = zap;
	return 0;
}

unsigned int zf_mzap_count(const struct zf_mzap *zap)
{
	return (unsigned int)(zap->entries.len / ZF_MZAP_ENTRY_SIZE);
}

int zf_mzap_entry(const struct zf_mzap *zap, unsigned int i,
		  struct zf_mzap_entry *ret_entry)
{
	struct zb_span s;
	size_t len = 0;

	if (zb_span_sub(zap->entries, (uint64_t)i * ZF_MZAP_ENTRY_SIZE,
			ZF_MZAP_ENTRY_SIZE, &s))
		return ZB_ECORRUPT;
	while (len < ZF_MZAP_NAME_LEN && s.ptr[ENTRY_OFF_NAME + len] != '\0')
		len++;
	if (len == 0)
		return 0;
	if (len == ZF_MZAP_NAME_LEN)
		return ZB_ECORRUPT;
	ret_entry->name = zb_span(s.ptr + ENTRY_OFF_NAME, len);
	ret_entry->value = zb_load64(s.ptr + ENTRY_OFF_VALUE, zap->endian);
	ret_entry->cd = zb_load32(s.ptr + ENTRY_OFF_CD, zap->endian);
	return 1;
}
