/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/ramdisk/modules.h"
#include "cmd/ramdisk/text.h"

struct conf {
	struct rd_modules *m;
	const char *folder;
	const char *hidden_by; /* a folder whose file of the same name is used instead */
	struct rd_text options, softdep;
	struct zb_diag *diag;
};

/* "a \<newline> b" is one line. */
static void join_lines(char *text)
{
	for (char *p = text; (p = strstr(p, "\\\n")); p += 2)
		p[0] = p[1] = ' ';
}

static int take_lines(struct conf *c, char *text)
{
	join_lines(text);
	for (char *line = text, *next; line; line = next) {
		struct rd_text *to = NULL;

		next = rd_text_cut(line);
		if (rd_text_word(line, 0, "options") ||
		    rd_text_word(line, 0, "blacklist"))
			to = &c->options;
		else if (rd_text_word(line, 0, "softdep"))
			to = &c->softdep;
		if (to &&
		    (!rd_text_add(to, line, strlen(line)) || !rd_text_add(to, "\n", 1)))
			return ZB_ENOMEM;
	}
	return 0;
}

static int take_file(void *ctx, const char *name)
{
	struct conf *c = ctx;
	size_t n = strlen(name);
	char path[PATH_MAX];
	uint8_t *data;
	size_t len;
	int r;

	if (n < 5 || strcmp(name + n - 5, ".conf") != 0)
		return 0;
	if (c->hidden_by) {
		snprintf(path, sizeof(path), "%s/%s", c->hidden_by, name);
		if (rd_tree_exists(c->m->tree, path))
			return 0;
	}
	snprintf(path, sizeof(path), "%s/%s", c->folder, name);
	r = rd_tree_read(c->m->tree, path, &data, &len, c->diag);
	if (r < 0)
		return r;
	r = take_lines(c, (char *)data);
	free(data);
	return r;
}

/* The administrator's files come last, so that their options win. */
int rd_modules_read_conf(struct rd_modules *m, struct zb_diag *diag)
{
	struct conf c = { .m = m, .diag = diag };
	int r;

	c.folder = "/lib/modprobe.d";
	c.hidden_by = "/etc/modprobe.d";
	r = rd_tree_list(m->tree, c.folder, take_file, &c, NULL);
	if (r == 0 || r == ZB_ENOENT) {
		c.folder = "/etc/modprobe.d";
		c.hidden_by = NULL;
		r = rd_tree_list(m->tree, c.folder, take_file, &c, NULL);
	}
	if (r == ZB_ENOENT)
		r = 0;
	if (r == 0 && !rd_text_add(&c.softdep, m->softdep, strlen(m->softdep)))
		r = ZB_ENOMEM;
	if (r == 0 && !rd_text_add(&c.options, "", 0))
		r = ZB_ENOMEM;
	if (r < 0) {
		free(c.softdep.text);
		free(c.options.text);
		return r;
	}
	free(m->softdep);
	m->softdep = c.softdep.text;
	m->options = c.options.text;
	return 0;
}
