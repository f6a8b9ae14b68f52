/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "read/fs.h"
#include "tests/fuzz/objects.h"

/*
 * Extended attributes, from name-value lists in system attributes and from hidden directories.
 * Input: see objects.h.
 */
#define MAX_XATTRS 200

static int see(void *ctx, const char *name, struct zb_span value)
{
	unsigned int *seen = ctx;

	FUZZ_ASSERT(strlen(name) < 600);
	for (size_t i = 0; i < value.len; i++)
		FUZZ_ASSERT((value.ptr[i] & ~0xff) == 0);
	return ++*seen > MAX_XATTRS;
}

static void object(void *ctx, uint64_t number)
{
	unsigned int seen = 0;
	struct zb_diag diag;

	(void)!zr_fs_xattrs(ctx, number, see, &seen, &diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_objects_as_fs(data, size, object);
	return 0;
}
