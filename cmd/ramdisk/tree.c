/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/ramdisk/tree.h"

#define MAX_LINKS     40
#define MAX_FILE_SIZE (1ULL << 30)

int rd_tree_open(struct rd_tree *tree, const char *root, struct zb_diag *diag)
{
	tree->root = root;
	tree->fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (tree->fd < 0)
		return zb_fail(diag, -errno, root, ZB_DIAG_NO_OFFSET,
			       "cannot open the root tree: %s", strerror(errno));
	return 0;
}

void rd_tree_close(struct rd_tree *tree)
{
	if (tree && tree->fd >= 0)
		close(tree->fd);
}

/* real + "/" + name into real. */
static int append(char real[PATH_MAX], const char *name, size_t len)
{
	size_t have = strlen(real);

	if (have + len + 2 > PATH_MAX)
		return ZB_ENAMETOOLONG;
	if (have)
		real[have++] = '/';
	memcpy(real + have, name, len);
	real[have + len] = 0;
	return 0;
}

static void strip_last(char *real)
{
	char *slash = strrchr(real, '/');

	*(slash ? slash : real) = 0;
}

/* The state of a walk: what is resolved, and what is still to walk. */
struct walk {
	char *real;
	char rest[2 * PATH_MAX];
	unsigned int links;
};

/* Replaces the component just appended, a link, by its target. */
static int follow(struct walk *w, struct rd_archive *links, const char *target)
{
	char rest[2 * PATH_MAX];
	int r = links ? rd_archive_link(links, w->real, target) : 0;

	if (r < 0)
		return r;
	if (++w->links > MAX_LINKS)
		return ZB_ELOOP;
	if (snprintf(rest, sizeof(rest), "%s/%s", target, w->rest) >= (int)sizeof(rest))
		return ZB_ENAMETOOLONG;
	memcpy(w->rest, rest, sizeof(rest));
	if (target[0] == '/')
		w->real[0] = 0;
	else
		strip_last(w->real);
	return 0;
}

static int step(const struct rd_tree *tree, struct walk *w, struct rd_archive *links)
{
	char target[PATH_MAX];
	size_t skip = strspn(w->rest, "/");
	size_t len = strcspn(w->rest + skip, "/");
	char *name = w->rest + skip;
	ssize_t n;
	int r;

	if (len == 2 && memcmp(name, "..", 2) == 0)
		strip_last(w->real);
	if (len == 0 || (len == 1 && name[0] == '.') ||
	    (len == 2 && memcmp(name, "..", 2) == 0)) {
		memmove(w->rest, name + len, strlen(name + len) + 1);
		return 0;
	}
	r = append(w->real, name, len);
	if (r < 0)
		return r;
	memmove(w->rest, name + len, strlen(name + len) + 1);
	n = readlinkat(tree->fd, w->real, target, sizeof(target) - 1);
	if (n < 0)
		return errno == EINVAL ? 0 : -errno;
	target[n] = 0;
	return follow(w, links, target);
}

int rd_tree_resolve(const struct rd_tree *tree, const char *path,
		    struct rd_archive *links, char ret_real[PATH_MAX],
		    struct zb_diag *diag)
{
	struct walk w = { .real = ret_real };
	int r = 0;

	ret_real[0] = 0;
	if (snprintf(w.rest, sizeof(w.rest), "%s", path) >= PATH_MAX)
		r = ZB_ENAMETOOLONG;
	while (r == 0 && w.rest[0])
		r = step(tree, &w, links);
	if (r < 0)
		return zb_fail(diag, r, path, ZB_DIAG_NO_OFFSET, "in the tree %s: %s",
			       tree->root, zb_error_text(r));
	return 0;
}

static int read_whole(int fd, size_t size, uint8_t **ret_data, size_t *ret_len)
{
	uint8_t *data = malloc(size + 1);
	size_t have = 0;

	if (!data)
		return ZB_ENOMEM;
	while (have < size) {
		ssize_t n = read(fd, data + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int r = n < 0 ? -errno : ZB_EAGAIN; /* it has shrunk */

			free(data);
			return r;
		}
		have += (size_t)n;
	}
	data[have] = 0;
	*ret_data = data;
	*ret_len = have;
	return 0;
}

/* real has no symbolic links. */
static int read_real(const struct rd_tree *tree, const char *real, uint8_t **ret_data,
		     size_t *ret_len, struct stat *ret_st)
{
	int fd = openat(tree->fd, real, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	int r;

	if (fd < 0)
		return -errno;
	if (fstat(fd, ret_st) < 0)
		r = -errno;
	else if (!S_ISREG(ret_st->st_mode))
		r = ZB_EINVAL;
	else if ((uint64_t)ret_st->st_size > MAX_FILE_SIZE)
		r = ZB_E2BIG;
	else
		r = read_whole(fd, (size_t)ret_st->st_size, ret_data, ret_len);
	close(fd);
	return r;
}

int rd_tree_read(const struct rd_tree *tree, const char *path, uint8_t **ret_data,
		 size_t *ret_len, struct zb_diag *diag)
{
	char real[PATH_MAX];
	struct stat st;
	int r = rd_tree_resolve(tree, path, NULL, real, diag);

	if (r < 0)
		return r;
	r = read_real(tree, real, ret_data, ret_len, &st);
	if (r < 0)
		return zb_fail(diag, r, path, ZB_DIAG_NO_OFFSET, "in the tree %s: %s",
			       tree->root, zb_error_text(r));
	return 0;
}

bool rd_tree_exists(const struct rd_tree *tree, const char *path)
{
	char real[PATH_MAX];

	return rd_tree_resolve(tree, path, NULL, real, NULL) == 0;
}

static int not_dots(const struct dirent *e)
{
	return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

/* Not alphasort(): the order must not depend on the locale. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int rd_tree_list(const struct rd_tree *tree, const char *path, rd_tree_fn fn, void *ctx,
		 struct zb_diag *diag)
{
	struct dirent **names;
	char real[PATH_MAX];
	int n, r = rd_tree_resolve(tree, path, NULL, real, diag);

	if (r < 0)
		return r;
	n = scandirat(tree->fd, real[0] ? real : ".", &names, not_dots, by_bytes);
	if (n < 0)
		return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET,
			       "cannot list it: %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		if (r == 0)
			r = fn(ctx, names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return r;
}

int rd_tree_add(const struct rd_tree *tree, struct rd_archive *archive, const char *path,
		struct zb_diag *diag)
{
	char real[PATH_MAX];
	uint8_t *data;
	struct stat st;
	size_t len;
	int r = rd_tree_resolve(tree, path, archive, real, diag);

	if (r < 0)
		return r;
	r = read_real(tree, real, &data, &len, &st);
	if (r == 0)
		r = rd_archive_file(archive, real, st.st_mode & 0111 ? 0755 : 0644, data,
				    len);
	if (r < 0)
		return zb_fail(diag, r, path, ZB_DIAG_NO_OFFSET, "in the tree %s: %s",
			       tree->root, zb_error_text(r));
	return 0;
}
