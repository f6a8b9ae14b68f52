/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "cmd/build/account.h"
#include "cmd/build/user.h"

#define SHADOW_GROUP 42 /* of Debian; only where the tree has no /etc/shadow yet */
#define SKEL	     "etc/skel"

static bool wants_accounts(const struct build_options *o)
{
	return o->user || o->root_password_hash || o->root_password_file;
}

int user_before(const struct configure *c)
{
	struct overlay *o = c->overlay;
	int r;

	if (!wants_accounts(c->options))
		return 0;
	if ((r = overlay_keep(o, "etc/passwd", 0644, 0)) < 0 ||
	    (r = overlay_keep(o, "etc/group", 0644, 0)) < 0 ||
	    (r = overlay_keep(o, "etc/shadow", 0640, SHADOW_GROUP)) < 0 ||
	    (r = overlay_keep(o, "etc/gshadow", 0640, SHADOW_GROUP)) < 0 ||
	    (r = overlay_watch(o, "usr/bin/bash")) < 0 ||
	    (r = overlay_watch(o, "bin/bash")) < 0)
		return r;
	overlay_copy_folder(o, SKEL);
	return 0;
}

/* The first line of a file. It is wiped and freed by the caller. */
static int password_read(const char *path, char **ret_password, struct zb_diag *diag)
{
	FILE *f = fopen(path, "re");
	size_t room = 0;
	ssize_t n;

	*ret_password = NULL;
	if (!f)
		return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET, "cannot open: %s",
			       strerror(errno));
	n = getline(ret_password, &room, f);
	fclose(f);
	if (n > 0 && (*ret_password)[n - 1] == '\n')
		(*ret_password)[--n] = '\0';
	if (n <= 0 || strlen(*ret_password) != (size_t)n) {
		free(*ret_password);
		return zb_fail(diag, ZB_EINVAL, path, ZB_DIAG_NO_OFFSET,
			       "its first line is no password");
	}
	return 0;
}

static int password_hash(const struct configure *c, const char *name,
			 const char *password, char **ret_hash, struct zb_diag *diag)
{
	uint8_t salt[16];
	char purpose[64];

	snprintf(purpose, sizeof(purpose), "salt %s", name);
	zh_seed_bytes(c->seed, purpose, salt, sizeof(salt));
	return account_hash(password, salt, ret_hash, diag);
}

/* Where a password may come from; none of them: the account has none. */
struct password {
	const char *text, *hash, *file;
};

static int password_set(const struct configure *c, const struct account_files *f,
			const char *name, const struct password *from,
			struct zb_diag *diag)
{
	char *hash = NULL, *read = NULL;
	int r = 0;

	if (from->file)
		r = password_read(from->file, &read, diag);
	if (r >= 0 && (read || from->text))
		r = password_hash(c, name, read ? read : from->text, &hash, diag);
	if (read)
		explicit_bzero(read, strlen(read));
	free(read);
	if (r >= 0)
		r = account_set_password(f, name, hash ? hash : from->hash,
					 (uint32_t)(c->time / 86400), diag);
	free(hash);
	return r;
}

static int keys_read(const struct build_options *o, struct text *keys,
		     struct zb_diag *diag)
{
	char buf[4096];
	size_t n;

	for (unsigned int i = 0; i < o->ssh_keys.n; i++) {
		const char *path = o->ssh_keys.at[i];
		FILE *f = fopen(path, "re");
		size_t before = keys->len;

		if (!f)
			return zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET,
				       "cannot open: %s", strerror(errno));
		while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
			text_add(keys, buf, n);
		fclose(f);
		if (keys->failed)
			return zb_fail(diag, ZB_ENOMEM, path, ZB_DIAG_NO_OFFSET,
				       "no memory");
		/* Somebody's private key must not end on a stick. */
		if (keys->len == before || strstr(keys->buf + before, "PRIVATE KEY"))
			return zb_fail(diag, ZB_EINVAL, path, ZB_DIAG_NO_OFFSET,
				       "holds no public key");
		text_end_line(keys);
	}
	return 0;
}

/* One object below the home; data may be NULL. */
static int home_put(const struct configure *c, const struct account *a,
		    const char *suffix, uint32_t mode, const struct saved *from,
		    struct zb_diag *diag)
{
	struct saved s = from ? *from : (struct saved){ 0 };
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "home/%s%s", c->options->user, suffix) >=
	    (int)sizeof(path))
		return zb_fail(diag, ZB_ENAMETOOLONG, suffix, ZB_DIAG_NO_OFFSET,
			       "the path is too long");
	s.path = path;
	s.mode = mode;
	s.uid = a->uid;
	s.gid = a->gid;
	if (!from)
		s.mtime.sec = (int64_t)c->time;
	return saved_send(&s, c->sink, diag);
}

static int home_make(const struct configure *c, const struct account *a,
		     struct zb_diag *diag)
{
	const struct saved_list *skel = overlay_copies(c->overlay);
	struct text keys = { 0 };
	struct saved file;
	int r = home_put(c, a, "", S_IFDIR | 0700, NULL, diag);

	for (size_t i = 0; r >= 0 && i < skel->n; i++)
		r = home_put(c, a, skel->list[i].path + strlen(SKEL), skel->list[i].mode,
			     &skel->list[i], diag);
	if (r < 0 || c->options->ssh_keys.n == 0)
		return r;
	r = keys_read(c->options, &keys, diag);
	if (r >= 0)
		r = home_put(c, a, "/.ssh", S_IFDIR | 0700, NULL, diag);
	file = (struct saved){ .data = keys.buf, .len = keys.len };
	file.mtime.sec = (int64_t)c->time;
	if (r >= 0)
		r = home_put(c, a, "/.ssh/authorized_keys", S_IFREG | 0600, &file, diag);
	text_done(&keys);
	return r;
}

/*
 * Who has only a key has no password that sudo could ask for, and root's is locked:
 * without this rule nobody could administer the stick.
 */
static int sudo_rule(const struct configure *c, struct zb_diag *diag)
{
	char line[128];
	int n = snprintf(line, sizeof(line), "%s ALL=(ALL:ALL) NOPASSWD: ALL\n",
			 c->options->user);

	if (overlay_file(c->overlay, "etc/sudoers.d/zlive", 0440, line, (size_t)n) < 0)
		return zb_fail(diag, ZB_ENOMEM, "etc/sudoers.d/zlive", ZB_DIAG_NO_OFFSET,
			       "no memory");
	return 0;
}

static int user_make(const struct configure *c, const struct account_files *f,
		     struct zb_diag *diag)
{
	const struct build_options *o = c->options;
	bool bash = overlay_seen(c->overlay, "usr/bin/bash") ||
		    overlay_seen(c->overlay, "bin/bash");
	const struct password password = { o->password, o->password_hash,
					   o->password_file };
	struct account a;
	int r = account_add_user(f, o->user, bash ? "/bin/bash" : "/bin/sh", &a, diag);

	if (r >= 0)
		r = password_set(c, f, o->user, &password, diag);
	if (r >= 0)
		r = account_add_to_group(f, "sudo", o->user, diag);
	if (r >= 0 && !o->password && !o->password_hash && !o->password_file)
		r = sudo_rule(c, diag);
	return r < 0 ? r : home_make(c, &a, diag);
}

int user_after(const struct configure *c, struct zb_diag *diag)
{
	const struct build_options *o = c->options;
	const struct account_files f = {
		.passwd = overlay_text(c->overlay, "etc/passwd"),
		.group = overlay_text(c->overlay, "etc/group"),
		.shadow = overlay_text(c->overlay, "etc/shadow"),
		.gshadow = overlay_text(c->overlay, "etc/gshadow"),
	};
	const struct password root = { NULL, o->root_password_hash,
				       o->root_password_file };
	int r = 0;

	if (!wants_accounts(o))
		return 0;
	if (o->root_password_hash || o->root_password_file)
		r = password_set(c, &f, "root", &root, diag);
	if (r >= 0 && o->user)
		r = user_make(c, &f, diag);
	return r;
}
