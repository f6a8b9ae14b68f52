/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "cmd/ramdisk.h"
#include "cmd/ramdisk/elf.h"
#include "cmd/ramdisk/modules.h"
#include "cmd/ramdisk/text.h"

/* build/zlive-init, put into this program by tools/embed.S. */
extern const uint8_t embed_init_start[], embed_init_end[];

struct builder {
	const struct ramdisk_options *o;
	struct rd_tree tree;
	struct rd_archive archive;
	char kernel[256];
	struct zb_diag *diag;
};

static unsigned int level_of(const struct ramdisk_options *o)
{
	return o->level ? o->level : RAMDISK_LEVEL;
}

static int fail_memory(struct builder *b)
{
	return zb_fail(b->diag, ZB_ENOMEM, b->o->output, ZB_DIAG_NO_OFFSET, "no memory");
}

static void warn(struct builder *b, int error, const char *object, const char *text)
{
	struct zb_diag what;

	if (!b->o->warn)
		return;
	zb_fail(&what, error, object, ZB_DIAG_NO_OFFSET, "%s", text);
	b->o->warn(b->o->warn_ctx, &what);
}

/* ---- which kernel ---- */

struct kernels {
	const struct rd_tree *tree;
	char names[200]; /* of all, for a message */
	char *buf;
	size_t size;
	unsigned int n;
};

static int take_kernel(void *ctx, const char *name)
{
	struct kernels *k = ctx;
	size_t have = strlen(k->names);
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/lib/modules/%s/modules.dep", name);
	if (!rd_tree_exists(k->tree, path))
		return 0;
	snprintf(k->names + have, sizeof(k->names) - have, "%s%s", k->n ? ", " : "",
		 name);
	if (snprintf(k->buf, k->size, "%s", name) >= (int)k->size)
		return ZB_ENAMETOOLONG;
	k->n++;
	return 0;
}

static int find_kernel(const struct rd_tree *tree, char *buf, size_t size,
		       struct zb_diag *diag)
{
	struct kernels k = { .tree = tree, .buf = buf, .size = size };
	int r = rd_tree_list(tree, "/lib/modules", take_kernel, &k, diag);

	if (r == ZB_ENOENT || (r == 0 && k.n == 0))
		return zb_fail(diag, ZB_ENOENT, tree->root, ZB_DIAG_NO_OFFSET,
			       "the tree has no kernel with modules in /lib/modules");
	if (r == 0 && k.n > 1)
		return zb_fail(diag, ZB_EINVAL, tree->root, ZB_DIAG_NO_OFFSET,
			       "the tree has several kernels, name one: %s", k.names);
	return r;
}

int ramdisk_kernel(const char *root, char *buf, size_t size, struct zb_diag *diag)
{
	struct rd_tree tree;
	int r = rd_tree_open(&tree, root, diag);

	if (r == 0)
		r = find_kernel(&tree, buf, size, diag);
	rd_tree_close(&tree);
	return r;
}

/* ---- what goes in ---- */

static int read_init(struct builder *b, uint8_t **ret_data, size_t *ret_len)
{
	struct rd_tree here;
	size_t len = (size_t)(embed_init_end - embed_init_start);
	int r;

	if (!b->o->init) {
		*ret_data = malloc(len);
		if (!*ret_data)
			return fail_memory(b);
		memcpy(*ret_data, embed_init_start, len);
		*ret_len = len;
		return 0;
	}
	r = rd_tree_open(&here, b->o->init[0] == '/' ? "/" : ".", b->diag);
	if (r == 0)
		r = rd_tree_read(&here, b->o->init, ret_data, ret_len, b->diag);
	rd_tree_close(&here);
	return r;
}

static int add_skeleton(struct builder *b)
{
	static const char *const dirs[] = { "dev",     "etc", "proc",	 "run",	    "sys",
					    "sysroot", "tmp", "usr/bin", "usr/sbin" };
	uint8_t *init;
	size_t len;
	int r = read_init(b, &init, &len);

	if (r < 0)
		return r;
	r = rd_archive_file(&b->archive, "init", 0755, init, len);
	for (size_t i = 0; r == 0 && i < sizeof(dirs) / sizeof(dirs[0]); i++)
		r = rd_archive_dir(&b->archive, dirs[i], 0755);
	/* The kernel opens it for /init before anything is mounted. */
	if (r == 0)
		r = rd_archive_node(&b->archive, "dev/console", S_IFCHR | 0600, 5, 1);
	/* The kernel and libzfs call modprobe by this name; /init answers to it. */
	if (r == 0)
		r = rd_archive_link(&b->archive, "usr/sbin/modprobe", "/init");
	/* libzfs reads it for what is mounted. */
	if (r == 0)
		r = rd_archive_link(&b->archive, "etc/mtab", "/proc/self/mounts");
	return r < 0 ? fail_memory(b) : 0;
}

/* Both layouts of a tree, merged /usr or not, give /bin and /sbin. */
static int add_merged_links(struct builder *b)
{
	static const char *const names[] = { "bin", "sbin", "lib" };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		char target[16];
		bool found;

		rd_archive_find(&b->archive, names[i], &found);
		snprintf(target, sizeof(target), "usr/%s", names[i]);
		if (!found)
			r = rd_archive_link(&b->archive, names[i], target);
	}
	return r < 0 ? fail_memory(b) : 0;
}

static int find_program(struct builder *b, const char *name, const char *package,
			char path[PATH_MAX])
{
	static const char *const folders[] = { "/sbin",		  "/bin",
					       "/usr/sbin",	  "/usr/bin",
					       "/usr/local/sbin", "/usr/local/bin" };

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, PATH_MAX, "%s/%s", folders[i], name);
		if (rd_tree_exists(&b->tree, path))
			return 0;
	}
	return zb_fail(b->diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET,
		       "is not in the tree %s; install the package %s there", b->o->root,
		       package);
}

/* The rescue shell must run whatever happened to libraries. */
static int add_busybox(struct builder *b, struct rd_elf *elf)
{
	char path[PATH_MAX], real[PATH_MAX], target[PATH_MAX + 1];
	int r = find_program(b, "busybox", "busybox-static", path);

	if (r == 0)
		r = rd_elf_add(elf, path, b->diag);
	if (r == 0)
		r = rd_tree_resolve(&b->tree, path, NULL, real, b->diag);
	if (r < 0)
		return r;
	snprintf(target, sizeof(target), "/%s", real);
	return rd_archive_link(&b->archive, "usr/bin/sh", target) < 0 ? fail_memory(b)
								      : 0;
}

/* LD_LIBRARY_PATH for folders that only the absent ld.so.cache knows. */
static int add_library_path(struct builder *b, const struct rd_elf *elf)
{
	struct rd_text t = { NULL };
	bool ok = true;

	if (elf->used.n == 0)
		return 0;
	for (unsigned int i = 0; ok && i < elf->used.n; i++)
		ok = (i == 0 || rd_text_add(&t, ":", 1)) &&
		     rd_text_add(&t, elf->used.dir[i], strlen(elf->used.dir[i]));
	if (!ok) {
		free(t.text);
		return fail_memory(b);
	}
	if (rd_archive_file(&b->archive, "etc/zlive/library-path", 0644,
			    (uint8_t *)t.text, t.len) < 0)
		return fail_memory(b);
	return 0;
}

static int add_programs(struct builder *b)
{
	static const char *const names[] = { "zpool", "zfs", "mount.zfs" };
	char path[PATH_MAX];
	struct rd_elf elf;
	int r = rd_elf_init(&elf, &b->tree, &b->archive, b->diag);

	for (size_t i = 0; r == 0 && i < sizeof(names) / sizeof(names[0]); i++) {
		r = find_program(b, names[i], "zfsutils-linux", path);
		if (r == 0)
			r = rd_elf_add(&elf, path, b->diag);
	}
	/* glibc loads it by itself when a thread is cancelled; musl needs none. */
	if (r == 0 && rd_elf_add_library(&elf, "libgcc_s.so.1", path, b->diag) < 0)
		warn(b, ZB_ENOENT, "libgcc_s.so.1", "is not in the tree; left out");
	if (r == 0)
		r = add_busybox(b, &elf);
	if (r == 0)
		r = add_library_path(b, &elf);
	rd_elf_done(&elf);
	return r;
}

/* ---- modules ---- */

static int want_named(struct builder *b, struct rd_modules *m, const char *name)
{
	int r = rd_modules_want(m, name);

	if (r == ZB_ENOENT)
		return zb_fail(b->diag, r, name, ZB_DIAG_NO_OFFSET,
			       "the kernel %s in the tree %s has no such module%s",
			       b->kernel, b->o->root,
			       strcmp(name, "zfs") == 0
				       ? "; is it built (zfs-dkms, linux-headers)?"
				       : "");
	return r < 0 ? fail_memory(b) : 0;
}

/* /etc/zlive/modules: a name a line. */
static int want_listed(struct builder *b, struct rd_modules *m)
{
	uint8_t *data;
	size_t len;
	int r = rd_tree_read(&b->tree, "/etc/zlive/modules", &data, &len, NULL);

	if (r < 0)
		return r == ZB_ENOENT ? 0 : r;
	for (const char *line = (char *)data; *line && r == 0;
	     line = rd_text_next(line)) {
		char name[128];

		if (rd_text_get(line, 0, name, sizeof(name)) && name[0] != '#')
			r = want_named(b, m, name);
	}
	free(data);
	return r;
}

/* A stick without these works on few machines; a kernel for one machine may do without. */
static void check_common(struct builder *b, const struct rd_modules *m)
{
	static const char *const names[] = { "xhci_pci", "usb_storage", "uas",	 "sd_mod",
					     "ahci",	 "nvme",	"usbhid" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!rd_modules_find(m, names[i]) && !rd_modules_builtin(m, names[i]))
			warn(b, ZB_ENOENT, names[i], "the kernel has no such driver");
}

static int add_modules(struct builder *b)
{
	struct rd_modules m;
	int r = rd_modules_open(&m, &b->tree, b->kernel, b->diag);

	if (r == 0)
		r = want_named(b, &m, "zfs");
	for (const char *const *p = rd_modules_default; r == 0 && *p; p++)
		if (rd_modules_want_pattern(&m, *p) < 0)
			r = fail_memory(b);
	for (unsigned int i = 0; r == 0 && i < b->o->n_modules; i++)
		r = want_named(b, &m, b->o->modules[i]);
	if (r == 0)
		r = want_listed(b, &m);
	if (r == 0) {
		check_common(b, &m);
		r = rd_modules_add(&m, &b->archive, level_of(b->o), b->diag);
	}
	rd_modules_close(&m);
	return r;
}

/* /etc/hostid is four bytes in the machine's order; every machine of ours is little-endian. */
static int add_hostid(struct builder *b)
{
	uint8_t *id = malloc(4);

	if (!id)
		return fail_memory(b);
	if (b->o->hostid) {
		zb_store32(id, ZB_LE, b->o->hostid);
		if (rd_archive_file(&b->archive, "etc/hostid", 0644, id, 4) < 0)
			return fail_memory(b);
		return 0;
	}
	free(id);
	if (!rd_tree_exists(&b->tree, "/etc/hostid"))
		return 0;
	return rd_tree_add(&b->tree, &b->archive, "/etc/hostid", b->diag);
}

static int build(struct builder *b)
{
	struct rd_write_options w = { .output = b->o->output,
				      .time = b->o->time,
				      .level = level_of(b->o),
				      .threads = b->o->threads };
	int r = 0;

	if (b->o->kernel)
		snprintf(b->kernel, sizeof(b->kernel), "%s", b->o->kernel);
	else
		r = find_kernel(&b->tree, b->kernel, sizeof(b->kernel), b->diag);
	if (r == 0)
		r = add_skeleton(b);
	if (r == 0)
		r = add_programs(b);
	if (r == 0)
		r = add_modules(b);
	if (r == 0)
		r = add_hostid(b);
	if (r == 0)
		r = add_merged_links(b);
	return r < 0 ? r : rd_archive_write(&b->archive, &w, b->diag);
}

int ramdisk_build(const struct ramdisk_options *options, struct zb_diag *diag)
{
	struct builder b = { .o = options, .diag = diag };
	int r = rd_tree_open(&b.tree, options->root, diag);

	if (r == 0)
		r = build(&b);
	rd_archive_done(&b.archive);
	rd_tree_close(&b.tree);
	return r;
}
