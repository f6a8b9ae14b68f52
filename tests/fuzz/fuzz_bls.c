/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "boot/common/cmdline.h"
#include "boot/common/kernels.h"
#include "boot/common/version.h"
#include "tests/fuzz/fuzz.h"

/*
 * A boot loader entry from a pool that somebody made to attack: what comes out of the parser
 * is terminated and bounded, goes onto a command line, and never moves the root.
 */

static int terminated(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

static void check_cmdline(const struct bt_kernel *k)
{
	static const char prefix[] = "root=ZFS=p/ROOT/d zlive.pool=1 zlive.vdev=2 ";
	const struct bt_root root = {
		.dataset = "p/ROOT/d",
		.pool_guid = 1,
		.vdev_guid = 2,
		.part = "",
	};
	char line[BT_CMDLINE_MAX];
	struct zb_diag diag;

	if (bt_cmdline_build(&root, k->options, line, &diag) < 0)
		return;
	FUZZ_ASSERT(terminated(line, sizeof(line)));
	FUZZ_ASSERT(strncmp(line, prefix, sizeof(prefix) - 1) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_kernel k;

	if (bt_bls_parse((const char *)data, size, &k) < 0)
		return 0;
	FUZZ_ASSERT(k.image[0] == '/' && terminated(k.image, sizeof(k.image)));
	FUZZ_ASSERT(terminated(k.title, sizeof(k.title)));
	FUZZ_ASSERT(terminated(k.version, sizeof(k.version)));
	FUZZ_ASSERT(terminated(k.sort_key, sizeof(k.sort_key)));
	FUZZ_ASSERT(terminated(k.options, sizeof(k.options)));
	FUZZ_ASSERT(k.n_ramdisks <= BT_RAMDISKS_MAX);
	for (unsigned int i = 0; i < k.n_ramdisks; i++)
		FUZZ_ASSERT(k.ramdisk[i][0] == '/' &&
			    terminated(k.ramdisk[i], BT_PATH_MAX));
	FUZZ_ASSERT(bt_version_compare(k.version, k.version) == 0);
	FUZZ_ASSERT((bt_version_compare(k.version, k.title) > 0) ==
		    (bt_version_compare(k.title, k.version) < 0));
	check_cmdline(&k);
	return 0;
}
