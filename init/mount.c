/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include "init/import.h"
#include "init/overlay.h"
#include "init/run.h"

#define MAX_DATASETS 256
#define TRIES	     3

/* A line of `zfs list`. */
struct dataset {
	const char *name, *mountpoint, *canmount, *keystatus, *encroot, *mounted,
		*readonly;
	const char *atime, *relatime, *devices, *exec, *setuid;
	/* Where these say anything, mount.zfs has to see to it. */
	const char *nbmand, *context, *fscontext, *defcontext, *rootcontext;
};

struct list {
	char text[65536];
	struct dataset at[MAX_DATASETS];
	unsigned int n;
};

static bool split(char *line, struct dataset *ret)
{
	const char **const to[] = { &ret->name,	      &ret->mountpoint, &ret->canmount,
				    &ret->keystatus,  &ret->encroot,	&ret->mounted,
				    &ret->readonly,   &ret->atime,	&ret->relatime,
				    &ret->devices,    &ret->exec,	&ret->setuid,
				    &ret->nbmand,     &ret->context,	&ret->fscontext,
				    &ret->defcontext, &ret->rootcontext };

	for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++) {
		*to[i] = strsep(&line, "\t");
		if (!*to[i])
			return false;
	}
	return true;
}

/* "/" before "/usr" before "/usr/local": a mount point must not be covered by its parent. */
static int by_mountpoint(const void *a, const void *b)
{
	return strcmp(((const struct dataset *)a)->mountpoint,
		      ((const struct dataset *)b)->mountpoint);
}

static int list_datasets(const char *root, struct list *list, struct zb_diag *diag)
{
	const char *const argv[] = {
		"zfs",
		"list",
		"-H",
		"-p",
		"-r",
		"-t",
		"filesystem",
		"-o",
		"name,mountpoint,canmount,keystatus,encryptionroot,"
		"mounted,readonly,atime,relatime,devices,exec,setuid,"
		"nbmand,context,fscontext,defcontext,rootcontext",
		root,
		NULL
	};
	char *save = NULL;
	int r = zi_run_ok(argv, NULL, list->text, sizeof(list->text), diag);

	list->n = 0;
	if (r < 0)
		return r;
	for (char *line = strtok_r(list->text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (list->n < MAX_DATASETS && split(line, &list->at[list->n]))
			list->n++;
	if (list->n == 0 || strcmp(list->at[0].name, root) != 0)
		return zb_fail(diag, ZB_ENOENT, root, ZB_DIAG_NO_OFFSET,
			       "zfs list does not show the root dataset");
	qsort(list->at + 1, list->n - 1, sizeof(list->at[0]), by_mountpoint);
	return 0;
}

static int load_key(const struct zi_console *c, const char *encroot, struct zb_diag *diag)
{
	const char *const argv[] = { "zfs", "load-key", "-L", "prompt", encroot, NULL };
	char prompt[ZR_NAME_MAX + 32], passphrase[1024], out[1024];
	int r = ZB_EKEY;

	snprintf(prompt, sizeof(prompt), "Passphrase for %s: ", encroot);
	for (unsigned int i = 0; i < TRIES; i++) {
		r = zi_console_ask(c, prompt, passphrase, sizeof(passphrase) - 1);
		if (r < 0)
			return zb_fail(diag, r, encroot, ZB_DIAG_NO_OFFSET,
				       "is encrypted, and there is no console to ask on");
		strcat(passphrase, "\n");
		r = zi_run_ok(argv, passphrase, out, sizeof(out), diag);
		explicit_bzero(passphrase, sizeof(passphrase));
		if (r == 0)
			return 0;
		zi_say_diag(c, diag);
	}
	return r;
}

static int make_folders(const char *path)
{
	char copy[PATH_MAX];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return ZB_ENAMETOOLONG;
	for (char *p = copy + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		if (mkdir(copy, 0755) < 0 && errno != EEXIST && errno != EROFS)
			return -errno;
		*p = '/';
	}
	return mkdir(copy, 0755) < 0 && errno != EEXIST && errno != EROFS ? -errno : 0;
}

static bool is(const char *value, const char *text)
{
	return strcmp(value, text) == 0;
}

/*
 * What mount.zfs does where neither SELinux nor mandatory locks are asked for: the properties as
 * options, which count for this mount, and as the kernel's flags. It takes a tenth of a second of
 * an emulated processor to start. False: mount.zfs has to, and to tell why it fails.
 */
static bool mount_plainly(const struct dataset *ds, const char *where, bool read_only)
{
	const bool atime = !is(ds->atime, "off"), relatime = is(ds->relatime, "on");
	const bool dev = !is(ds->devices, "off"), exec = !is(ds->exec, "off");
	unsigned long flags = 0;
	char options[PATH_MAX + 128];

	if (!is(ds->nbmand, "off") || !is(ds->context, "none") ||
	    !is(ds->fscontext, "none") || !is(ds->defcontext, "none") ||
	    !is(ds->rootcontext, "none"))
		return false;
	snprintf(options, sizeof(options), "%s,zfsutil,%s,%s,%s,mntpoint=%s",
		 read_only ? "ro" : "rw",
		 !atime	    ? "noatime"
		 : relatime ? "atime,relatime"
			    : "atime,strictatime",
		 dev ? "dev" : "nodev", exec ? "exec" : "noexec", where);
	flags |= read_only ? MS_RDONLY : 0;
	flags |= !atime ? MS_NOATIME : relatime ? MS_RELATIME : MS_STRICTATIME;
	flags |= (dev ? 0 : MS_NODEV) | (exec ? 0 : MS_NOEXEC) |
		 (is(ds->setuid, "off") ? MS_NOSUID : 0);
	return mount(ds->name, where, "zfs", flags, options) == 0;
}

/* mount.zfs wants "zfsutil" for datasets with a mount point of their own, and only for them. */
static int mount_zfs(const struct dataset *ds, const char *where, bool read_only,
		     struct zb_diag *diag)
{
	bool legacy = strcmp(ds->mountpoint, "legacy") == 0;
	char options[32], out[1024];
	const char *const argv[] = { "mount.zfs", "-o", options, ds->name, where, NULL };

	if (mount_plainly(ds, where, read_only))
		return 0;
	snprintf(options, sizeof(options), "%s%s", read_only ? "ro" : "rw",
		 legacy ? "" : ",zfsutil");
	return zi_run_ok(argv, NULL, out, sizeof(out), diag);
}

static int mount_at(const struct dataset *ds, const char *where, enum zi_access access,
		    struct zb_diag *diag)
{
	unsigned int number;
	char lower[64];
	int r = make_folders(where);

	if (r < 0)
		return zb_fail(diag, r, where, ZB_DIAG_NO_OFFSET,
			       "cannot make the mount point: %s", strerror(-r));
	if (strcmp(ds->mounted, "yes") == 0)
		return 0; /* before a visit to the menu */
	if (access != ZI_ACCESS_MEMORY)
		return mount_zfs(ds, where,
				 access == ZI_ACCESS_READ ||
					 strcmp(ds->readonly, "on") == 0,
				 diag);
	r = zi_overlay_prepare(&number, lower, sizeof(lower), diag);
	if (r == 0)
		r = mount_zfs(ds, lower, true, diag);
	return r < 0 ? r : zi_overlay_mount(number, where, diag);
}

static bool unlocked(const struct dataset *ds)
{
	return strcmp(ds->keystatus, "unavailable") != 0;
}

/*
 * Where a dataset goes that mounts by itself. Those below the root dataset follow it: if its
 * mount point was changed to /mnt, on another machine say, theirs were too. False if the root
 * covers that place.
 */
static bool place_of(const struct dataset *ds, const char *root_point,
		     char where[PATH_MAX])
{
	const char *point = ds->mountpoint;
	size_t len = strlen(root_point);

	if (root_point[0] == '/' && len > 1 && strncmp(point, root_point, len) == 0 &&
	    (point[len] == '/' || !point[len]))
		point += len;
	snprintf(where, PATH_MAX, "/sysroot%s", point);
	return strcmp(point, "/") != 0 && point[0];
}

/* What lies below another boot environment belongs to that one. */
static bool of_another_root(const struct list *list, const struct dataset *ds)
{
	for (unsigned int i = 0; i < list->n; i++) {
		const struct dataset *root = &list->at[i];
		size_t len = strlen(root->name);

		if (strcmp(root->mountpoint, "/") == 0 &&
		    strcmp(root->canmount, "off") != 0 &&
		    strncmp(ds->name, root->name, len) == 0 && ds->name[len] == '/')
			return strcmp(root->mounted, "yes") != 0;
	}
	return false;
}

/* Those that `zfs mount -a` would mount; a failure is reported, and the system comes up. */
static void mount_others(const struct zi_console *c, const struct list *list,
			 const char *root_point, bool whole_pool, enum zi_access access)
{
	for (unsigned int i = 0; i < list->n; i++) {
		const struct dataset *ds = &list->at[i];
		struct zb_diag diag;
		char where[PATH_MAX];

		if (strcmp(ds->canmount, "on") != 0 || ds->mountpoint[0] != '/' ||
		    !place_of(ds, root_point, where) ||
		    (whole_pool && of_another_root(list, ds)))
			continue;
		if (!unlocked(ds)) {
			zi_say(c, "%s: is encrypted with a key of its own; not mounted",
			       ds->name);
			continue;
		}
		if (mount_at(ds, where, access, &diag) < 0)
			zi_say_diag(c, &diag);
	}
}

int zi_pool_bootfs(const char *pool, char root[ZR_NAME_MAX], struct zb_diag *diag)
{
	const char *const argv[] = { "zpool", "get",	"-H", "-o",
				     "value", "bootfs", pool, NULL };
	int r = zi_run_ok(argv, NULL, root, ZR_NAME_MAX, diag);

	if (r < 0)
		return r;
	if (strcmp(root, "-") == 0)
		return zb_fail(diag, ZB_ENOENT, pool, ZB_DIAG_NO_OFFSET,
			       "the pool has no bootfs, and the kernel command line no "
			       "root=ZFS=pool/dataset");
	return 0;
}

/* The pool goes by its GUID: the name in root= may be an older one. */
static int find_root(const struct zi_options *o, const char *pool, char root[ZR_NAME_MAX],
		     struct zb_diag *diag)
{
	const char *below = strchr(o->root, '/');

	if (!o->root[0])
		return zi_pool_bootfs(pool, root, diag);
	/* "root=ZFS=pool": its bootfs, else its topmost dataset. */
	if (!below && zi_pool_bootfs(pool, root, diag) == 0)
		return 0;
	if (snprintf(root, ZR_NAME_MAX, "%s%s", pool, below ? below : "") >= ZR_NAME_MAX)
		return zb_fail(diag, ZB_ENAMETOOLONG, o->root, ZB_DIAG_NO_OFFSET,
			       "the name of the root dataset is too long");
	return 0;
}

/*
 * readonly=on keeps the root from nothing here: a system that was booted from its own medium
 * wants to write, whatever was set on another machine, and zlive.ro is there for those who do
 * not. What lies below may have inherited it. Elsewhere the property counts.
 */
static void pass_over_readonly(const struct zi_console *c, struct list *list,
			       enum zi_access access)
{
	if (access != ZI_ACCESS_WRITE || strcmp(list->at[0].readonly, "on") != 0)
		return;
	zi_say(c,
	       "%s has the property readonly=on; as the root it is mounted writable, but "
	       "with zlive.ro",
	       list->at[0].name);
	for (unsigned int i = 0; i < list->n; i++)
		list->at[i].readonly = "off";
}

static int mount_list(const struct zi_console *c, enum zi_access access,
		      struct list *list, const char *root, const char *pool,
		      struct zb_diag *diag)
{
	char root_point[ZR_NAME_MAX];
	int r = list_datasets(root, list, diag);

	if (r == 0 && !unlocked(&list->at[0])) {
		r = load_key(c, list->at[0].encroot, diag);
		if (r == 0)
			r = list_datasets(root, list, diag);
	}
	if (r < 0)
		return r;
	pass_over_readonly(c, list, access);
	r = mount_at(&list->at[0], "/sysroot", access, diag);
	if (r < 0)
		return r;
	snprintf(root_point, sizeof(root_point), "%s", list->at[0].mountpoint);
	list->at[0].canmount = "off"; /* done */
	mount_others(c, list, root_point, false, access);
	if (access != ZI_ACCESS_MEMORY)
		return 0;
	r = list_datasets(pool, list, diag);
	if (r == 0)
		mount_others(c, list, root_point, true, access);
	return r;
}

int zi_mount_root(const struct zi_console *c, const struct zi_options *o,
		  enum zi_access access, const char *pool, char ret_root[ZR_NAME_MAX],
		  struct zb_diag *diag)
{
	struct list *list;
	int r = find_root(o, pool, ret_root, diag);

	if (r < 0)
		return r;
	list = malloc(sizeof(*list));
	if (!list)
		return zb_fail(diag, ZB_ENOMEM, ret_root, ZB_DIAG_NO_OFFSET, "no memory");
	r = mount_list(c, access, list, ret_root, pool, diag);
	free(list);
	return r;
}
