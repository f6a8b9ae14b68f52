/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/nvlist.h"
#include "tests/fuzz/fuzz.h"

/* Packed name-value lists: what zf_nvlist_init() lets pass can be walked to its end. */

#define MAX_CALLS 20000

static unsigned int calls;

static void walk(struct zf_nvlist list, unsigned int depth)
{
	struct zf_nvlist below;
	struct zf_nvpair pair;
	struct zb_span bytes;
	char name[32], text[16];
	size_t pos = 0;
	uint64_t v;
	int more;

	FUZZ_ASSERT(depth <= ZF_NVLIST_MAX_DEPTH);
	while (calls++ < MAX_CALLS && (more = zf_nvlist_next(list, &pos, &pair)) != 0) {
		FUZZ_ASSERT(more == 1);
		if (pair.type == ZF_NV_BYTE_ARRAY)
			FUZZ_ASSERT(zf_nvpair_bytes(&pair, &bytes) == 0);
		if (pair.name.len >= sizeof(name))
			continue;
		__builtin_memcpy(name, pair.name.ptr, pair.name.len);
		name[pair.name.len] = '\0';
		(void)!zf_nvlist_u64(list, name, &v);
		(void)!zf_nvlist_string(list, name, text, sizeof(text));
		if (zf_nvlist_list(list, name, &below) == 0)
			walk(below, depth + 1);
		for (uint32_t i = 0; i < 4; i++)
			if (zf_nvlist_array_at(list, name, i, &below) == 0)
				walk(below, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct zf_nvlist list;

	calls = 0;
	if (zf_nvlist_init(zb_span(data, size), &list) == 0)
		walk(list, 0);
	return 0;
}
