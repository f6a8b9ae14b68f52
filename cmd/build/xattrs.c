/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include "cmd/build/xattrs.h"

void xattrs_done(struct xattrs *x)
{
	xattrs_reset(x);
	free(x->list);
	free(x->names);
	free(x->values);
	*x = (struct xattrs){ 0 };
}

void xattrs_reset(struct xattrs *x)
{
	for (unsigned int i = 0; i < x->n; i++) {
		free((void *)x->list[i].name);
		free((void *)x->list[i].value);
	}
	x->n = 0;
}

int xattrs_add(struct xattrs *x, const char *name, const void *value, size_t len)
{
	char *n;
	void *v;

	if (x->n == x->room) {
		unsigned int room = x->room ? x->room * 2 : 8;
		struct zw_xattr *list = reallocarray(x->list, room, sizeof(*list));

		if (!list)
			return ZB_ENOMEM;
		x->list = list;
		x->room = room;
	}
	n = strdup(name);
	v = malloc(len ? len : 1);
	if (!n || !v) {
		free(n);
		free(v);
		return ZB_ENOMEM;
	}
	if (len)
		memcpy(v, value, len);
	x->list[x->n++] = (struct zw_xattr){ .name = n, .value = v, .len = len };
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct zw_xattr *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void xattrs_sort(struct xattrs *x)
{
	if (x->n > 1)
		qsort(x->list, x->n, sizeof(*x->list), compare);
}

/* Either an open file, or, with fd < 0, a path that is not followed. */
struct where {
	int fd;
	const char *at;
};

static ssize_t list_names(const struct where *w, char *buf, size_t len)
{
	return w->fd >= 0 ? flistxattr(w->fd, buf, len) : llistxattr(w->at, buf, len);
}

static ssize_t get_value(const struct where *w, const char *name, void *buf, size_t len)
{
	return w->fd >= 0 ? fgetxattr(w->fd, name, buf, len)
			  : lgetxattr(w->at, name, buf, len);
}

/*
 * What ZFS on Linux can hold. Others are a file system's own doings
 * ("btrfs.compression").
 */
static bool is_portable(const char *name)
{
	return strncmp(name, "user.", 5) == 0 || strncmp(name, "trusted.", 8) == 0 ||
	       strncmp(name, "security.", 9) == 0 ||
	       strncmp(name, "system.posix_acl_", 17) == 0;
}

static int read_one(struct xattrs *x, const struct where *w, const char *name,
		    const char *path, struct zb_diag *diag)
{
	ssize_t n;

	if (!is_portable(name))
		return 0;
	if (!x->values) {
		x->values = malloc(XATTR_SIZE_MAX);
		if (!x->values)
			return zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET,
				       "no memory");
	}
	n = get_value(w, name, x->values, XATTR_SIZE_MAX);
	if (n < 0)
		return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET,
			       "cannot read extended attribute %s: %s", name,
			       strerror(errno));
	if (xattrs_add(x, name, x->values, (size_t)n) < 0)
		return zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET, "no memory");
	return 0;
}

static int read_all(struct xattrs *x, const struct where *w, const char *path,
		    struct zb_diag *diag)
{
	ssize_t n;
	int r = 0;

	xattrs_reset(x);
	if (!x->names) {
		x->names = malloc(XATTR_LIST_MAX);
		if (!x->names)
			return zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET,
				       "no memory");
	}
	n = list_names(w, x->names, XATTR_LIST_MAX);
	if (n < 0 && (errno == ENOTSUP || errno == ENOSYS))
		return 0;
	if (n < 0)
		return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET,
			       "cannot list extended attributes: %s", strerror(errno));
	for (const char *p = x->names; r >= 0 && p < x->names + n; p += strlen(p) + 1)
		r = read_one(x, w, p, path, diag);
	xattrs_sort(x);
	return r;
}

int xattrs_read_fd(struct xattrs *x, int fd, const char *path, struct zb_diag *diag)
{
	return read_all(x, &(struct where){ .fd = fd }, path, diag);
}

int xattrs_read_at(struct xattrs *x, int dirfd, const char *name, const char *path,
		   struct zb_diag *diag)
{
	char at[64 + NAME_MAX];

	/*
	 * There is no lgetxattrat(2); the directory's descriptor in /proc serves as well.
	 */
	snprintf(at, sizeof(at), "/proc/self/fd/%d/%s", dirfd, name);
	return read_all(x, &(struct where){ .fd = -1, .at = at }, path, diag);
}
