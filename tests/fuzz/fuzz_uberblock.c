/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/label.h"
#include "tests/fuzz/fuzz.h"

/* Uberblocks, slots of 1 KiB of a ring, and the list of the newest that is made of them. */
#define SLOT 1024

/* Newest first. Of one group there may be several, of trees that differ. */
static bool in_order(const struct zf_uberblock *a, const struct zf_uberblock *b)
{
	if (a->txg != b->txg)
		return a->txg > b->txg;
	if (zr_uberblock_same_tree(a, b))
		return false;
	if (a->timestamp != b->timestamp)
		return a->timestamp > b->timestamp;
	return zf_uberblock_mmp_seq(a) >= zf_uberblock_mmp_seq(b);
}

static void check(const struct zr_uberblocks *list)
{
	FUZZ_ASSERT(list->n <= ZR_UBERBLOCKS);
	for (unsigned int i = 1; i < list->n; i++)
		FUZZ_ASSERT(in_order(&list->at[i - 1], &list->at[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zr_uberblocks list = { 0 };
	struct zf_uberblock ub;
	uint64_t newest = 0;

	for (size_t at = 0; at < size; at += SLOT) {
		size_t len = size - at < SLOT ? size - at : SLOT;

		if (zf_uberblock_decode(zb_span(data + at, len), &ub))
			continue;
		FUZZ_ASSERT(ub.rootbp.lsize > 0 && ub.rootbp.lsize <= ZF_MAX_BLOCK);
		FUZZ_ASSERT(ub.rootbp.ndvas <= ZF_DVAS_PER_BP);
		newest = ub.txg > newest ? ub.txg : newest;
		zr_uberblocks_add(&list, &ub);
		check(&list);
		FUZZ_ASSERT(list.n > 0 && list.at[0].txg == newest);
	}
	return 0;
}
