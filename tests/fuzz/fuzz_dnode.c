/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/dnode.h"
#include "fmt/dsl.h"
#include "fmt/eck.h"
#include "fmt/gpt.h"
#include "fmt/sa.h"
#include "fmt/uberblock.h"
#include "tests/fuzz/fuzz.h"

/*
 * Dnode blocks with what they hold (block pointers, DSL objects, attribute headers), and other
 * structures of fixed layout. The first byte gives the byte order, the rest is the block.
 */

static void blkptr(struct zb_span s, enum zb_endian e)
{
	struct zf_blkptr bp;

	if (zf_blkptr_decode(s, e, &bp))
		return;
	FUZZ_ASSERT(bp.ndvas <= ZF_DVAS_PER_BP);
	FUZZ_ASSERT(bp.lsize <= ZF_MAX_BLOCK);
	FUZZ_ASSERT((bp.lsize == 0) == zf_blkptr_is_redacted(&bp));
	FUZZ_ASSERT(!bp.embedded || (bp.ndvas == 0 && bp.psize <= ZF_BP_EMBEDDED_BYTES));
	FUZZ_ASSERT(bp.ndvas == 0 || bp.psize <= bp.lsize);
}

static void bonus(struct zb_span s, enum zb_endian e)
{
	struct zf_dsl_dataset ds;
	struct zf_dsl_dir dir;
	struct zf_sa_header h;

	(void)!zf_dsl_dataset_decode(s, e, &ds);
	(void)!zf_dsl_dir_decode(s, e, &dir);
	if (zf_sa_header_decode(s, &h) == 0)
		FUZZ_ASSERT(h.size + h.data.len == s.len);
}

static unsigned int dnode(struct zb_span s, enum zb_endian e)
{
	struct zf_blkptr bp;
	struct zf_dnode dn;

	if (zf_dnode_decode(s, e, &dn))
		return 1;
	if (dn.type == ZF_OT_NONE)
		return 1;
	FUZZ_ASSERT(dn.slots * (size_t)ZF_DNODE_SIZE <= s.len);
	FUZZ_ASSERT(zf_dnode_end(&dn) > dn.maxblkid || zf_dnode_end(&dn) == UINT64_MAX);
	for (unsigned int i = 0; i < dn.nblkptr; i++)
		(void)!zf_dnode_blkptr(&dn, i, &bp);
	FUZZ_ASSERT(zf_dnode_blkptr(&dn, dn.nblkptr, &bp) == ZB_ECORRUPT);
	bonus(dn.bonus, e);
	blkptr(dn.spill, e);
	return dn.slots;
}

static void gpt(struct zb_span s)
{
	struct zf_gpt_header h = { .n_entries = 4, .entry_size = ZF_GPT_ENTRY_SIZE };
	struct zf_partition part;

	for (uint32_t i = 0; i < h.n_entries; i++)
		(void)!zf_gpt_entry_decode(s, &h, i, &part);
	if (zf_gpt_header_decode(s, 1, &h) == 0)
		FUZZ_ASSERT(h.n_entries <= ZF_GPT_MAX_ENTRIES && h.entry_size > 0);
	for (unsigned int i = 0; i < ZF_MBR_ENTRIES; i++)
		(void)!zf_mbr_entry_decode(s, i, &part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zf_uberblock ub;
	struct zf_objset os;
	struct zf_eck eck;
	struct zb_span s;
	enum zb_endian e;

	if (size < 1)
		return 0;
	e = data[0] & 1 ? ZB_BE : ZB_LE;
	s = zb_span(data + 1, size - 1);
	blkptr(s, e);
	bonus(s, e);
	gpt(s);
	(void)!zf_eck_decode(s, &eck);
	(void)!zf_uberblock_decode(s, &ub);
	(void)!zf_objset_decode(s, e, &os);
	for (size_t at = 0; at < s.len;) {
		struct zb_span rest = zb_span(s.ptr + at, s.len - at);

		at += (size_t)dnode(rest, e) * ZF_DNODE_SIZE;
	}
	return 0;
}
