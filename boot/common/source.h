/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_SOURCE_H
#define BT_SOURCE_H

#include "base/diag.h"
#include <stddef.h>
#include <stdint.h>

/*
 * What the search for boot environments asks of a pool. The loaders answer from lib/read
 * (source_pool.c), the unit tests from a table. Paths start with a slash and lie in the
 * dataset; links are followed.
 */
typedef int (*bt_name_fn)(void *arg, const char *name);

struct bt_source {
	void *ctx;
	/* The children's last components; a non-zero value of fn ends the walk. */
	int (*children)(void *ctx, const char *dataset, bt_name_fn fn, void *arg,
			struct zb_diag *diag);
	/* ret_source: the dataset it is set on; ZB_ENOENT if not set. */
	int (*property)(void *ctx, const char *dataset, const char *name, char *buf,
			size_t size, char ret_source[256], struct zb_diag *diag);
	/* The names in a directory; ZB_ENOENT if there is none. */
	int (*list)(void *ctx, const char *dataset, const char *path, bt_name_fn fn,
		    void *arg, struct zb_diag *diag);
	/* Size in bytes of a regular file; ZB_ENOENT if there is none. */
	int64_t (*size)(void *ctx, const char *dataset, const char *path,
			struct zb_diag *diag);
	/* Up to len bytes at offset; the number read. */
	int64_t (*read)(void *ctx, const char *dataset, const char *path, uint64_t offset,
			void *buf, size_t len, struct zb_diag *diag);
};

#endif
