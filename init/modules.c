/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "init/cmdline.h"
#include "init/file.h"
#include "init/modload.h"
#include "init/modules.h"

static void plain_name(const char *text, size_t len, char buf[64])
{
	size_t n = 0;

	for (; n < len && n < 63; n++)
		buf[n] = text[n] == '-' ? '_' : text[n];
	buf[n] = 0;
}

/* "kernel/fs/vfat.ko" gives "vfat". */
static void file_name(const char *file, size_t len, char buf[64])
{
	const char *slash = memrchr(file, '/', len);
	const char *base = slash ? slash + 1 : file;
	size_t rest = len - (size_t)(base - file);
	const char *end = memmem(base, rest, ".ko", 3);

	plain_name(base, end ? (size_t)(end - base) : rest, buf);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct zi_module *)a)->name,
		      ((const struct zi_module *)b)->name);
}

static struct zi_module *find(const struct zi_modules *m, const char *name)
{
	struct zi_module key;

	plain_name(name, strlen(name), key.name);
	return m->n_mods ? bsearch(&key, m->mods, m->n_mods, sizeof(key), by_name) : NULL;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static int parse_dep(struct zi_modules *m)
{
	char *save = NULL;

	m->mods = calloc(count_lines(m->dep), sizeof(*m->mods));
	if (!m->mods)
		return ZB_ENOMEM;
	for (char *line = strtok_r(m->dep, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		struct zi_module *mod = &m->mods[m->n_mods];
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = 0;
		file_name(line, strlen(line), mod->name);
		mod->file = line;
		mod->deps = colon + 1;
		m->n_mods++;
	}
	qsort(m->mods, m->n_mods, sizeof(*m->mods), by_name);
	return 0;
}

/* "alias PATTERN MODULE" a line. */
static int parse_alias(struct zi_modules *m)
{
	char *save = NULL;

	m->aliases = calloc(count_lines(m->alias), sizeof(*m->aliases));
	if (!m->aliases)
		return ZB_ENOMEM;
	for (char *line = strtok_r(m->alias, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *words = NULL;
		char *key = strtok_r(line, " \t", &words);
		char *pattern = strtok_r(NULL, " \t", &words);
		char *module = strtok_r(NULL, " \t", &words);

		if (!key || strcmp(key, "alias") != 0 || !module)
			continue;
		m->aliases[m->n_aliases].pattern = pattern;
		m->aliases[m->n_aliases++].module = module;
	}
	return 0;
}

int zi_modules_open(struct zi_modules *m, const char *folder, const char *conf,
		    const char *cmdline, struct zb_diag *diag)
{
	int r;

	*m = (struct zi_modules){ .load = zi_modload };
	snprintf(m->folder, sizeof(m->folder), "%s", folder);
	r = zi_file_read_at(folder, "modules.dep", &m->dep);
	if (r < 0)
		return zb_fail(diag, r, folder, ZB_DIAG_NO_OFFSET,
			       "the ramdisk has no modules for this kernel");
	r = zi_file_read_at(folder, "modules.alias", &m->alias);
	if (r == 0)
		r = zi_file_read_or_empty(folder, "modules.softdep", &m->softdep);
	if (r == 0)
		r = zi_file_read_or_empty(folder, "modules.builtin", &m->builtin);
	if (r == 0)
		r = zi_file_read_or_empty("/", conf, &m->conf);
	if (r == 0)
		r = zi_file_read_or_empty("/", cmdline, &m->cmdline);
	if (r == 0)
		r = parse_dep(m);
	if (r == 0)
		r = parse_alias(m);
	return r == 0 ? 0
		      : zb_fail(diag, r, folder, ZB_DIAG_NO_OFFSET,
				"cannot read the list of modules: %s", zb_error_text(r));
}

void zi_modules_close(struct zi_modules *m)
{
	if (!m)
		return;
	free(m->dep);
	free(m->alias);
	free(m->softdep);
	free(m->builtin);
	free(m->conf);
	free(m->cmdline);
	free(m->mods);
	free(m->aliases);
}

/* ---- patterns ---- */

/* One character class; *p is after '['. */
static bool glob_class(const char **p, char c)
{
	bool hit = false, negated = **p == '!' || **p == '^';
	const char *q = *p + negated;
	const char *first = q;

	for (; *q && (*q != ']' || q == first); q++) {
		if (q[1] == '-' && q[2] && q[2] != ']') {
			hit |= c >= q[0] && c <= q[2];
			q += 2;
		} else {
			hit |= c == *q;
		}
	}
	*p = *q ? q + 1 : q;
	return hit != negated;
}

/*
 * Without recursion: only the last '*' ever needs to be tried again, so that the time is at
 * most the product of the lengths.
 */
bool zi_modules_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *star_text = NULL;

	for (;;) {
		const char *p = pattern;
		bool ok;

		if (*p == '*') {
			star = pattern = p + 1;
			star_text = text;
			continue;
		}
		if (!*text && !*p)
			return true;
		if (!*text)
			return false;
		p++;
		if (*pattern == '[')
			ok = glob_class(&p, *text);
		else
			ok = *pattern == '?' || *pattern == *text;
		if (ok && *pattern) {
			pattern = p;
			text++;
			continue;
		}
		if (!star)
			return false;
		pattern = star;
		text = ++star_text;
	}
}

/* ---- parameters ---- */

static void append(char *buf, size_t size, const char *word, size_t len)
{
	size_t have = strlen(buf);

	if (have + len + 2 > size)
		return;
	if (have)
		buf[have++] = ' ';
	memcpy(buf + have, word, len);
	buf[have + len] = 0;
}

/* Word i of a line that ends at a newline; its length, 0 if there is none. */
static size_t word_at(const char *line, unsigned int i, const char **ret_word)
{
	for (;; i--) {
		size_t len;

		line += strspn(line, " \t\r");
		len = strcspn(line, " \t\r\n");
		*ret_word = line;
		if (len == 0 || i == 0)
			return len;
		line += len;
	}
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : NULL;
}

/* True for a line "KEY NAME ...". */
static bool line_is(const char *line, const char *key, const char *name)
{
	const char *word;
	char plain[64];
	size_t len = word_at(line, 0, &word);

	if (len != strlen(key) || memcmp(word, key, len) != 0)
		return false;
	len = word_at(line, 1, &word);
	plain_name(word, len, plain);
	return strcmp(plain, name) == 0;
}

void zi_modules_parameters(const struct zi_modules *m, const char *name, char *buf,
			   size_t size)
{
	char word[1024], plain[64];
	const char *text = m->cmdline;

	buf[0] = 0;
	for (const char *line = m->conf; line && *line; line = next_line(line)) {
		const char *rest;

		if (line_is(line, "options", name) && word_at(line, 2, &rest))
			append(buf, size, rest, strcspn(rest, "\n"));
	}
	while ((text = zi_cmdline_word(text, word, sizeof(word)))) {
		size_t key = strcspn(word, "=");
		char *dot = memchr(word, '.', key);

		if (!dot)
			continue;
		plain_name(word, (size_t)(dot - word), plain);
		if (strcmp(plain, name) != 0 ||
		    (m->own_hostid && strncmp(word, "spl.spl_hostid=", 15) == 0))
			continue;
		append(buf, size, dot + 1, strlen(dot + 1));
	}
}

/* By modprobe.d, or by modprobe.blacklist= or module_blacklist= on the command line. */
static bool blacklisted(const struct zi_modules *m, const char *name)
{
	const char *text = m->cmdline;
	char word[1024], plain[64];

	for (const char *line = m->conf; line && *line; line = next_line(line))
		if (line_is(line, "blacklist", name))
			return true;
	while ((text = zi_cmdline_word(text, word, sizeof(word)))) {
		char *save = NULL, *list = strchr(word, '=');

		if (!list || (strncmp(word, "modprobe.blacklist=", 19) != 0 &&
			      strncmp(word, "module_blacklist=", 17) != 0))
			continue;
		for (char *one = strtok_r(list + 1, ",", &save); one;
		     one = strtok_r(NULL, ",", &save)) {
			plain_name(one, strlen(one), plain);
			if (strcmp(plain, name) == 0)
				return true;
		}
	}
	return false;
}

/* ---- loading ---- */

static bool is_builtin(const struct zi_modules *m, const char *name)
{
	char have[64], want[64];

	plain_name(name, strlen(name), want);
	for (const char *line = m->builtin; line && *line; line = next_line(line)) {
		file_name(line, strcspn(line, "\n"), have);
		if (strcmp(have, want) == 0)
			return true;
	}
	return false;
}

static int load(struct zi_modules *m, struct zi_module *mod, struct zb_diag *diag);

/* What "softdep NAME pre: A B post: C" asks for; its absence or failure does not matter. */
static void load_softdeps(struct zi_modules *m, const struct zi_module *mod, bool post)
{
	for (const char *line = m->softdep; line && *line; line = next_line(line)) {
		const char *word;
		bool take = false;
		size_t len;

		if (!line_is(line, "softdep", mod->name))
			continue;
		for (unsigned int i = 2; (len = word_at(line, i, &word)) > 0; i++) {
			char name[64];
			struct zi_module *dep;

			plain_name(word, len, name);
			if (word[len - 1] == ':') {
				take = post == (strcmp(name, "post:") == 0);
				continue;
			}
			dep = find(m, name);
			if (take && dep)
				(void)!load(m, dep, NULL);
		}
	}
}

/* modules.dep lists everything a module needs, the nearest first: so from the end. */
static int load_deps(struct zi_modules *m, const struct zi_module *mod,
		     struct zb_diag *diag)
{
	unsigned int n = 0;
	const char *word;
	int r = 0;

	while (word_at(mod->deps, n, &word) > 0)
		n++;
	while (r == 0 && n > 0) {
		size_t len = word_at(mod->deps, --n, &word);
		struct zi_module *dep;
		char name[64];

		file_name(word, len, name);
		dep = find(m, name);
		r = dep ? load(m, dep, diag) : 0;
	}
	return r;
}

static int load(struct zi_modules *m, struct zi_module *mod, struct zb_diag *diag)
{
	char path[PATH_MAX], parameters[4096];
	int r;

	if (mod->done || mod->busy)
		return 0;
	mod->busy = true;
	load_softdeps(m, mod, false);
	r = load_deps(m, mod, diag);
	if (r == 0) {
		snprintf(path, sizeof(path), "%s/%s", m->folder, mod->file);
		zi_modules_parameters(m, mod->name, parameters, sizeof(parameters));
		r = m->load(m->load_ctx, path, parameters);
		if (r < 0)
			zb_fail(diag, r, mod->name, ZB_DIAG_NO_OFFSET,
				"the kernel does not take the module: %s", strerror(-r));
	}
	mod->busy = false;
	/* One that the kernel refuses now is refused again; do not ask for each device. */
	mod->done = true;
	if (r == 0)
		load_softdeps(m, mod, true);
	return r;
}

int zi_modules_load(struct zi_modules *m, const char *name, struct zb_diag *diag)
{
	struct zi_module *mod = find(m, name);

	if (mod)
		return load(m, mod, diag);
	if (is_builtin(m, name))
		return 0;
	return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET,
		       "no such module in the ramdisk");
}

int zi_modules_load_alias(struct zi_modules *m, const char *modalias,
			  struct zb_diag *diag)
{
	int n = 0;

	for (size_t i = 0; i < m->n_aliases; i++) {
		struct zi_module *mod;

		if (!zi_modules_glob(m->aliases[i].pattern, modalias))
			continue;
		mod = find(m, m->aliases[i].module);
		if (!mod || blacklisted(m, mod->name))
			continue;
		n++;
		(void)!load(m, mod, diag);
	}
	return n;
}
