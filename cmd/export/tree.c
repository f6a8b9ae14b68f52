/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/export/export.h"
#include "fmt/zpl.h"

#define TARGET_SIZE 65536

static int out_of_memory(struct export *x)
{
	return zb_fail(x->diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
}

static const char *path_of(const struct export *x)
{
	return (const char *)x->path.data;
}

/* Tells why something is not, or not wholly, in the archive; 0, to go on, unless memory is out. */
static int fault(struct export *x, const char *what)
{
	char why[600], text[700];

	if (x->diag->error == ZB_ENOMEM)
		return ZB_ENOMEM;
	zb_diag_text(x->diag, why, sizeof(why));
	snprintf(text, sizeof(text), "%s: %s", what, why);
	archive_fault(&x->archive, path_of(x), text);
	return 0;
}

/* ---- one object ---- */

static int add_xattr(void *ctx, const char *name, struct zb_span value)
{
	struct export *x = ctx;

	if (strncmp(name, "system.posix_acl_", 17) == 0)
		x->posix_acl = true;
	if (pax_xattr(&x->records, name, value))
		archive_fault(&x->archive, path_of(x), "its ACL makes no sense");
	return x->records.failed ? out_of_memory(x) : 0;
}

static int add_aces(void *ctx, const struct zf_ace *aces, unsigned int n, bool trivial)
{
	struct export *x = ctx;

	if (!trivial && pax_acl(&x->records, aces, n))
		archive_fault(&x->archive, path_of(x),
			      "without its NFSv4 ACL: an entry's type has no name");
	return x->records.failed ? out_of_memory(x) : 0;
}

/* Extended attributes and ACLs. Linux goes by the POSIX ACL alone where there is one; so do we. */
static int add_attributes(struct export *x, const struct zr_stat *st)
{
	int error;

	x->posix_acl = false;
	error = zr_fs_xattrs(x->fs, st->object, add_xattr, x, x->diag);
	if (error)
		error = fault(x, "without some of its extended attributes");
	if (error || x->posix_acl || st->flags & ZF_PFLAG_ACL_TRIVIAL)
		return error;
	error = zr_fs_acl(x->fs, st->object, add_aces, x, x->diag);
	return error ? fault(x, "without its NFSv4 ACL") : 0;
}

static int add_header(struct export *x, struct pax_entry *e)
{
	e->path = path_of(x);
	e->records = &x->records;
	x->header.len = 0;
	pax_header(&x->header, e);
	if (x->header.failed)
		return out_of_memory(x);
	return archive_add(&x->archive, x->header.data, x->header.len);
}

static int add_whole(struct export *x, const struct zr_stat *st)
{
	struct pax_entry e = { .st = st, .size = st->size };
	int error = add_header(x, &e);

	if (!error && st->size > 0)
		error = archive_add_file(&x->archive, x->fs, st, path_of(x), 0, st->size);
	return error ? error : archive_pad(&x->archive);
}

static int add_sparse(struct export *x, const struct zr_stat *st,
		      const struct export_map *map)
{
	struct pax_buf head = { 0 };
	struct pax_entry e = { .st = st, .sparse = true };
	int error;

	pax_sparse_map(&head, map->at, map->n, st->size);
	e.size = head.len + map->bytes;
	error = head.failed ? out_of_memory(x) : add_header(x, &e);
	if (!error)
		error = archive_add(&x->archive, head.data, head.len);
	for (size_t i = 0; !error && i < map->n; i++)
		error = archive_add_file(&x->archive, x->fs, st, path_of(x),
					 map->at[i].offset, map->at[i].len);
	pax_buf_done(&head);
	return error ? error : archive_pad(&x->archive);
}

static int add_file(struct export *x, const struct zr_stat *st)
{
	struct export_map map;
	char what[80];
	int error;

	/* Of one block there is nothing to leave out. */
	if (st->size <= st->blksize)
		return add_whole(x, st);
	error = export_map_make(&map, x->fs, st, x->diag);
	if (error == ZB_ENOMEM) {
		error = out_of_memory(x);
	} else {
		if (map.unread) {
			snprintf(what, sizeof(what), "a hole in place of %llu bytes",
				 (unsigned long long)map.unread);
			error = fault(x, what);
		}
		if (!error && map.bytes < st->size)
			error = add_sparse(x, st, &map);
		else if (!error)
			error = add_whole(x, st);
	}
	export_map_done(&map);
	return error;
}

static int add_link(struct export *x, const struct zr_stat *st)
{
	struct pax_entry e = { .st = st, .link = x->target };

	if (zr_fs_readlink(x->fs, st->object, x->target, TARGET_SIZE, x->diag)) {
		x->left_out = true;
		return fault(x, "left out");
	}
	return add_header(x, &e);
}

/* Another name of a file that is in the archive. */
static int add_hard_link(struct export *x, const struct zr_stat *st, const char *first)
{
	struct pax_entry e = { .st = st, .link = first, .hard = true };

	x->records.len = 0;
	return add_header(x, &e);
}

static int add_object(struct export *x, struct zr_stat *st)
{
	struct pax_entry e = { .st = st };
	int error;

	x->records.len = 0;
	error = add_attributes(x, st);
	if (error)
		return error;
	switch (st->mode & S_IFMT) {
	case S_IFREG:
		return add_file(x, st);
	case S_IFLNK:
		return add_link(x, st);
	default:
		return add_header(x, &e);
	}
}

static int add_entry(struct export *x, struct zr_stat *st)
{
	const char *first = NULL;
	bool linked = st->links > 1 && !S_ISDIR(st->mode);
	int error;

	if (S_ISSOCK(st->mode)) {
		x->sockets++;
		return 0;
	}
	if (st->uid > UINT32_MAX)
		st->uid = PAX_ID_NOBODY;
	if (st->gid > UINT32_MAX)
		st->gid = PAX_ID_NOBODY;
	if (linked)
		first = export_links_find(x->links, st->object);
	if (first)
		return add_hard_link(x, st, first);
	x->left_out = false;
	error = add_object(x, st);
	/* What was left out no other name may point to. */
	if (!error && linked && !x->left_out)
		error = export_links_add(x->links, st->object, path_of(x))
				? out_of_memory(x)
				: 0;
	x->done += st->used;
	zh_progress_update(x->archive.progress, x->done);
	return error;
}

/* ---- directories ---- */

/* Appends "NAME", and '/' for a directory; gives the length before. */
static size_t path_push(struct export *x, const char *name, bool dir)
{
	size_t before = x->path.len;

	x->path.len -= x->path.len > 0;
	pax_buf_add(&x->path, name, strlen(name));
	if (dir)
		pax_buf_add(&x->path, "/", 1);
	pax_buf_add(&x->path, "", 1);
	return before;
}

static void path_pop(struct export *x, size_t before)
{
	x->path.len = before;
	if (before > 0)
		x->path.data[before - 1] = '\0';
}

static int add_directory(struct export *x, const struct zr_stat *st, unsigned int depth);

/* Directories wait until the files beside them are done: their list is short. */
static int add_child(struct export *x, const struct dirlist *list, size_t i, bool dirs,
		     unsigned int depth)
{
	struct zr_stat st;
	size_t before;
	int error;

	error = zr_fs_stat(x->fs, list->at[i].object, &st, x->diag);
	if (!error && S_ISDIR(st.mode) != dirs)
		return 0;
	if (error && dirs)
		return 0;
	before = path_push(x, dirlist_name(list, i), !error && dirs);
	if (x->path.failed)
		error = out_of_memory(x);
	else if (error)
		error = fault(x, "left out");
	else if (dirs)
		error = add_directory(x, &st, depth);
	else
		error = add_entry(x, &st);
	path_pop(x, before);
	return error;
}

static int add_children(struct export *x, const struct zr_stat *st, unsigned int depth)
{
	struct dirlist list;
	int error = dirlist_read(&list, x->fs, st->object, x->diag);

	if (error)
		error = fault(x, "not all that is in it");
	dirlist_sort_objects(&list);
	for (size_t i = 0; !error && i < list.n; i++)
		error = add_child(x, &list, i, false, depth);
	for (size_t i = 0; !error && i < list.n; i++)
		error = add_child(x, &list, i, true, depth);
	dirlist_done(&list);
	return error;
}

static int add_directory(struct export *x, const struct zr_stat *st, unsigned int depth)
{
	struct zr_stat copy = *st;
	int error;

	if (!dirlist_seen_add(&x->seen, st->object) || depth > DIRLIST_MAX_DEPTH) {
		archive_fault(&x->archive, path_of(x),
			      "left out: a directory in two places, or too deep");
		return 0;
	}
	error = add_entry(x, &copy);
	return error ? error : add_children(x, st, depth + 1);
}

int export_tree(struct export *x, uint64_t object, const char *path)
{
	struct zr_stat st;
	size_t before;
	int error = zr_fs_stat(x->fs, object, &st, x->diag);

	if (error)
		return error;
	if (!x->target)
		x->target = malloc(TARGET_SIZE);
	if (!x->target)
		return out_of_memory(x);
	before = path_push(x, path, S_ISDIR(st.mode));
	if (S_ISDIR(st.mode))
		error = add_directory(x, &st, 0);
	else
		error = add_entry(x, &st);
	path_pop(x, before);
	return error;
}
