/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_BUILD_TAR_ACL_H
#define ZLIVE_BUILD_TAR_ACL_H

#include "cmd/build/xattrs.h"

struct archive_entry;

/* What names in an ACL that comes without numbers mean: the tree's own files, if seen. */
struct tar_names {
	struct zb_span passwd, group;
};

/*
 * The POSIX ACLs of a tar entry as Linux's two extended attributes. With an access ACL
 * the group bits of *mode become those of its mask, as stat(2) shows them. ZB_ENOENT,
 * *ret_name being the name, if an ACL names somebody who is not in names.
 */
ZB_MUST_CHECK int tar_acl_add(struct archive_entry *ae, const struct tar_names *names,
			      struct xattrs *xattrs, uint32_t *mode,
			      const char **ret_name);

#endif
