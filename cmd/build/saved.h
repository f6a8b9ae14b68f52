/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_SAVED_H
#define ZLIVE_BUILD_SAVED_H

#include "cmd/build/tree.h"

/* An entry in memory, with its content: what small files of a tree are copied to. */
struct saved {
	char *path;
	char *target; /* of a symbolic link */
	uint32_t mode, uid, gid;
	struct zw_time mtime;
	void *data;
	size_t len;
};

struct saved_list {
	struct saved *list;
	size_t n, room;
};

void saved_list_done(struct saved_list *l);

#define SAVED_MAX (32U << 20) /* bytes of one file that is worth keeping in memory */

/* The whole content of a regular file's entry into a buffer that the caller frees. */
ZB_MUST_CHECK int saved_content(const struct zw_entry *entry, void **ret_data,
				struct zb_diag *diag);

/*
 * Adds a copy of entry under another path, with data (taken over, also on failure; NULL
 * for none) as its content.
 */
ZB_MUST_CHECK int saved_add(struct saved_list *l, const char *path,
			    const struct zw_entry *entry, void *data, size_t len);

/* Hands s to a sink as a whole. */
ZB_MUST_CHECK int saved_send(const struct saved *s, const struct tree_sink *sink,
			     struct zb_diag *diag);

/* A content in memory as a zw_data_fn; ctx is a struct saved_feed. */
struct saved_feed {
	const void *data;
	size_t len;
	bool done;
};
int saved_feed_next(void *ctx, const void **ret_buf, size_t *ret_len,
		    uint64_t *ret_offset, struct zb_diag *diag);

#endif
