/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "read/fs.h"

#define MAX_DEPTH 4096 /* directories; a path of more does not fit anyway */

/*
 * From an object to a path, without a map of the file system: each object knows its parent,
 * whose entries tell the name. Of several hard links the parent has the last that was made.
 */

struct find_object {
	uint64_t object;
	char name[ZR_NAME_MAX * 4]; /* with the feature longname up to 1023 bytes */
};

static int match_object(void *ctx, const struct zr_dirent *entry)
{
	struct find_object *f = ctx;
	size_t len = zb_text_len(entry->name);

	if (entry->object != f->object || len >= sizeof(f->name))
		return 0;
	__builtin_memcpy(f->name, entry->name, len + 1);
	return 1;
}

/* The name of st's object in its parent. Extended attributes hang at a file, under no name. */
static int find_name(struct zr_fs *fs, const struct zr_stat *st, struct find_object *f,
		     struct zb_diag *diag)
{
	static const char xattrs[] = "<xattrs>";
	struct zr_stat parent;
	int r = zr_fs_stat(fs, st->parent, &parent, diag);

	f->object = st->object;
	if (!r && (parent.mode & ZR_MODE_TYPE) == ZR_MODE_DIR)
		r = zr_fs_readdir(fs, st->parent, match_object, f, diag);
	if (r)
		return r < 0 ? r : 0;
	if ((st->mode & ZR_MODE_TYPE) != ZR_MODE_DIR)
		return zr_fs_fail(fs, st->object, ZB_ENOENT, diag, "is in no directory");
	__builtin_memcpy(f->name, xattrs, sizeof(xattrs));
	return 0;
}

int zr_fs_path(struct zr_fs *fs, uint64_t object, char *buf, size_t size,
	       struct zb_diag *diag)
{
	struct find_object f;
	size_t at = size, len;
	struct zr_stat st;
	int error;

	if (size < 2)
		return ZB_ENAMETOOLONG;
	buf[--at] = '\0';
	for (unsigned int depth = 0; object != fs->root; depth++) {
		error = zr_fs_stat(fs, object, &st, diag);
		if (!error)
			error = find_name(fs, &st, &f, diag);
		if (error)
			return error;
		len = zb_text_len(f.name);
		if (depth == MAX_DEPTH || len + 1 > at)
			return zr_fs_fail(fs, object, ZB_ENAMETOOLONG, diag,
					  "its path is too long or a cycle");
		at -= len;
		__builtin_memcpy(buf + at, f.name, len);
		buf[--at] = '/';
		object = st.parent;
	}
	if (buf[at] == '\0')
		buf[--at] = '/';
	__builtin_memmove(buf, buf + at, size - at);
	return 0;
}
