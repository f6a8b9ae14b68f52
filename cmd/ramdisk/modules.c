/* SPDX-License-Identifier: BSD-2-Clause */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/ramdisk/modules.h"
#include "cmd/ramdisk/text.h"

void rd_module_name(const char *text, size_t len, char *buf, size_t size)
{
	size_t n = 0;

	for (; n < len && n + 1 < size; n++)
		buf[n] = text[n] == '-' ? '_' : text[n];
	buf[n] = 0;
}

/* "kernel/fs/fat/vfat.ko.xz" gives "vfat". */
static void file_name(const char *file, size_t len, char *buf, size_t size)
{
	const char *slash = memrchr(file, '/', len);
	const char *base = slash ? slash + 1 : file;
	const char *end = memmem(base, len - (size_t)(base - file), ".ko", 3);

	rd_module_name(base, end ? (size_t)(end - base) : len - (size_t)(base - file),
		       buf, size);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct rd_module *)a)->name,
		      ((const struct rd_module *)b)->name);
}

struct rd_module *rd_modules_find(const struct rd_modules *m, const char *name)
{
	struct rd_module key = { .name = (char *)name };

	if (m->n == 0)
		return NULL;
	return bsearch(&key, m->mods, m->n, sizeof(key), by_name);
}

/* modules.dep: "FILE: FILE FILE..." a line. */
static int parse_dep(struct rd_modules *m)
{
	size_t lines = 0;

	for (const char *p = m->dep; *p; p++)
		lines += *p == '\n';
	m->mods = calloc(lines + 1, sizeof(*m->mods));
	if (!m->mods)
		return ZB_ENOMEM;
	for (char *line = m->dep, *next; line; line = next) {
		char name[128], *colon;

		next = rd_text_cut(line);
		colon = strchr(line, ':');
		if (!colon || m->n > lines)
			continue;
		*colon = 0;
		file_name(line, strlen(line), name, sizeof(name));
		m->mods[m->n].name = strdup(name);
		if (!m->mods[m->n].name)
			return ZB_ENOMEM;
		m->mods[m->n].file = line;
		m->mods[m->n++].deps = colon + 1;
	}
	qsort(m->mods, m->n, sizeof(*m->mods), by_name);
	return 0;
}

static int read_file(struct rd_modules *m, const char *name, bool needed, char **ret_text,
		     struct zb_diag *diag)
{
	char path[sizeof(m->folder) + 32];
	uint8_t *data;
	size_t len;
	int r;

	snprintf(path, sizeof(path), "%s/%s", m->folder, name);
	r = rd_tree_read(m->tree, path, &data, &len, diag);
	if (r == ZB_ENOENT && !needed)
		data = calloc(1, 1);
	else if (r < 0)
		return r;
	*ret_text = (char *)data;
	return data ? 0 : ZB_ENOMEM;
}

int rd_modules_open(struct rd_modules *m, const struct rd_tree *tree, const char *kernel,
		    struct zb_diag *diag)
{
	int r;

	*m = (struct rd_modules){ .tree = tree };
	if (strchr(kernel, '/') || strlen(kernel) > 255)
		return zb_fail(diag, ZB_EINVAL, kernel, ZB_DIAG_NO_OFFSET,
			       "is no kernel release");
	snprintf(m->folder, sizeof(m->folder), "/lib/modules/%s", kernel);
	r = read_file(m, "modules.dep", true, &m->dep, diag);
	if (r == 0)
		r = read_file(m, "modules.alias", true, &m->alias, diag);
	if (r == 0)
		r = read_file(m, "modules.softdep", false, &m->softdep, diag);
	if (r == 0)
		r = read_file(m, "modules.builtin", false, &m->builtin, diag);
	if (r == 0)
		r = parse_dep(m);
	if (r == 0)
		r = rd_modules_read_conf(m, diag);
	if (r == ZB_ENOMEM)
		zb_fail(diag, r, m->folder, ZB_DIAG_NO_OFFSET, "no memory");
	return r;
}

void rd_modules_close(struct rd_modules *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->n; i++)
		free(m->mods[i].name);
	free(m->mods);
	free(m->dep);
	free(m->alias);
	free(m->softdep);
	free(m->builtin);
	free(m->options);
}

bool rd_modules_builtin(const struct rd_modules *m, const char *name)
{
	for (const char *line = m->builtin; line && *line; line = rd_text_next(line)) {
		char have[128];

		file_name(line, rd_text_len(line), have, sizeof(have));
		if (strcmp(have, name) == 0)
			return true;
	}
	return false;
}

static int want(struct rd_modules *m, struct rd_module *mod);

/* "softdep NAME pre: A B post: C", where A may also be an alias such as "crypto-crc32c". */
static int want_soft(struct rd_modules *m, const char *name)
{
	struct rd_module *mod = rd_modules_find(m, name);
	int r = 0;

	if (mod)
		return want(m, mod);
	for (const char *line = m->alias; *line && r == 0; line = rd_text_next(line)) {
		char alias[128], target[128];

		if (!rd_text_word(line, 0, "alias") ||
		    !rd_text_get(line, 1, alias, sizeof(alias)) ||
		    strcmp(alias, name) != 0 ||
		    !rd_text_get(line, 2, target, sizeof(target)))
			continue;
		mod = rd_modules_find(m, target);
		if (mod)
			r = want(m, mod);
	}
	return r;
}

static int want_softdeps(struct rd_modules *m, const struct rd_module *mod)
{
	for (const char *line = m->softdep; *line; line = rd_text_next(line)) {
		char raw[128], name[128];

		if (!rd_text_word(line, 0, "softdep") ||
		    !rd_text_get(line, 1, raw, sizeof(raw)))
			continue;
		rd_module_name(raw, strlen(raw), name, sizeof(name));
		if (strcmp(name, mod->name) != 0)
			continue;
		for (unsigned int i = 2; rd_text_get(line, i, raw, sizeof(raw)); i++) {
			int r;

			if (raw[strlen(raw) - 1] == ':')
				continue;
			rd_module_name(raw, strlen(raw), name, sizeof(name));
			r = rd_modules_find(m, name) ? want_soft(m, name)
						     : want_soft(m, raw);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* Ends, since a module is marked before what it needs is looked at. */
static int want(struct rd_modules *m, struct rd_module *mod)
{
	char file[512], name[128];
	int r = 0;

	if (mod->wanted)
		return 0;
	mod->wanted = true;
	for (unsigned int i = 0; r == 0 && rd_text_get(mod->deps, i, file, sizeof(file));
	     i++) {
		struct rd_module *dep;

		file_name(file, strlen(file), name, sizeof(name));
		dep = rd_modules_find(m, name);
		if (dep)
			r = want(m, dep);
	}
	return r < 0 ? r : want_softdeps(m, mod);
}

int rd_modules_want(struct rd_modules *m, const char *name)
{
	char plain[128];
	struct rd_module *mod;

	rd_module_name(name, strlen(name), plain, sizeof(plain));
	mod = rd_modules_find(m, plain);
	if (mod)
		return want(m, mod);
	return rd_modules_builtin(m, plain) ? 0 : ZB_ENOENT;
}

int rd_modules_want_pattern(struct rd_modules *m, const char *pattern)
{
	bool path = strchr(pattern, '/');
	int r = 0;

	for (size_t i = 0; i < m->n && r == 0; i++) {
		const char *file = m->mods[i].file;
		const char *suffix = strstr(file, ".ko");
		char plain[512];

		if (strncmp(file, "kernel/", 7) == 0)
			file += 7;
		snprintf(plain, sizeof(plain), "%.*s",
			 suffix ? (int)(suffix - file) : (int)strlen(file), file);
		if (fnmatch(pattern, path ? plain : m->mods[i].name, FNM_PATHNAME) == 0)
			r = want(m, &m->mods[i]);
	}
	return r;
}
