/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tar may be anybody's, so nothing is ever written through a symbolic link: a tar
 * with a link "lib -> /etc" and a file "lib/passwd" must not reach the machine's /etc.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/build/spool.h"

struct spool {
	struct tree_sink sink, next;
	char *root;
	int fd;
	/* The file being copied while the next stage reads it. */
	const struct zw_entry *entry;
	int out;
};

static const char *after(const char *path, const char *prefix)
{
	size_t n = strlen(prefix);

	return strncmp(path, prefix, n) == 0 ? path + n : NULL;
}

static bool is_program(const char *path)
{
	static const char *const names[] = { "zpool", "zfs", "mount.zfs", "busybox" };
	const char *base = strrchr(path, '/');

	for (size_t i = 0; base && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(base + 1, names[i]) == 0)
			return true;
	return false;
}

bool spool_wants(const char *path, uint32_t mode)
{
	static const char *const folders[] = { "lib/modules/",	  "lib/firmware/",
					       "lib/modprobe.d/", "etc/modprobe.d/",
					       "etc/zlive/",	  "etc/ld.so.conf.d/" };
	const char *in_usr = after(path, "usr/");
	const char *p = in_usr ? in_usr : path;

	/* Links cost next to nothing, and any may lead to what is wanted. */
	if (S_ISLNK(mode))
		return !after(path, "usr/share/") && !after(path, "var/") &&
		       !after(path, "home/");
	if (!S_ISREG(mode))
		return false;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (after(p, folders[i]))
			return true;
	if (strcmp(path, "etc/ld.so.conf") == 0)
		return true;
	if (after(p, "lib") && strstr(p, ".so"))
		return true;
	return strstr(p, "bin/") && is_program(p);
}

/*
 * The folder that path's last component is in, made as needed; *ret_base is the
 * component.
 */
static int parent_open(struct spool *s, const char *path, const char **ret_base)
{
	int fd = dup(s->fd);
	const char *slash;

	while (fd >= 0 && (slash = strchr(path, '/'))) {
		char name[NAME_MAX + 1];
		size_t n = (size_t)(slash - path);
		int sub;

		if (n > NAME_MAX) {
			close(fd);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, n);
		name[n] = '\0';
		if (mkdirat(fd, name, 0700) < 0 && errno != EEXIST)
			sub = -1;
		else
			sub = openat(fd, name,
				     O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(fd);
		fd = sub;
		path = slash + 1;
	}
	*ret_base = path;
	return fd;
}

static int fail(const struct spool *s, const char *path, struct zb_diag *diag)
{
	int err = errno;

	return zb_fail(diag, -err, s->root, ZB_DIAG_NO_OFFSET, "cannot copy %s: %s", path,
		       strerror(err));
}

/* Something with a link or a file in the place of a folder is no ramdisk's business. */
static bool is_odd_place(void)
{
	return errno == ENOTDIR || errno == ELOOP || errno == EISDIR;
}

static int copy_next(void *ctx, const void **ret_buf, size_t *ret_len,
		     uint64_t *ret_offset, struct zb_diag *diag)
{
	struct spool *s = ctx;
	const struct zw_entry *e = s->entry;
	int r = e->data(e->data_ctx, ret_buf, ret_len, ret_offset, diag);

	for (size_t done = 0; r > 0 && done < *ret_len;) {
		ssize_t n = pwrite(s->out, (const uint8_t *)*ret_buf + done,
				   *ret_len - done, (off_t)(*ret_offset + done));

		if (n < 0 && errno != EINTR)
			return fail(s, e->path, diag);
		done += n > 0 ? (size_t)n : 0;
	}
	return r;
}

static int copy_file(struct spool *s, const struct zw_entry *e, struct zb_diag *diag)
{
	struct zw_entry tee = *e;
	const char *base;
	int r, dir = parent_open(s, e->path, &base);

	if (dir < 0)
		return is_odd_place() ? s->next.entry(s->next.ctx, e, diag)
				      : fail(s, e->path, diag);
	unlinkat(dir, base, 0);
	s->out = openat(dir, base, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = s->out < 0 ? fail(s, e->path, diag) : 0;
	close(dir);
	if (r < 0)
		return r;
	s->entry = e;
	if (e->data) {
		tee.data = copy_next;
		tee.data_ctx = s;
	}
	r = s->next.entry(s->next.ctx, &tee, diag);
	if (r >= 0 &&
	    (fchmod(s->out, e->mode & 0700) < 0 || ftruncate(s->out, (off_t)e->size) < 0))
		r = fail(s, e->path, diag);
	close(s->out);
	s->out = -1;
	return r;
}

static int copy_symlink(struct spool *s, const struct zw_entry *e, struct zb_diag *diag)
{
	const char *base;
	int r = 0, dir = parent_open(s, e->path, &base);

	if (dir < 0)
		return is_odd_place() ? 0 : fail(s, e->path, diag);
	unlinkat(dir, base, 0);
	if (symlinkat(e->target, dir, base) < 0 && errno != EEXIST)
		r = fail(s, e->path, diag);
	close(dir);
	return r;
}

static int on_entry(void *ctx, const struct zw_entry *e, struct zb_diag *diag)
{
	struct spool *s = ctx;

	if (spool_wants(e->path, e->mode)) {
		int r;

		if (S_ISREG(e->mode))
			return copy_file(s, e, diag);
		r = copy_symlink(s, e, diag);
		if (r < 0)
			return r;
	}
	return s->next.entry(s->next.ctx, e, diag);
}

static int on_link(void *ctx, const char *path, const char *target, struct zb_diag *diag)
{
	struct spool *s = ctx;
	const char *base, *from_base;

	if (spool_wants(path, S_IFREG) && spool_wants(target, S_IFREG)) {
		int dir = parent_open(s, path, &base);
		int from = parent_open(s, target, &from_base);
		int r = 0;

		if (dir >= 0 && from >= 0 && linkat(from, from_base, dir, base, 0) < 0 &&
		    errno != EEXIST && errno != ENOENT)
			r = fail(s, path, diag);
		if (dir >= 0)
			close(dir);
		if (from >= 0)
			close(from);
		if (r < 0)
			return r;
	}
	return s->next.link(s->next.ctx, path, target, diag);
}

static unsigned int on_volume(void *ctx, const char *path)
{
	struct spool *s = ctx;

	return s->next.volume(s->next.ctx, path);
}

int spool_create(const struct tree_sink *next, struct spool **ret_spool,
		 struct zb_diag *diag)
{
	const char *tmp = getenv("TMPDIR");
	struct spool *s = calloc(1, sizeof(*s));

	if (!s)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
	s->fd = s->out = -1;
	s->next = *next;
	s->sink = (struct tree_sink){ s, on_entry, on_link,
				      next->volume ? on_volume : NULL };
	if (asprintf(&s->root, "%s/zlive-build-XXXXXX", tmp && *tmp ? tmp : "/var/tmp") <
	    0)
		s->root = NULL;
	if (s->root && mkdtemp(s->root))
		s->fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->fd < 0) {
		int r = zb_fail(diag, -errno, s->root, ZB_DIAG_NO_OFFSET,
				"cannot make a temporary folder: %s", strerror(errno));

		spool_destroy(s);
		return r;
	}
	*ret_spool = s;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	return remove(path);
}

void spool_destroy(struct spool *s)
{
	if (!s)
		return;
	if (s->fd >= 0) {
		close(s->fd);
		nftw(s->root, remove_one, 32, FTW_DEPTH | FTW_PHYS);
	}
	free(s->root);
	free(s);
}

const struct tree_sink *spool_sink(struct spool *s)
{
	return &s->sink;
}

const char *spool_root(const struct spool *s)
{
	return s->root;
}
