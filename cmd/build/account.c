/* SPDX-License-Identifier: BSD-2-Clause */
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cmd/build/account.h"

#define FIRST_ID 1000
#define LAST_ID	 59999

bool account_name_valid(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > 32 || !((name[0] >= 'a' && name[0] <= 'z') || name[0] == '_'))
		return false;
	return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") == n;
}

bool account_hash_valid(const char *hash)
{
	return hash[0] != '\0' && !strpbrk(hash, ":\n\r");
}

/* Field n (from 0) of a line of len bytes, as its place in the line. */
static bool field_find(const char *line, size_t len, unsigned int n, size_t *ret_at,
		       size_t *ret_len)
{
	size_t at = 0;
	const char *end;

	for (; n > 0; n--) {
		const char *colon = memchr(line + at, ':', len - at);

		if (!colon)
			return false;
		at = (size_t)(colon - line) + 1;
	}
	end = memchr(line + at, ':', len - at);
	*ret_at = at;
	*ret_len = end ? (size_t)(end - line) - at : len - at;
	return true;
}

static uint32_t field_number(const char *line, size_t len, unsigned int n)
{
	size_t at, flen;
	char digits[12];

	if (!field_find(line, len, n, &at, &flen) || flen == 0 || flen >= sizeof(digits))
		return UINT32_MAX;
	memcpy(digits, line + at, flen);
	digits[flen] = '\0';
	return (uint32_t)strtoul(digits, NULL, 10);
}

static int no_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, "accounts", ZB_DIAG_NO_OFFSET, "no memory");
}

int account_set_password(const struct account_files *f, const char *name,
			 const char *hash, uint32_t days, struct zb_diag *diag)
{
	char since[16];
	size_t at, len, fat, flen;
	int n;

	if (!text_find_line(f->shadow, ':', name, &at, &len)) {
		if (!text_find_line(f->passwd, ':', name, &at, &len))
			return zb_fail(diag, ZB_ENOENT, "/etc/passwd", ZB_DIAG_NO_OFFSET,
				       "has no account %s", name);
		text_end_line(f->shadow);
		text_format(f->shadow, "%s:%s:%u:0:99999:7:::\n", name, hash ? hash : "*",
			    days);
		return f->shadow->failed ? no_memory(diag) : 0;
	}
	/* From behind, so that places found stay right. */
	n = snprintf(since, sizeof(since), "%u", days);
	if (field_find(f->shadow->buf + at, len, 2, &fat, &flen))
		text_replace(f->shadow, at + fat, flen, since, (size_t)n);
	if (field_find(f->shadow->buf + at, len, 1, &fat, &flen))
		text_replace(f->shadow, at + fat, flen, hash ? hash : "*",
			     hash ? strlen(hash) : 1);
	return f->shadow->failed ? no_memory(diag) : 0;
}

/* Whether any line has id in its third field. */
static bool id_taken(const struct text *t, uint32_t id)
{
	for (size_t at = 0; at < t->len;) {
		const char *nl = memchr(t->buf + at, '\n', t->len - at);
		size_t len = nl ? (size_t)(nl - t->buf) - at : t->len - at;

		if (field_number(t->buf + at, len, 2) == id)
			return true;
		at += len + 1;
	}
	return false;
}

static int find_existing(const struct account_files *f, const char *name, bool *ret_found,
			 struct account *ret_account, struct zb_diag *diag)
{
	struct account a;
	size_t at, len;

	*ret_found = text_find_line(f->passwd, ':', name, &at, &len);
	if (!*ret_found)
		return 0;
	a.uid = field_number(f->passwd->buf + at, len, 2);
	a.gid = field_number(f->passwd->buf + at, len, 3);
	if (a.uid < FIRST_ID || a.uid > LAST_ID)
		return zb_fail(diag, ZB_EEXIST, "/etc/passwd", ZB_DIAG_NO_OFFSET,
			       "%s is an account of the system, not a user's", name);
	*ret_account = a;
	return 0;
}

int account_add_user(const struct account_files *f, const char *name, const char *shell,
		     struct account *ret_account, struct zb_diag *diag)
{
	size_t at, len;
	uint32_t id;
	bool found;
	int r = find_existing(f, name, &found, ret_account, diag);

	if (r < 0 || found)
		return r;
	if (text_find_line(f->group, ':', name, &at, &len))
		return zb_fail(diag, ZB_EEXIST, "/etc/group", ZB_DIAG_NO_OFFSET,
			       "has a group %s, but no user is called so", name);
	for (id = FIRST_ID; id_taken(f->passwd, id) || id_taken(f->group, id); id++)
		if (id == LAST_ID)
			return zb_fail(diag, ZB_E2BIG, "/etc/passwd", ZB_DIAG_NO_OFFSET,
				       "has no free number for a user");
	text_end_line(f->passwd);
	text_format(f->passwd, "%s:x:%u:%u::/home/%s:%s\n", name, id, id, name, shell);
	text_end_line(f->group);
	text_format(f->group, "%s:x:%u:\n", name, id);
	if (f->gshadow->len > 0) {
		text_end_line(f->gshadow);
		text_format(f->gshadow, "%s:!::\n", name);
	}
	if (f->passwd->failed || f->group->failed || f->gshadow->failed)
		return no_memory(diag);
	*ret_account = (struct account){ .uid = id, .gid = id };
	return 0;
}

/* Adds name to the comma-separated list that is the last field of the group's line. */
static bool member_add(struct text *t, const char *group, const char *name)
{
	size_t at, len, fat, flen, n = strlen(name);
	const char *list;
	char *more;

	if (!text_find_line(t, ':', group, &at, &len) ||
	    !field_find(t->buf + at, len, 3, &fat, &flen))
		return false;
	list = t->buf + at + fat;
	for (size_t i = 0; i < flen;) {
		const char *comma = memchr(list + i, ',', flen - i);
		size_t one = comma ? (size_t)(comma - list) - i : flen - i;

		if (one == n && memcmp(list + i, name, n) == 0)
			return true;
		i += one + 1;
	}
	if (asprintf(&more, "%s%s", flen ? "," : "", name) < 0) {
		t->failed = true;
		return true;
	}
	text_replace(t, at + fat + flen, 0, more, strlen(more));
	free(more);
	return true;
}

int account_add_to_group(const struct account_files *f, const char *group,
			 const char *name, struct zb_diag *diag)
{
	if (!member_add(f->group, group, name))
		return zb_fail(diag, ZB_ENOENT, "/etc/group", ZB_DIAG_NO_OFFSET,
			       "has no group %s", group);
	/* Not every system has this one, nor all groups in it. */
	member_add(f->gshadow, group, name);
	return f->group->failed || f->gshadow->failed ? no_memory(diag) : 0;
}

int account_hash(const char *password, const uint8_t salt[16], char **ret_hash,
		 struct zb_diag *diag)
{
	struct crypt_data *data = calloc(1, sizeof(*data));
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	const char *hash = NULL;
	int r = 0;

	if (data &&
	    crypt_gensalt_rn("$y$", 0, (const char *)salt, 16, setting, sizeof(setting)))
		hash = crypt_r(password, setting, data);
	if (!hash || hash[0] == '*')
		r = zb_fail(diag, ZB_EINVAL, "password", ZB_DIAG_NO_OFFSET,
			    "cannot be hashed (crypt(3) with yescrypt)");
	else if (!(*ret_hash = strdup(hash)))
		r = no_memory(diag);
	free(data);
	return r;
}
