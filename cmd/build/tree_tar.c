/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A tar as the source of a root tree, through libarchive. Nothing is unpacked, so
 * ownership, devices and capabilities need no rights here.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/build/tar_acl.h"
#include "cmd/build/tree.h"
#include "cmd/build/xattrs.h"

#define NAMES_MAX (4U << 20) /* bytes of an /etc/passwd worth keeping */

struct tar {
	const char *name; /* for messages */
	int fd;
	bool regular; /* a file, which needs no waiting */
	struct archive *archive;
	const struct tree_sink *sink;
	const struct zh_interrupt *intr;
	void (*progress)(void *ctx, uint64_t bytes);
	void *progress_ctx;
	uint64_t bytes_read;
	struct zb_diag *diag;
	struct zb_diag read_diag; /* why read_more() gave up; error 0 if it did not */
	struct xattrs xattrs;
	struct tar_names names;
	struct zb_span held; /* content of the entry at hand, if it was read already */
	char path[PATH_MAX];
	char target[PATH_MAX];
	uint8_t buf[1 << 18];
};

static int fail_archive(struct tar *t, const char *path)
{
	if (t->read_diag.error) {
		*t->diag = t->read_diag;
		return t->read_diag.error;
	}
	return zb_fail(t->diag, ZB_ECORRUPT, t->name, ZB_DIAG_NO_OFFSET, "%s%s%s",
		       path ? path : "", path ? ": " : "",
		       archive_error_string(t->archive) ? archive_error_string(t->archive)
							: "cannot be read as a tar");
}

static la_ssize_t read_more(struct archive *a, void *ctx, const void **ret_buf)
{
	struct tar *t = ctx;
	ssize_t n;

	if (t->regular ? zh_interrupt_pending(t->intr)
		       : zh_interrupt_wait_readable(t->intr, t->fd, &t->read_diag) < 0) {
		if (!t->read_diag.error)
			zh_interrupt_fail(&t->read_diag);
		return ARCHIVE_FATAL;
	}
	do
		n = read(t->fd, t->buf, sizeof(t->buf));
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		zb_fail(&t->read_diag, -errno, t->name, ZB_DIAG_NO_OFFSET,
			"cannot read: %s", strerror(errno));
		return ARCHIVE_FATAL;
	}
	t->bytes_read += (uint64_t)n;
	if (t->progress)
		t->progress(t->progress_ctx, t->bytes_read);
	*ret_buf = t->buf;
	return n;
}

/*
 * "./usr//bin/" to "usr/bin", "." to "". ZB_ECORRUPT for a path that climbs
 * ("a/../../b").
 */
static int path_clean(struct tar *t, const char *path, char out[PATH_MAX])
{
	size_t len = 0;

	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.')
			return zb_fail(t->diag, ZB_ECORRUPT, t->name, ZB_DIAG_NO_OFFSET,
				       "holds a path with '..'");
		if (n > 0 && !(n == 1 && path[0] == '.')) {
			if (len + n + 2 > PATH_MAX)
				return zb_fail(t->diag, ZB_ENAMETOOLONG, t->name,
					       ZB_DIAG_NO_OFFSET,
					       "holds a path of %zu bytes or more",
					       len + n);
			if (len > 0)
				out[len++] = '/';
			memcpy(out + len, path, n);
			len += n;
		}
		path += n;
		path += *path == '/';
	}
	out[len] = '\0';
	return 0;
}

static int data_next(void *ctx, const void **ret_buf, size_t *ret_len,
		     uint64_t *ret_offset, struct zb_diag *diag)
{
	struct tar *t = ctx;
	la_int64_t offset;
	int r;

	do {
		r = archive_read_data_block(t->archive, ret_buf, ret_len, &offset);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r < ARCHIVE_WARN || (r == ARCHIVE_WARN && !*ret_buf)) {
			r = fail_archive(t, t->path);
			if (diag != t->diag)
				*diag = *t->diag;
			return r;
		}
	} while (*ret_len == 0);
	*ret_offset = (uint64_t)offset;
	return 1;
}

/* The content of a file that was read ahead, as one piece. */
static int held_next(void *ctx, const void **ret_buf, size_t *ret_len,
		     uint64_t *ret_offset, struct zb_diag *diag)
{
	struct tar *t = ctx;

	if (t->held.len == 0)
		return 0;
	*ret_buf = t->held.ptr;
	*ret_len = t->held.len;
	*ret_offset = 0;
	t->held.len = 0;
	return 1;
}

/*
 * GNU tar writes users and groups of ACLs by name alone. What the names mean is in two
 * files of the tree, which are kept when they come by.
 */
static int names_keep(struct tar *t, struct zw_entry *e)
{
	struct zb_span *keep = strcmp(t->path, "etc/passwd") == 0  ? &t->names.passwd
			       : strcmp(t->path, "etc/group") == 0 ? &t->names.group
								   : NULL;
	const void *buf;
	uint64_t offset;
	uint8_t *text;
	size_t len;
	int r;

	if (!keep || !e->data || e->size > NAMES_MAX)
		return 0;
	text = calloc(1, (size_t)e->size);
	if (!text)
		return zb_fail(t->diag, ZB_ENOMEM, t->path, ZB_DIAG_NO_OFFSET,
			       "no memory");
	while ((r = data_next(t, &buf, &len, &offset, t->diag)) > 0)
		if (offset <= e->size && len <= e->size - offset)
			memcpy(text + offset, buf, len);
	free((void *)keep->ptr);
	*keep = t->held = zb_span(text, (size_t)e->size);
	e->data = held_next;
	return r;
}

static int xattrs_fill(struct tar *t, struct archive_entry *ae, uint32_t *mode)
{
	const char *name, *unknown;
	const void *value;
	size_t len;
	int r;

	xattrs_reset(&t->xattrs);
	archive_entry_xattr_reset(ae);
	while (archive_entry_xattr_next(ae, &name, &value, &len) == ARCHIVE_OK)
		/* The ACLs come below, from whichever form they have in the tar. */
		if (strncmp(name, "system.posix_acl_", 17) != 0 ||
		    archive_entry_acl_count(ae, ARCHIVE_ENTRY_ACL_TYPE_POSIX1E) == 0)
			if (xattrs_add(&t->xattrs, name, value, len) < 0)
				goto nomem;
	r = tar_acl_add(ae, &t->names, &t->xattrs, mode, &unknown);
	if (r == ZB_ENOENT)
		return zb_fail(t->diag, r, t->name, ZB_DIAG_NO_OFFSET,
			       "%s: its ACL names %s, whose number is not in the tar",
			       t->path, unknown);
	if (r < 0)
		goto nomem;
	xattrs_sort(&t->xattrs);
	return 0;
nomem:
	return zb_fail(t->diag, ZB_ENOMEM, t->path, ZB_DIAG_NO_OFFSET, "no memory");
}

static bool is_known_type(uint32_t mode)
{
	return S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode) || S_ISCHR(mode) ||
	       S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
}

static int entry_fill(struct tar *t, struct archive_entry *ae, struct zw_entry *e)
{
	const char *target;
	int r;

	*e = (struct zw_entry){
		.path = t->path,
		.mode = archive_entry_mode(ae),
		.uid = (uint32_t)archive_entry_uid(ae),
		.gid = (uint32_t)archive_entry_gid(ae),
		.mtime = { archive_entry_mtime(ae),
			   (uint32_t)archive_entry_mtime_nsec(ae) },
	};
	/* As for a directory: see entry_init() there. */
	e->atime = e->ctime = e->mtime;
	r = xattrs_fill(t, ae, &e->mode);
	if (r < 0)
		return r;
	e->xattrs = t->xattrs.list;
	e->n_xattrs = t->xattrs.n;
	if (S_ISREG(e->mode) && archive_entry_size(ae) > 0) {
		e->size = (uint64_t)archive_entry_size(ae);
		e->data = data_next;
		e->data_ctx = t;
		return names_keep(t, e);
	} else if (S_ISLNK(e->mode)) {
		target = archive_entry_symlink(ae);
		if (!target)
			return zb_fail(t->diag, ZB_ECORRUPT, t->name, ZB_DIAG_NO_OFFSET,
				       "%s: a symbolic link without a target", t->path);
		e->target = target;
		e->size = strlen(target);
	} else if (S_ISCHR(e->mode) || S_ISBLK(e->mode)) {
		e->rdev_major = (uint32_t)archive_entry_rdevmajor(ae);
		e->rdev_minor = (uint32_t)archive_entry_rdevminor(ae);
	}
	return 0;
}

static int link_send(struct tar *t, const char *target)
{
	const struct tree_sink *s = t->sink;
	int r = path_clean(t, target, t->target);

	if (r < 0)
		return r;
	if (s->volume && s->volume(s->ctx, t->path) != s->volume(s->ctx, t->target))
		return zb_fail(t->diag, ZB_ENOTSUP, t->name, ZB_DIAG_NO_OFFSET,
			       "%s and %s are one file, but belong to different datasets",
			       t->path, t->target);
	return s->link(s->ctx, t->path, t->target, t->diag);
}

static int visit(struct tar *t, struct archive_entry *ae)
{
	const char *path = archive_entry_pathname(ae);
	const char *link = archive_entry_hardlink(ae);
	struct zw_entry e;
	int r;

	if (zh_interrupt_pending(t->intr))
		return zh_interrupt_fail(t->diag);
	if (!path)
		return zb_fail(t->diag, ZB_ECORRUPT, t->name, ZB_DIAG_NO_OFFSET,
			       "holds an object without a name");
	r = path_clean(t, path, t->path);
	if (r < 0)
		return r;
	if (link)
		return link_send(t, link);
	if (!is_known_type(archive_entry_mode(ae)))
		return zb_fail(t->diag, ZB_ENOTSUP, t->name, ZB_DIAG_NO_OFFSET,
			       "%s: an object of unknown type %o", t->path,
			       archive_entry_mode(ae) & S_IFMT);
	r = entry_fill(t, ae, &e);
	if (r < 0)
		return r;
	return t->sink->entry(t->sink->ctx, &e, t->diag);
}

/*
 * A tar ends in two blocks of zeros. libarchive also takes an end between two objects for
 * the end; from a pipe whose writer died that is half a tree.
 */
static int check_complete(struct tar *t)
{
	int64_t seen = archive_filter_bytes(t->archive, 0);

	if (archive_format(t->archive) == ARCHIVE_FORMAT_TAR ||
	    (archive_format(t->archive) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_TAR)
		if (seen < archive_read_header_position(t->archive) + 512)
			return zb_fail(t->diag, ZB_ECORRUPT, t->name, ZB_DIAG_NO_OFFSET,
				       "ends too early: the tar is cut off");
	return 0;
}

static int read_all(struct tar *t)
{
	struct archive_entry *ae;
	unsigned int count = 0;
	int r;

	for (;;) {
		r = archive_read_next_header(t->archive, &ae);
		if (r == ARCHIVE_EOF)
			break;
		if (r < ARCHIVE_WARN)
			return fail_archive(t, NULL);
		r = visit(t, ae);
		if (r < 0)
			return r;
		count++;
	}
	if (count == 0)
		return zb_fail(t->diag, ZB_ECORRUPT, t->name, ZB_DIAG_NO_OFFSET,
			       "is empty");
	return check_complete(t);
}

static int tar_open(struct tar *t, const char *path)
{
	struct stat st;

	t->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (t->fd < 0 || fstat(t->fd, &st) < 0)
		return zb_fail(t->diag, -errno, t->name, ZB_DIAG_NO_OFFSET,
			       "cannot open: %s", strerror(errno));
	t->regular = S_ISREG(st.st_mode);
	t->archive = archive_read_new();
	if (!t->archive || archive_read_support_filter_all(t->archive) < ARCHIVE_WARN ||
	    archive_read_support_format_tar(t->archive) < ARCHIVE_WARN)
		return zb_fail(t->diag, ZB_ENOMEM, t->name, ZB_DIAG_NO_OFFSET,
			       "no memory");
	if (archive_read_open(t->archive, t, NULL, read_more, NULL) < ARCHIVE_WARN)
		return fail_archive(t, NULL);
	return 0;
}

int tree_tar_read(const char *path, const struct tree_sink *sink,
		  const struct zh_interrupt *intr,
		  void (*progress)(void *ctx, uint64_t bytes), void *progress_ctx,
		  struct zb_diag *diag)
{
	struct tar *t = calloc(1, sizeof(*t));
	int r;

	if (!t)
		return zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET, "no memory");
	t->name = strcmp(path, "-") == 0 ? "standard input" : path;
	t->sink = sink;
	t->intr = intr;
	t->progress = progress;
	t->progress_ctx = progress_ctx;
	t->diag = diag;
	r = tar_open(t, path);
	if (r >= 0)
		r = read_all(t);
	archive_read_free(t->archive);
	if (t->fd > STDIN_FILENO)
		close(t->fd);
	xattrs_done(&t->xattrs);
	free((void *)t->names.passwd.ptr);
	free((void *)t->names.group.ptr);
	free(t);
	return r;
}
