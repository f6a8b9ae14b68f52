/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A directory as the source of a root tree. Every object is opened relative to its
 * directory's descriptor and never through a symbolic link, so that nobody can lead us
 * out of the tree by swapping one in.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "cmd/build/links.h"
#include "cmd/build/tree.h"
#include "cmd/build/xattrs.h"

#define MAX_DEPTH 1024

struct walk {
	const char *root;
	const struct tree_sink *sink;
	const struct zh_interrupt *intr;
	struct zb_diag *diag;
	struct links *links;
	struct xattrs xattrs;
	uint8_t *piece;	     /* TREE_PIECE bytes */
	char path[PATH_MAX]; /* of the object at hand */
	size_t path_len;
	char target[PATH_MAX];
};

/* A regular file being read. */
struct reader {
	struct walk *walk;
	int fd;
	uint64_t size, offset;
	bool sparse;
	uint64_t data_end; /* of the run of data that offset is in */
};

static int fail(struct walk *w, int error, const char *what)
{
	return zb_fail(w->diag, error, NULL, ZB_DIAG_NO_OFFSET, "%s/%s: %s", w->root,
		       w->path, what);
}

static int fail_errno(struct walk *w, const char *what)
{
	int err = errno;

	return zb_fail(w->diag, -err, NULL, ZB_DIAG_NO_OFFSET, "%s/%s: %s: %s", w->root,
		       w->path, what, strerror(err));
}

/*
 * Moves to the next run of data; what is skipped is a hole. False at the end of the file.
 */
static bool reader_seek(struct reader *r)
{
	off_t data, hole;

	if (!r->sparse || r->offset < r->data_end)
		return r->offset < r->size;
	data = lseek(r->fd, (off_t)r->offset, SEEK_DATA);
	if (data < 0 && errno == ENXIO) {
		r->offset = r->size;
		return false;
	}
	hole = data < 0 ? -1 : lseek(r->fd, data, SEEK_HOLE);
	if (data < 0 || hole < 0) { /* a file system that does not tell: all is data */
		r->sparse = false;
		return r->offset < r->size;
	}
	r->offset = (uint64_t)data;
	r->data_end = (uint64_t)hole;
	return r->offset < r->size;
}

static int reader_next(void *ctx, const void **ret_buf, size_t *ret_len,
		       uint64_t *ret_offset, struct zb_diag *diag)
{
	struct reader *r = ctx;
	uint64_t want, got = 0;

	if (zh_interrupt_pending(r->walk->intr))
		return zh_interrupt_fail(diag);
	if (!reader_seek(r))
		return 0;
	want = (r->sparse && r->data_end < r->size ? r->data_end : r->size) - r->offset;
	if (want > TREE_PIECE)
		want = TREE_PIECE;
	while (got < want) {
		ssize_t n = pread(r->fd, r->walk->piece + got, want - got,
				  (off_t)(r->offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_errno(r->walk, "cannot read");
		if (n == 0)
			return fail(r->walk, ZB_EAGAIN,
				    "became shorter while it was read");
		got += (uint64_t)n;
	}
	*ret_buf = r->walk->piece;
	*ret_len = (size_t)got;
	*ret_offset = r->offset;
	r->offset += got;
	return 1;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static int check_unchanged(struct walk *w, int fd, const struct stat *before)
{
	struct stat after;

	if (fstat(fd, &after) < 0)
		return fail_errno(w, "cannot stat");
	if (after.st_size != before->st_size ||
	    !same_time(&after.st_mtim, &before->st_mtim) ||
	    !same_time(&after.st_ctim, &before->st_ctim))
		return fail(w, ZB_EAGAIN, "changed while it was read");
	return 0;
}

/*
 * Access and change times of a source say when it was copied or looked at, not what it
 * is, so the pool's are the modification time: the same tree gives the same bytes.
 */
static void entry_init(struct zw_entry *e, const struct walk *w, const struct stat *st)
{
	*e = (struct zw_entry){
		.path = w->path,
		.mode = st->st_mode,
		.uid = st->st_uid,
		.gid = st->st_gid,
		.mtime = { st->st_mtim.tv_sec, (uint32_t)st->st_mtim.tv_nsec },
	};
	e->atime = e->ctime = e->mtime;
	if (S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode)) {
		e->rdev_major = major(st->st_rdev);
		e->rdev_minor = minor(st->st_rdev);
	}
}

static int entry_send(struct walk *w, struct zw_entry *e)
{
	e->xattrs = w->xattrs.list;
	e->n_xattrs = w->xattrs.n;
	return w->sink->entry(w->sink->ctx, e, w->diag);
}

static int visit_file(struct walk *w, int dirfd, const char *name)
{
	struct reader reader = { .walk = w };
	struct zw_entry e;
	struct stat st;
	int r, fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return fail_errno(w, "cannot open");
	if (fstat(fd, &st) < 0) {
		r = fail_errno(w, "cannot stat");
		goto out;
	}
	if (!S_ISREG(st.st_mode)) {
		r = fail(w, ZB_EAGAIN, "changed while it was read");
		goto out;
	}
	r = xattrs_read_fd(&w->xattrs, fd, w->path, w->diag);
	if (r < 0)
		goto out;
	entry_init(&e, w, &st);
	e.size = (uint64_t)st.st_size;
	if (e.size > 0) {
		reader.fd = fd;
		reader.size = e.size;
		/* Only a file with fewer blocks than bytes can have a hole. */
		reader.sparse = (uint64_t)st.st_blocks * 512 < e.size;
		e.data = reader_next;
		e.data_ctx = &reader;
		if (e.size > TREE_PIECE)
			posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	r = entry_send(w, &e);
	if (r >= 0)
		r = check_unchanged(w, fd, &st);
out:
	close(fd);
	return r;
}

static int visit_symlink(struct walk *w, int dirfd, const char *name,
			 const struct stat *st)
{
	struct zw_entry e;
	ssize_t n = readlinkat(dirfd, name, w->target, sizeof(w->target));
	int r;

	if (n < 0)
		return fail_errno(w, "cannot read the link");
	if ((size_t)n >= sizeof(w->target))
		return fail(w, ZB_ENAMETOOLONG, "the link's target is too long");
	w->target[n] = '\0';
	r = xattrs_read_at(&w->xattrs, dirfd, name, w->path, w->diag);
	if (r < 0)
		return r;
	entry_init(&e, w, st);
	e.target = w->target;
	e.size = (uint64_t)n;
	return entry_send(w, &e);
}

static int visit_special(struct walk *w, int dirfd, const char *name,
			 const struct stat *st)
{
	struct zw_entry e;
	int r = xattrs_read_at(&w->xattrs, dirfd, name, w->path, w->diag);

	if (r < 0)
		return r;
	entry_init(&e, w, st);
	return entry_send(w, &e);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_free(char **names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
}

/* The names in a directory, sorted. The stream takes fd over. */
static int names_read(struct walk *w, int fd, char ***ret_names, size_t *ret_n)
{
	char **names = NULL;
	size_t n = 0, room = 0;
	struct dirent *de;
	DIR *dir = fdopendir(fd);
	int r;

	if (!dir) {
		close(fd);
		return fail_errno(w, "cannot list");
	}
	while (errno = 0, (de = readdir(dir)) != NULL) {
		if (strcmp(de->d_name, ".") == 0 || strcmp(de->d_name, "..") == 0)
			continue;
		if (n == room) {
			char **more =
				reallocarray(names, room ? room * 2 : 64, sizeof(*names));

			if (!more)
				goto nomem;
			names = more;
			room = room ? room * 2 : 64;
		}
		names[n] = strdup(de->d_name);
		if (!names[n])
			goto nomem;
		n++;
	}
	if (errno) {
		r = fail_errno(w, "cannot list");
		goto fail;
	}
	closedir(dir);
	if (n > 0)
		qsort(names, n, sizeof(*names), compare_names);
	*ret_names = names;
	*ret_n = n;
	return 0;
nomem:
	r = fail(w, ZB_ENOMEM, "no memory");
fail:
	closedir(dir);
	names_free(names, n);
	return r;
}

/* The kernel's own trees are made anew at each boot. */
static bool is_kernel_fs(int fd)
{
	struct statfs sf;

	if (fstatfs(fd, &sf) < 0)
		return false;
	switch ((unsigned long)sf.f_type) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case DEVPTS_SUPER_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
	case SECURITYFS_MAGIC:
	case EFIVARFS_MAGIC:
	case BPF_FS_MAGIC:
	case AUTOFS_SUPER_MAGIC:
		return true;
	default:
		return false;
	}
}

static int visit(struct walk *w, int dirfd, const char *name, unsigned int depth,
		 dev_t parent);

static int visit_children(struct walk *w, int fd, unsigned int depth, dev_t dev)
{
	char **names = NULL;
	size_t n = 0, len = w->path_len;
	int list = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r;

	if (list < 0)
		return fail_errno(w, "cannot list");
	r = names_read(w, list, &names, &n);
	for (size_t i = 0; r >= 0 && i < n; i++) {
		int add = snprintf(w->path + len, sizeof(w->path) - len, "%s%s",
				   len ? "/" : "", names[i]);

		if ((size_t)add >= sizeof(w->path) - len) {
			w->path[len] = '\0';
			r = fail(w, ZB_ENAMETOOLONG, "paths in it are too long");
			break;
		}
		w->path_len = len + (size_t)add;
		r = visit(w, fd, names[i], depth + 1, dev);
	}
	/* After an error the path stays: messages of the callers may need it. */
	if (r >= 0) {
		w->path[len] = '\0';
		w->path_len = len;
	}
	names_free(names, n);
	return r;
}

/* Takes fd over. */
static int visit_dir(struct walk *w, int fd, unsigned int depth, dev_t parent)
{
	struct zw_entry e;
	struct stat st;
	int r;

	if (depth > MAX_DEPTH) {
		r = fail(w, ZB_E2BIG, "too deep");
		goto out;
	}
	if (fstat(fd, &st) < 0) {
		r = fail_errno(w, "cannot stat");
		goto out;
	}
	r = xattrs_read_fd(&w->xattrs, fd, w->path, w->diag);
	if (r < 0)
		goto out;
	entry_init(&e, w, &st);
	r = entry_send(w, &e);
	if (r < 0)
		goto out;
	if (depth == 0 || st.st_dev == parent || !is_kernel_fs(fd))
		r = visit_children(w, fd, depth, st.st_dev);
	if (r >= 0)
		r = check_unchanged(w, fd, &st);
out:
	close(fd);
	return r;
}

static int visit_subdir(struct walk *w, int dirfd, const char *name, unsigned int depth,
			dev_t parent)
{
	int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return fail_errno(w, "cannot open");
	return visit_dir(w, fd, depth, parent);
}

static int visit(struct walk *w, int dirfd, const char *name, unsigned int depth,
		 dev_t parent)
{
	const struct tree_sink *sink = w->sink;
	const char *first;
	struct stat st;
	int r;

	if (zh_interrupt_pending(w->intr))
		return zh_interrupt_fail(w->diag);
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail_errno(w, "cannot stat");
	if (S_ISDIR(st.st_mode))
		return visit_subdir(w, dirfd, name, depth, parent);
	if (st.st_nlink > 1) {
		unsigned int volume = sink->volume ? sink->volume(sink->ctx, w->path) : 0;

		r = links_find_or_add(w->links, st.st_dev, st.st_ino, volume, w->path,
				      &first);
		if (r < 0)
			return fail(w, r, "no memory");
		if (first)
			return sink->link(sink->ctx, w->path, first, w->diag);
	}
	if (S_ISREG(st.st_mode))
		return visit_file(w, dirfd, name);
	if (S_ISLNK(st.st_mode))
		return visit_symlink(w, dirfd, name, &st);
	return visit_special(w, dirfd, name, &st);
}

int tree_dir_walk(const char *root, const struct tree_sink *sink,
		  const struct zh_interrupt *intr, struct zb_diag *diag)
{
	struct walk *w = calloc(1, sizeof(*w));
	int r, fd;

	if (w) {
		w->links = links_create();
		w->piece = malloc(TREE_PIECE);
	}
	if (!w || !w->links || !w->piece) {
		r = zb_fail(diag, ZB_ENOMEM, root, ZB_DIAG_NO_OFFSET, "no memory");
		goto out;
	}
	w->root = root;
	w->sink = sink;
	w->intr = intr;
	w->diag = diag;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		r = zb_fail(diag, -errno, root, ZB_DIAG_NO_OFFSET, "cannot open: %s",
			    strerror(errno));
	else
		r = visit_dir(w, fd, 0, 0);
out:
	if (w) {
		xattrs_done(&w->xattrs);
		links_destroy(w->links);
		free(w->piece);
	}
	free(w);
	return r;
}
