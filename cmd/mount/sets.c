/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/mount/mount.h"
#include "fmt/enums.h"

static struct mnt_set **bucket(struct mnt *m, uint64_t id)
{
	return &m->bucket[id % MNT_BUCKETS];
}

static struct mnt_set *find(const struct mnt *m, uint64_t id)
{
	struct mnt_set *set = m->bucket[id % MNT_BUCKETS];

	while (set && set->id != id)
		set = set->hash_next;
	return set;
}

static struct mnt_set *make_set(struct mnt *m, uint64_t id, const char *name)
{
	struct mnt_set *set = calloc(1, sizeof(*set) + strlen(name) + 1);

	if (!set)
		return NULL;
	set->id = id;
	memcpy(set->name, name, strlen(name) + 1);
	set->hash_next = *bucket(m, id);
	*bucket(m, id) = set;
	return set;
}

/* ---- open sets, of which there is a limit ---- */

static void unlink_use(struct mnt *m, struct mnt_set *set)
{
	*(set->newer ? &set->newer->older : &m->newest) = set->older;
	*(set->older ? &set->older->newer : &m->oldest) = set->newer;
	set->newer = set->older = NULL;
}

static void link_newest(struct mnt *m, struct mnt_set *set)
{
	set->older = m->newest;
	set->newer = NULL;
	*(m->newest ? &m->newest->newer : &m->oldest) = set;
	m->newest = set;
}

static void close_set(struct mnt *m, struct mnt_set *set)
{
	unlink_use(m, set);
	m->n_open--;
	zr_fs_close(set->fs);
	zr_volume_close(set->vol);
	set->fs = NULL;
	set->vol = NULL;
}

static int open_dataset(struct mnt_set *set, struct zr_dataset *ds, struct zb_diag *diag)
{
	struct zr_dataset_info info;
	struct zr_volume *vol = NULL;
	struct zr_fs *fs = NULL;
	char visible[16] = "";
	int error = zr_dataset_info(ds, &info, diag);

	if (!error && info.type == ZF_OST_ZVOL)
		error = zr_volume_open(ds, &vol, diag);
	else if (!error)
		error = zr_fs_open(ds, &fs, diag);
	if (error)
		return error;
	if (fs && zr_fs_root(fs) > MNT_OBJ_LAST) {
		zr_fs_close(fs);
		return zb_fail(diag, ZB_ECORRUPT, set->name, ZB_DIAG_NO_OFFSET,
			       "the number of its root directory makes no sense");
	}
	if (fs &&
	    zr_dataset_property(ds, "snapdir", visible, sizeof(visible), NULL, diag))
		visible[0] = '\0';
	set->fs = fs;
	set->vol = vol;
	set->kind = vol ? MNT_VOLUME : MNT_FS;
	set->root = vol ? MNT_OBJ_VOLUME : zr_fs_root(fs);
	set->referenced = info.referenced;
	set->created = info.creation_time;
	set->shows_zfs = strcmp(visible, "visible") == 0;
	return 0;
}

int mnt_set_open(struct mnt *m, struct mnt_set *set)
{
	struct zr_dataset *ds;
	struct zb_diag diag;
	int error;

	if (set->kind == MNT_HOLDER)
		return 0;
	if (set->kind == MNT_CLOSED)
		return set->error;
	if (set->fs || set->vol) {
		unlink_use(m, set);
		link_newest(m, set);
		return 0;
	}
	while (m->n_open >= MNT_SETS_OPEN)
		close_set(m, m->oldest);
	error = zr_dataset_open(m->pool, set->name, &ds, &diag);
	if (!error) {
		error = open_dataset(set, ds, &diag);
		zr_dataset_close(ds);
	}
	if (!error) {
		link_newest(m, set);
		m->n_open++;
		return 0;
	}
	error = mnt_fail(m, error, &diag);
	if (set->kind == MNT_UNKNOWN && error != -ENOMEM) {
		set->kind = MNT_CLOSED;
		set->error = error;
	}
	return error;
}

/* ---- from names to sets ---- */

/* The set of a dataset or snapshot by its full name. */
static int get_set(struct mnt *m, const char *name, uint64_t above,
		   struct mnt_set **ret_set, struct zb_diag *diag)
{
	struct zr_dataset *ds;
	struct mnt_set *set;
	uint64_t id;
	int error = zr_dataset_open(m->pool, name, &ds, diag);

	if (error)
		return error;
	id = zr_dataset_object(ds);
	zr_dataset_close(ds);
	if (id >= 1ULL << (64 - MNT_OBJ_BITS))
		return zb_fail(diag, ZB_E2BIG, name, ZB_DIAG_NO_OFFSET,
			       "its number in the pool is too high for a mount");
	set = find(m, id);
	if (!set) {
		set = make_set(m, id, name);
		if (!set)
			return zb_fail(diag, ZB_ENOMEM, name, ZB_DIAG_NO_OFFSET,
				       "out of memory");
		set->above = above;
		set->is_snapshot = strchr(name, '@') != NULL;
	}
	*ret_set = set;
	return 0;
}

struct child_list {
	struct mnt_set *set;
	unsigned int size;
};

static int add_child(void *ctx, const char *name)
{
	struct child_list *list = ctx;
	struct mnt_set *set = list->set;
	struct mnt_child *at;

	if (set->n_children == list->size) {
		list->size = list->size ? 2 * list->size : 16;
		at = realloc(set->children, list->size * sizeof(*at));
		if (!at)
			return ZB_ENOMEM;
		set->children = at;
	}
	at = &set->children[set->n_children];
	at->set = NULL;
	at->name = strdup(name);
	if (!at->name)
		return ZB_ENOMEM;
	set->n_children++;
	return 0;
}

static void drop_children(struct mnt_set *set)
{
	for (unsigned int i = 0; i < set->n_children; i++)
		free(set->children[i].name);
	free(set->children);
	set->children = NULL;
	set->n_children = 0;
}

int mnt_set_load_children(struct mnt *m, struct mnt_set *set)
{
	struct child_list list = { .set = set };
	struct zr_dataset *ds;
	struct zb_diag diag;
	int error;

	if (set->has_children || set->is_snapshot)
		return 0;
	zb_fail(&diag, ZB_ENOMEM, set->name, ZB_DIAG_NO_OFFSET, "out of memory");
	error = zr_dataset_open(m->pool, set->name, &ds, &diag);
	if (!error) {
		error = zr_dataset_children(ds, add_child, &list, &diag);
		zr_dataset_close(ds);
	}
	if (error) {
		drop_children(set);
		return mnt_fail(m, error, &diag);
	}
	set->has_children = true;
	return 0;
}

static int compare_child(const void *name, const void *child)
{
	return strcmp(name, ((const struct mnt_child *)child)->name);
}

bool mnt_set_has_child(const struct mnt_set *set, const char *name)
{
	return set->n_children && bsearch(name, set->children, set->n_children,
					  sizeof(*set->children), compare_child);
}

/* The full name of what is named `name` in a set; longer ones do not exist. */
static bool full_name(char full[ZR_NAME_MAX], const struct mnt_set *set, char sep,
		      const char *name)
{
	return snprintf(full, ZR_NAME_MAX, "%s%c%s", set->name, sep, name) < ZR_NAME_MAX;
}

static int get_child(struct mnt *m, struct mnt_set *set, struct mnt_child *child)
{
	char full[ZR_NAME_MAX];
	struct zb_diag diag;
	int error;

	if (child->set)
		return 0;
	if (!full_name(full, set, '/', child->name))
		return -ENAMETOOLONG;
	error = get_set(m, full, mnt_root_node(m, set), &child->set, &diag);
	return error ? mnt_fail(m, error, &diag) : 0;
}

/* VOLUME@SNAPSHOT in the directory that holds the volume. */
static int volume_snapshot(struct mnt *m, struct mnt_set *set, const char *name,
			   struct mnt_set **ret_set)
{
	const char *at = strchr(name, '@');
	struct mnt_set *volume;
	char *part;
	int error;

	if (!at)
		return -ENOENT;
	part = strndup(name, (size_t)(at - name));
	if (!part)
		return -ENOMEM;
	error = strchr(at + 1, '@') ? -ENOENT : mnt_set_child(m, set, part, &volume);
	free(part);
	if (!error)
		error = mnt_set_open(m, volume);
	if (error || volume->kind != MNT_VOLUME)
		return -ENOENT;
	return mnt_set_snapshot(m, volume, at + 1, mnt_root_node(m, set), ret_set);
}

int mnt_set_child(struct mnt *m, struct mnt_set *set, const char *name,
		  struct mnt_set **ret_set)
{
	struct mnt_child *child = NULL;
	int error;

	if (set->n_children)
		child = bsearch(name, set->children, set->n_children,
				sizeof(*set->children), compare_child);
	if (!child)
		return volume_snapshot(m, set, name, ret_set);
	error = get_child(m, set, child);
	if (!error)
		*ret_set = child->set;
	return error;
}

int mnt_set_snapshot(struct mnt *m, struct mnt_set *set, const char *name, uint64_t above,
		     struct mnt_set **ret_set)
{
	char full[ZR_NAME_MAX];
	struct zb_diag diag;
	int error;

	if (set->is_snapshot || strchr(name, '@') || strchr(name, '/') ||
	    !full_name(full, set, '@', name))
		return -ENOENT;
	error = get_set(m, full, above, ret_set, &diag);
	if (error == ZB_ENOENT)
		return -ENOENT;
	return error ? mnt_fail(m, error, &diag) : 0;
}

struct mnt_set *mnt_set_of(const struct mnt *m, uint64_t node)
{
	uint64_t id = node >> MNT_OBJ_BITS;

	return id ? find(m, id) : m->root;
}

/* ---- the mount's own ---- */

/* A volume has no directory to be mounted as: it gets one, with the volume in it. */
static int hold_volume(struct mnt *m, struct mnt_set *volume)
{
	const char *name = strrchr(volume->name, '/');
	struct mnt_set *holder = make_set(m, 0, "");

	if (!holder)
		return -ENOMEM;
	holder->kind = MNT_HOLDER;
	holder->root = MNT_OBJ_CLOSED;
	holder->created = volume->created;
	holder->children = calloc(1, sizeof(*holder->children));
	holder->has_children = true;
	m->root = holder;
	if (!holder->children)
		return -ENOMEM;
	holder->children->set = volume;
	holder->children->name = strdup(name ? name + 1 : volume->name);
	holder->n_children = holder->children->name ? 1 : 0;
	volume->above = FUSE_ROOT_ID;
	return holder->n_children ? 0 : -ENOMEM;
}

static int take_root(struct mnt *m, struct mnt_set *set)
{
	int error = mnt_set_open(m, set);

	/* What lies below may be readable. */
	if (error == -ENOKEY && !set->is_snapshot)
		error = 0;
	if (!error && set->kind == MNT_VOLUME)
		return hold_volume(m, set);
	m->root = set;
	return error;
}

int mnt_sets_init(struct mnt *m, const char *dataset, struct zb_diag *diag)
{
	struct mnt_set *set;
	int error = get_set(m, dataset, FUSE_ROOT_ID, &set, diag);

	if (error)
		return error;
	if (take_root(m, set))
		return zb_fail(diag, ZB_EIO, dataset, ZB_DIAG_NO_OFFSET,
			       "cannot be mounted");
	return 0;
}

void mnt_sets_done(struct mnt *m)
{
	while (m->oldest)
		close_set(m, m->oldest);
	for (unsigned int i = 0; i < MNT_BUCKETS; i++) {
		while (m->bucket[i]) {
			struct mnt_set *set = m->bucket[i];

			m->bucket[i] = set->hash_next;
			drop_children(set);
			free(set);
		}
	}
}
