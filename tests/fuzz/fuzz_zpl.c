/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "read/fs.h"
#include "read/zap.h"
#include "tests/fuzz/objects.h"

/*
 * Files, directories and symbolic links of a file system: listed, looked up by what the listing
 * said, read at their ends. Input: see objects.h.
 */
#define MAX_LOOKUPS 64

struct look {
	struct zr_fs *fs;
	uint64_t dir;
	unsigned int lookups;
};

static int entry(void *ctx, const struct zr_dirent *e)
{
	struct look *look = ctx;
	struct zb_diag diag;
	struct zr_stat st;

	FUZZ_ASSERT(strlen(e->name) < ZF_ZAP_NAME_MAX);
	FUZZ_ASSERT(e->object == ZF_DIRENT_OBJ(e->object) && e->type < 16);
	if (look->lookups++ >= MAX_LOOKUPS)
		return 1;
	if (look->dir == look->fs->root)
		(void)!zr_fs_lookup(look->fs, e->name, true, &st, &diag);
	return 0;
}

static void ends(struct zr_fs *fs, const struct zr_stat *st)
{
	const uint64_t places[] = { 0, st->size / 2, st->size < 700 ? 0 : st->size - 700,
				    UINT64_MAX - 100 };
	struct zb_diag diag;
	uint8_t data[2000];

	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int64_t n =
			zr_fs_read(fs, st->object, places[i], data, sizeof(data), &diag);

		FUZZ_ASSERT(n <= (int64_t)sizeof(data));
		FUZZ_ASSERT(n <= 0 || places[i] < st->size);
	}
}

static void object(void *ctx, uint64_t number)
{
	struct look *look = ctx;
	struct zb_diag diag;
	struct zr_stat st;
	char target[300];

	look->dir = number;
	look->lookups = 0;
	(void)!zr_fs_readdir(look->fs, number, entry, look, &diag);
	if (zr_fs_stat(look->fs, number, &st, &diag))
		return;
	if (zr_fs_readlink(look->fs, number, target, sizeof(target), &diag) == 0)
		FUZZ_ASSERT(strlen(target) < sizeof(target));
	ends(look->fs, &st);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const paths[] = { "", "a/b/../c", "/link/x", "dir/./below/" };
	static struct fuzz_objects objects;
	struct look look = { 0 };
	struct zb_diag diag;
	struct zr_stat st;

	if (!fuzz_objects_init(&objects, data, size))
		return 0;
	if (zr_fs_open(&objects.ds, &look.fs, &diag) == 0) {
		for (unsigned int i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
			(void)!zr_fs_lookup(look.fs, paths[i], i & 1, &st, &diag);
		fuzz_objects_each(&objects, object, &look);
		zr_fs_close(look.fs);
	}
	fuzz_objects_done(&objects);
	return 0;
}
