/* SPDX-License-Identifier: BSD-2-Clause */
#include <fnmatch.h>
#include <gelf.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/ramdisk/elf.h"

#define MAX_INCLUDES 8
#define MAX_NEEDED   256

/* What the dynamic section of an object says; the strings point into its bytes. */
struct object {
	int class;
	unsigned int machine;
	const char *interp;
	const char *rpath, *runpath;
	const char *needed[MAX_NEEDED];
	unsigned int n_needed;
};

static void dirs_done(struct rd_dirs *dirs)
{
	for (unsigned int i = 0; i < dirs->n; i++)
		free(dirs->dir[i]);
	dirs->n = 0;
}

static int dirs_add(struct rd_dirs *dirs, const char *dir, size_t len)
{
	while (len > 1 && dir[len - 1] == '/')
		len--;
	for (unsigned int i = 0; i < dirs->n; i++)
		if (strlen(dirs->dir[i]) == len && memcmp(dirs->dir[i], dir, len) == 0)
			return 0;
	if (dirs->n == RD_ELF_MAX_DIRS)
		return ZB_E2BIG;
	dirs->dir[dirs->n] = strndup(dir, len);
	return dirs->dir[dirs->n++] ? 0 : ZB_ENOMEM;
}

/* ---- ld.so.conf ---- */

struct conf {
	struct rd_elf *elf;
	const char *folder, *pattern; /* of an include line */
	unsigned int depth;
};

static int read_conf(struct rd_elf *elf, const char *path, unsigned int depth);

static int include_one(void *ctx, const char *name)
{
	struct conf *c = ctx;
	char path[PATH_MAX];

	if (fnmatch(c->pattern, name, FNM_PERIOD) != 0)
		return 0;
	if (snprintf(path, sizeof(path), "%s/%s", c->folder, name) >= (int)sizeof(path))
		return 0;
	return read_conf(c->elf, path, c->depth + 1);
}

static int include(struct rd_elf *elf, char *glob, unsigned int depth)
{
	char folder[PATH_MAX], *slash = strrchr(glob, '/');
	struct conf c = { elf, folder, slash ? slash + 1 : glob, depth };
	int r;

	if (depth >= MAX_INCLUDES)
		return ZB_ELOOP;
	/* A relative pattern is relative to the folder of ld.so.conf. */
	snprintf(folder, sizeof(folder), "%s%.*s", glob[0] == '/' ? "" : "/etc/",
		 slash ? (int)(slash - glob) : 0, glob);
	r = rd_tree_list(elf->tree, folder, include_one, &c, NULL);
	return r == ZB_ENOENT ? 0 : r;
}

/* The line without its comment and the blanks around it. */
static char *trim(char *line)
{
	size_t len = strcspn(line, "#");

	while (len > 0 && strchr(" \t\r", line[len - 1]))
		len--;
	line[len] = 0;
	return line + strspn(line, " \t");
}

static int read_conf(struct rd_elf *elf, const char *path, unsigned int depth)
{
	uint8_t *data;
	size_t len;
	char *save = NULL;
	int r = rd_tree_read(elf->tree, path, &data, &len, NULL);

	if (r < 0)
		return r == ZB_ENOENT ? 0 : r;
	for (char *line = strtok_r((char *)data, "\n", &save); line && r == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		line = trim(line);
		if (strncmp(line, "include", 7) == 0 && strchr(" \t", line[7]) && line[7])
			r = include(elf, line + 8 + strspn(line + 8, " \t"), depth);
		else if (line[0] == '/')
			r = dirs_add(&elf->conf, line, strlen(line));
	}
	free(data);
	return r;
}

int rd_elf_init(struct rd_elf *elf, const struct rd_tree *tree,
		struct rd_archive *archive, struct zb_diag *diag)
{
	int r;

	*elf = (struct rd_elf){ .tree = tree, .archive = archive };
	elf_version(EV_CURRENT);
	r = read_conf(elf, "/etc/ld.so.conf", 0);
	if (r < 0)
		return zb_fail(diag, r, "/etc/ld.so.conf", ZB_DIAG_NO_OFFSET,
			       "in the tree %s: %s", tree->root, zb_error_text(r));
	return 0;
}

void rd_elf_done(struct rd_elf *elf)
{
	if (!elf)
		return;
	dirs_done(&elf->conf);
	dirs_done(&elf->used);
}

/* ---- one object ---- */

static int take_dynamic(Elf *e, Elf_Scn *scn, const GElf_Shdr *shdr, struct object *o)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t n;

	if (!data || shdr->sh_entsize == 0)
		return ZB_ECORRUPT;
	n = data->d_size / shdr->sh_entsize;
	for (size_t i = 0; i < n && i < INT_MAX; i++) {
		GElf_Dyn dyn;
		const char *text;

		if (!gelf_getdyn(data, (int)i, &dyn) || dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag != DT_NEEDED && dyn.d_tag != DT_RPATH &&
		    dyn.d_tag != DT_RUNPATH)
			continue;
		text = elf_strptr(e, shdr->sh_link, dyn.d_un.d_val);
		if (!text)
			return ZB_ECORRUPT;
		if (dyn.d_tag == DT_RPATH)
			o->rpath = text;
		else if (dyn.d_tag == DT_RUNPATH)
			o->runpath = text;
		else if (o->n_needed == MAX_NEEDED)
			return ZB_E2BIG;
		else
			o->needed[o->n_needed++] = text;
	}
	return 0;
}

static int take_interp(Elf *e, struct object *o)
{
	size_t n, size;
	const char *image = elf_rawfile(e, &size);

	if (elf_getphdrnum(e, &n) < 0)
		return ZB_ECORRUPT;
	for (size_t i = 0; i < n && i < INT_MAX; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(e, (int)i, &phdr) || phdr.p_type != PT_INTERP)
			continue;
		if (phdr.p_filesz == 0 || phdr.p_offset > size ||
		    phdr.p_filesz > size - phdr.p_offset ||
		    image[phdr.p_offset + phdr.p_filesz - 1] != 0)
			return ZB_ECORRUPT;
		o->interp = image + phdr.p_offset;
	}
	return 0;
}

static int decode(Elf *e, struct object *o)
{
	Elf_Scn *scn = NULL;
	GElf_Ehdr ehdr;
	GElf_Shdr shdr;
	size_t size = 0;
	int r;

	if (elf_kind(e) != ELF_K_ELF || !gelf_getehdr(e, &ehdr))
		return ZB_ECORRUPT;
	/* libelf sees no sections where the table lies beyond the end; nothing would be needed. */
	elf_rawfile(e, &size);
	if (ehdr.e_shoff == 0 || ehdr.e_shoff > size ||
	    (uint64_t)ehdr.e_shnum * ehdr.e_shentsize > size - ehdr.e_shoff)
		return ZB_ECORRUPT;
	o->class = ehdr.e_ident[EI_CLASS];
	o->machine = ehdr.e_machine;
	r = take_interp(e, o);
	while (r == 0 && (scn = elf_nextscn(e, scn)))
		if (!gelf_getshdr(scn, &shdr))
			r = ZB_ECORRUPT;
		else if (shdr.sh_type == SHT_DYNAMIC)
			r = take_dynamic(e, scn, &shdr, o);
	return r;
}

/* ---- the search ---- */

static const char *triplet(unsigned int machine)
{
	return machine == EM_X86_64    ? "x86_64-linux-gnu"
	       : machine == EM_AARCH64 ? "aarch64-linux-gnu"
				       : "unknown";
}

/* True if dir holds soname for this class and machine. */
static bool candidate(const struct rd_elf *elf, const struct object *o, const char *dir,
		      const char *soname, char path[PATH_MAX])
{
	uint8_t *data;
	size_t len;
	bool fits;

	if (snprintf(path, PATH_MAX, "%s/%s", dir, soname) >= PATH_MAX ||
	    rd_tree_read(elf->tree, path, &data, &len, NULL) < 0)
		return false;
	fits = len > 20 && memcmp(data, ELFMAG, SELFMAG) == 0 &&
	       data[EI_CLASS] == o->class &&
	       zb_load16(data + 18, data[EI_DATA] == ELFDATA2MSB ? ZB_BE : ZB_LE) ==
		       o->machine;
	free(data);
	return fits;
}

/* "a:$ORIGIN/b" into dirs; origin is the folder of the object. */
static int split_rpath(struct rd_dirs *dirs, const char *rpath, const char *origin)
{
	int r = 0;

	for (const char *p = rpath; p && r == 0;
	     p = strchr(p, ':'), p = p ? p + 1 : NULL) {
		size_t len = strcspn(p, ":");
		char dir[PATH_MAX];

		if (len >= 7 && memcmp(p, "$ORIGIN", 7) == 0)
			snprintf(dir, sizeof(dir), "%s%.*s", origin, (int)len - 7, p + 7);
		else if (len >= 9 && memcmp(p, "${ORIGIN}", 9) == 0)
			snprintf(dir, sizeof(dir), "%s%.*s", origin, (int)len - 9, p + 9);
		else
			snprintf(dir, sizeof(dir), "%.*s", (int)len, p);
		if (dir[0] == '/')
			r = dirs_add(dirs, dir, strlen(dir));
	}
	return r;
}

/* The folders in which the dynamic loader looks by itself, "/lib/x86_64-linux-gnu" first. */
static void default_dirs(const struct object *o, char dir[6][64])
{
	const char *const plain[] = { "/lib", "/usr/lib", "/lib64", "/usr/lib64" };

	for (unsigned int i = 0; i < 2; i++)
		snprintf(dir[i], 64, "%s/%s", plain[i], triplet(o->machine));
	for (unsigned int i = 0; i < 4; i++)
		snprintf(dir[2 + i], 64, "%s", plain[i]);
}

/*
 * The archive has no ld.so.cache. So folders of ld.so.conf that the loader would not look
 * into otherwise are remembered for LD_LIBRARY_PATH.
 */
static int search_conf(struct rd_elf *elf, const struct object *o, const char *soname,
		       char path[PATH_MAX])
{
	char defaults[6][64];

	default_dirs(o, defaults);
	for (unsigned int i = 0; i < elf->conf.n; i++) {
		const char *dir = elf->conf.dir[i];

		if (!candidate(elf, o, dir, soname, path))
			continue;
		for (unsigned int k = 0; k < 6; k++)
			if (strcmp(dir, defaults[k]) == 0)
				return 0;
		return dirs_add(&elf->used, dir, strlen(dir));
	}
	for (unsigned int k = 0; k < 6; k++)
		if (candidate(elf, o, defaults[k], soname, path))
			return 0;
	return ZB_ENOENT;
}

/* Where soname is, for an object in the folder origin. */
static int search(struct rd_elf *elf, const struct object *o, const char *origin,
		  const char *soname, char path[PATH_MAX])
{
	struct rd_dirs own = { .n = 0 };
	bool found = false;
	int r = split_rpath(&own, o->runpath ? o->runpath : o->rpath, origin);

	for (unsigned int i = 0; r == 0 && !found && i < own.n; i++)
		found = candidate(elf, o, own.dir[i], soname, path);
	dirs_done(&own);
	return r < 0 || found ? r : search_conf(elf, o, soname, path);
}

static int add_needed(struct rd_elf *elf, const struct object *o, const char *soname,
		      const char *by, const char *origin, struct zb_diag *diag)
{
	char path[PATH_MAX];
	int r;

	if (strchr(soname, '/'))
		return rd_elf_add(elf, soname, diag);
	r = search(elf, o, origin, soname, path);
	if (r < 0)
		return zb_fail(diag, r, by, ZB_DIAG_NO_OFFSET,
			       "needs the library %s, which is not in the tree %s",
			       soname, elf->tree->root);
	return rd_elf_add(elf, path, diag);
}

static int add_object(struct rd_elf *elf, const struct object *o, const char *path,
		      const char *real, struct zb_diag *diag)
{
	char copy[PATH_MAX + 1], origin[PATH_MAX + 1];
	int r = 0;

	snprintf(copy, sizeof(copy), "/%s", real);
	snprintf(origin, sizeof(origin), "%s", dirname(copy));
	if (o->interp)
		r = rd_elf_add(elf, o->interp, diag);
	for (unsigned int i = 0; r == 0 && i < o->n_needed; i++)
		r = add_needed(elf, o, o->needed[i], path, origin, diag);
	return r;
}

int rd_elf_add(struct rd_elf *elf, const char *path, struct zb_diag *diag)
{
	char real[PATH_MAX];
	struct object o = { .class = 0 };
	bool found;
	size_t at;
	Elf *e;
	int r = rd_tree_resolve(elf->tree, path, NULL, real, diag);

	if (r < 0)
		return r;
	rd_archive_find(elf->archive, real, &found);
	r = rd_tree_add(elf->tree, elf->archive, path, diag);
	if (r < 0 || found)
		return r;
	at = rd_archive_find(elf->archive, real, &found);
	/* The recursion moves entries, but not their data. */
	e = elf_memory((char *)elf->archive->entries[at].data,
		       elf->archive->entries[at].len);
	r = e ? decode(e, &o) : ZB_ECORRUPT;
	if (r < 0)
		zb_fail(diag, r, path, ZB_DIAG_NO_OFFSET,
			"in the tree %s: no valid ELF object", elf->tree->root);
	else
		r = add_object(elf, &o, path, real, diag);
	elf_end(e);
	return r;
}

int rd_elf_add_library(struct rd_elf *elf, const char *soname, const char *by,
		       struct zb_diag *diag)
{
	struct object o = { .class = 0 };
	uint8_t *data;
	size_t len;
	int r = rd_tree_read(elf->tree, by, &data, &len, diag);

	if (r < 0)
		return r;
	if (len > 20 && memcmp(data, ELFMAG, SELFMAG) == 0) {
		o.class = data[EI_CLASS];
		o.machine = zb_load16(data + 18,
				      data[EI_DATA] == ELFDATA2MSB ? ZB_BE : ZB_LE);
	}
	free(data);
	return add_needed(elf, &o, soname, by, "/", diag);
}
