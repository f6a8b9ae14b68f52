/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include "cmd/mount/mount.h"

struct answer {
	const char *name; /* NULL: the names are wanted */
	bool found;
	bool privileged; /* may see trusted.* */
	char *at;
	size_t len, size;
};

static int append(struct answer *a, const void *data, size_t len)
{
	char *at = realloc(a->at, a->len + len + 1);

	if (!at)
		return ZB_ENOMEM;
	memcpy(at + a->len, data, len);
	a->at = at;
	a->len += len;
	return 0;
}

static int see_xattr(void *ctx, const char *name, struct zb_span value)
{
	struct answer *a = ctx;
	int error;

	if (!a->name) {
		if (strncmp(name, "trusted.", 8) == 0 && !a->privileged)
			return 0;
		return append(a, name, strlen(name) + 1);
	}
	if (strcmp(name, a->name) != 0)
		return 0;
	error = append(a, value.ptr, value.len);
	a->found = !error;
	return error ? error : 1;
}

static int collect(struct mnt *m, uint64_t node, struct answer *a)
{
	struct mnt_set *set = mnt_set_of(m, node);
	uint64_t object = mnt_object(m, node);
	struct zb_diag diag;
	int r;

	if (!set)
		return -ESTALE;
	if (object > MNT_OBJ_LAST)
		return 0;
	r = mnt_set_open(m, set);
	if (r || !set->fs)
		return r;
	zb_fail(&diag, ZB_ENOMEM, set->name, ZB_DIAG_NO_OFFSET, "out of memory");
	r = zr_fs_xattrs(set->fs, object, see_xattr, a, &diag);
	return r < 0 ? mnt_fail(m, r, &diag) : 0;
}

static void answer(fuse_req_t req, uint64_t node, const char *name, size_t size)
{
	struct mnt *m = fuse_req_userdata(req);
	struct answer a = { .name = name, .privileged = fuse_req_ctx(req)->uid == 0 };
	int error;

	pthread_mutex_lock(&m->lock);
	error = collect(m, node, &a);
	pthread_mutex_unlock(&m->lock);
	if (!error && name && !a.found)
		error = -ENODATA;
	if (!error && size > 0 && a.len > size)
		error = -ERANGE;
	if (error)
		fuse_reply_err(req, -error);
	else if (size == 0)
		fuse_reply_xattr(req, a.len);
	else
		fuse_reply_buf(req, a.at, a.len);
	free(a.at);
}

void mnt_op_getxattr(fuse_req_t req, fuse_ino_t node, const char *name, size_t size)
{
	answer(req, node, name, size);
}

void mnt_op_listxattr(fuse_req_t req, fuse_ino_t node, size_t size)
{
	answer(req, node, NULL, size);
}
