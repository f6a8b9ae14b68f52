/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/fuzz/changed.h"
#include "tests/support/walk.h"

/* A whole pool with changes, walked from the labels to the files. Input: see changed.h. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct walk_counts counts;
	struct fuzz_changed c;

	if (!fuzz_changed_init(&c, data, size))
		return 0;
	(void)!walk_whole_pool(&c.host.host, c.devs, c.n, &counts);
	fuzz_changed_done(&c);
	return 0;
}
