/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_XATTRS_H
#define ZLIVE_BUILD_XATTRS_H

#include "write/write.h"

/*
 * The extended attributes of one object, in the order of names; reused from object to
 * object.
 */
struct xattrs {
	struct zw_xattr *list;
	unsigned int n, room;
	char *names;	 /* as listxattr(2) gives them; room for the longest list */
	uint8_t *values; /* room for the longest value */
};

void xattrs_done(struct xattrs *x);

/* Of an open file; path is for messages. Replaces what x held. */
ZB_MUST_CHECK int xattrs_read_fd(struct xattrs *x, int fd, const char *path,
				 struct zb_diag *diag);

/* Of a name in a directory, itself not followed if it is a symbolic link. */
ZB_MUST_CHECK int xattrs_read_at(struct xattrs *x, int dirfd, const char *name,
				 const char *path, struct zb_diag *diag);

/*
 * To build a list by hand: xattrs_reset(), xattrs_add() each, xattrs_sort(). Copies both.
 */
void xattrs_reset(struct xattrs *x);
ZB_MUST_CHECK int xattrs_add(struct xattrs *x, const char *name, const void *value,
			     size_t len);
void xattrs_sort(struct xattrs *x);

#endif
