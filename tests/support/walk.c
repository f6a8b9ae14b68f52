/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include "fmt/enums.h"
#include "tests/support/small_pool.h"
#include "tests/support/walk.h"

#define MAX_DATASETS 200
#define MAX_FILES    2000
#define MAX_DEPTH    8

struct walk {
	struct zr_pool *pool;
	struct zr_fs *fs;
	const char *parent;
	char sep;
	unsigned int depth;
	bool whole;
	struct walk_counts *counts;
	struct zb_diag diag;
};

static void check(struct walk *w, int error)
{
	if (error < 0)
		w->counts->faults++;
}

static int see_xattr(void *ctx, const char *name, struct zb_span value)
{
	struct walk *w = ctx;

	w->counts->xattrs++;
	w->counts->bytes += value.len;
	return w->counts->xattrs > MAX_FILES;
}

/* Start, middle and end of a file's contents, or of a volume's if there is one. */
static void read_places(struct walk *w, struct zr_volume *vol, const struct zr_stat *st)
{
	uint8_t data[3000];
	const uint64_t places[] = { 0, st->size / 2,
				    st->size > sizeof(data) ? st->size - sizeof(data)
							    : 0 };
	int64_t n;

	for (unsigned int i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		n = vol ? zr_volume_read(vol, places[i], data, sizeof(data), &w->diag)
			: zr_fs_read(w->fs, st->object, places[i], data, sizeof(data),
				     &w->diag);
		check(w, n < 0 ? -1 : 0);
		w->counts->bytes += n > 0 ? (uint64_t)n : 0;
	}
}

static int see_file(void *ctx, const struct zr_dirent *entry)
{
	struct walk *w = ctx, below = *w;
	char target[4096];
	struct zr_stat st;
	int error;

	if (++w->counts->files > MAX_FILES)
		return 1;
	error = zr_fs_stat(w->fs, entry->object, &st, &w->diag);
	check(w, error);
	if (error)
		return 0;
	check(w, zr_fs_xattrs(w->fs, entry->object, see_xattr, w, &w->diag));
	switch (st.mode >> 12 & 15) {
	case 4:
		below.depth++;
		if (below.depth < MAX_DEPTH)
			check(w, zr_fs_readdir(w->fs, entry->object, see_file, &below,
					       &w->diag));
		break;
	case 10:
		check(w, zr_fs_readlink(w->fs, entry->object, target, sizeof(target),
					&w->diag));
		break;
	case 8:
		read_places(w, NULL, &st);
		break;
	default:
		break;
	}
	return 0;
}

static void see_files(struct walk *w, struct zr_dataset *ds)
{
	static const char *const paths[] = { "/boot/vmlinuz-6.1", "absolute", "loop-a",
					     "dir/below/../../file", "none" };
	struct zr_stat root;
	int error = zr_fs_open(ds, &w->fs, &w->diag);

	check(w, error);
	if (error)
		return;
	for (unsigned int i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		check(w, zr_fs_lookup(w->fs, paths[i], true, &root, &w->diag));
	error = zr_fs_lookup(w->fs, "", true, &root, &w->diag);
	check(w, error);
	if (!error)
		check(w, zr_fs_readdir(w->fs, root.object, see_file, w, &w->diag));
	zr_fs_close(w->fs);
	w->fs = NULL;
}

static void see_volume(struct walk *w, struct zr_dataset *ds)
{
	struct zr_volume *vol;
	struct zr_stat st;
	int error = zr_volume_open(ds, &vol, &w->diag);

	check(w, error);
	if (error)
		return;
	zr_volume_stat(vol, &st);
	read_places(w, vol, &st);
	zr_volume_close(vol);
}

/* Whether its key is one of those that the tests' pools have. */
static bool unlock(struct walk *w, struct zr_dataset *ds)
{
	struct zr_encryption e;
	struct zb_span key;

	if (zr_dataset_encryption(ds, &e, &w->diag))
		return false;
	key = small_secret_key(e.keyformat);
	return e.unlocked || zr_pool_unlock(w->pool, e.root, key, &w->diag) == 0;
}

static int see_dataset(struct walk *w, const char *name);

static int see_member(void *ctx, const char *name)
{
	struct walk *w = ctx;
	char full[2 * ZR_NAME_MAX];

	snprintf(full, sizeof(full), "%s%c%s", w->parent, w->sep, name);
	return see_dataset(w, full);
}

static int see_dataset(struct walk *w, const char *name)
{
	static const char *const properties[] = { "mountpoint", "compression",
						  "org.zfsbootmenu:commandline",
						  "version", "canmount" };
	struct walk below = *w;
	struct zr_dataset_info info;
	struct zr_dataset *ds;
	char value[1024], source[ZR_NAME_MAX];
	bool open;
	int error;

	if (++w->counts->datasets > MAX_DATASETS)
		return 1;
	error = zr_dataset_open(w->pool, name, &ds, &w->diag);
	check(w, error);
	if (error)
		return 0;
	info.encrypted = false;
	info.type = ZF_OST_ZFS;
	check(w, zr_dataset_info(ds, &info, &w->diag));
	open = !info.encrypted || (w->whole && unlock(w, ds));
	for (unsigned int i = 0; open && i < sizeof(properties) / sizeof(properties[0]);
	     i++) {
		error = zr_dataset_property(ds, properties[i], value, sizeof(value),
					    source, &w->diag);
		check(w, error == ZB_ENOENT ? 0 : error);
	}
	if (open && w->whole && info.type == ZF_OST_ZVOL)
		see_volume(w, ds);
	else if (open)
		see_files(w, ds);
	below.parent = name;
	below.sep = '@';
	check(w, zr_dataset_snapshots(ds, see_member, &below, &w->diag));
	below.sep = '/';
	check(w, zr_dataset_children(ds, see_member, &below, &w->diag));
	zr_dataset_close(ds);
	return 0;
}

static int walk(const struct zr_host *host, const struct zr_dev *const *devs,
		unsigned int n, bool whole, struct walk_counts *ret_counts)
{
	struct walk_counts counts = { 0 };
	struct walk w = { .counts = &counts, .whole = whole };
	struct zr_pool_info info;
	int error = zr_pool_open(host, devs, n, 0, &w.pool, &w.diag);

	if (!error) {
		zr_pool_info(w.pool, &info);
		see_dataset(&w, info.name);
		zr_pool_close(w.pool);
	}
	*ret_counts = counts;
	return error;
}

int walk_pool(const struct zr_host *host, const struct zr_dev *const *devs,
	      unsigned int n, struct walk_counts *ret_counts)
{
	return walk(host, devs, n, false, ret_counts);
}

int walk_whole_pool(const struct zr_host *host, const struct zr_dev *const *devs,
		    unsigned int n, struct walk_counts *ret_counts)
{
	return walk(host, devs, n, true, ret_counts);
}
