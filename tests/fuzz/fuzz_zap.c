/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zap.h"
#include "tests/fuzz/fuzz.h"

/* ZAP blocks: the first byte gives the byte order, the rest is the block. */

static void micro(struct zb_span block, enum zb_endian e)
{
	struct zf_mzap_entry entry;
	struct zf_mzap zap;

	if (zf_mzap_decode(block, e, &zap))
		return;
	for (unsigned int i = 0; i < zf_mzap_count(&zap); i++)
		if (zf_mzap_entry(&zap, i, &entry) == 1)
			FUZZ_ASSERT(entry.name.len > 0 &&
				    entry.name.len < ZF_MZAP_NAME_LEN);
}

static void header(struct zb_span block, enum zb_endian e)
{
	struct zf_zap_header h;

	if (zf_zap_header_decode(block, e, &h) == 0 && h.table_blk == 0)
		FUZZ_ASSERT(h.embedded.len == 8ULL << h.table_shift);
}

static void leaf(struct zb_span block, enum zb_endian e)
{
	struct zf_zap_entry entry;
	struct zf_zap_leaf l;
	uint8_t name[ZF_ZAP_NAME_MAX], value[4096];
	size_t len;

	if (zf_zap_leaf_decode(block, e, &l))
		return;
	for (unsigned int i = 0; i < l.num_chunks; i++) {
		if (zf_zap_leaf_entry(&l, i, &entry) != 1)
			continue;
		(void)zf_zap_leaf_bucket(&l, entry.hash);
		len = (size_t)entry.value_intlen * entry.value_numints;
		if (len <= sizeof(value))
			(void)!zf_zap_leaf_array(&l, entry.value_chunk, value, len);
		len = entry.name_numints;
		if (len == 0 || len > sizeof(name) ||
		    zf_zap_leaf_array(&l, entry.name_chunk, name, len))
			continue;
		FUZZ_ASSERT(zf_zap_leaf_name_is(&l, &entry, name, len - 1));
		(void)zf_zap_hash(entry.hash, entry.cd, name, len - 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum zb_endian e;
	struct zb_span block;

	if (size < 1)
		return 0;
	e = data[0] & 1 ? ZB_BE : ZB_LE;
	block = zb_span(data + 1, size - 1);
	micro(block, e);
	header(block, e);
	leaf(block, e);
	return 0;
}
