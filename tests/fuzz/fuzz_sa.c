/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/acl.h"
#include "read/fs.h"
#include "tests/fuzz/objects.h"

/*
 * System attributes: registry, layouts, and every attribute of every object, in bonus and
 * spill block or in an old znode, and its ACL. Input: see objects.h.
 */

static int see_acl(void *ctx, const struct zf_ace *aces, unsigned int n, bool trivial)
{
	FUZZ_ASSERT(n <= ZF_ACE_MAX);
	FUZZ_ASSERT(trivial == zf_acl_is_trivial(aces, n));
	for (unsigned int i = 0; i < n; i++)
		FUZZ_ASSERT(aces[i].type <= ZF_ACE_TYPE_LAST);
	return 0;
}

static void attributes(void *ctx, uint64_t object)
{
	struct zr_fs *fs = ctx;
	enum zb_endian e = ZB_LE;
	struct zb_diag diag;
	struct zb_span value;
	struct zr_node node;
	struct zr_stat st;
	uint64_t v;

	if (zr_node_open(fs, object, &node, &diag))
		return;
	for (unsigned int i = 0; i < ZF_ZPL_ATTRS; i++) {
		int error = zr_node_attr(fs, &node, i, &value, &e, &diag);

		/* the sanitizer sees whether all of it is there */
		for (size_t at = 0; !error && at < value.len; at++)
			FUZZ_ASSERT((value.ptr[at] & ~0xff) == 0);
		(void)!zr_node_u64(fs, &node, i, 1, &v, &diag);
	}
	if (zr_node_stat(fs, &node, &st, &diag) == 0)
		FUZZ_ASSERT(st.object == object && st.mtime.nsec < 1000000000);
	zr_node_close(&node);
	(void)!zr_fs_acl(fs, object, see_acl, NULL, &diag);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	fuzz_objects_as_fs(data, size, attributes);
	return 0;
}
