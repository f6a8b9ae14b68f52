/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "read/zap.h"
#include "tests/fuzz/objects.h"

/*
 * ZAP objects of several blocks: walked, and each name of the walk found again. (The blocks by
 * themselves: fuzz_zap.c.) Input: see objects.h.
 */
#define MAX_NAMES 100

struct names {
	char name[MAX_NAMES][ZF_ZAP_NAME_MAX];
	unsigned int n;
};

static int see(void *ctx, const struct zr_zap_entry *entry)
{
	struct names *names = ctx;
	uint64_t sum = 0;

	FUZZ_ASSERT(entry->name_len < ZF_ZAP_NAME_MAX && !entry->name[entry->name_len]);
	FUZZ_ASSERT(entry->value.len == (size_t)entry->intlen * entry->numints);
	for (unsigned int i = 0; i <= entry->numints && i < 16; i++)
		sum += zr_zap_int(entry, i);
	FUZZ_ASSERT(zr_zap_int(entry, entry->numints) == 0);
	if (sum != 1 && names->n < MAX_NAMES)
		strcpy(names->name[names->n++], entry->name);
	return 0;
}

static void object(void *ctx, uint64_t number)
{
	static struct names names;
	struct zr_zap_entry entry;
	struct zb_diag diag;
	struct zr_zap zap;

	if (zr_zap_open(ctx, number, &zap, &diag))
		return;
	names.n = 0;
	(void)!zr_zap_walk(&zap, see, &names, &diag);
	for (unsigned int i = 0; i < names.n; i++)
		if (zr_zap_find(&zap, names.name[i], &entry, &diag) == 0)
			FUZZ_ASSERT(entry.value.len ==
				    (size_t)entry.intlen * entry.numints);
	(void)!zr_zap_find(&zap, "no such name", &entry, &diag);
	zr_zap_close(&zap);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_objects objects;

	if (!fuzz_objects_init(&objects, data, size))
		return 0;
	fuzz_objects_each(&objects, object, &objects.pool->mos);
	fuzz_objects_done(&objects);
	return 0;
}
