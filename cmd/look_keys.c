/* SPDX-License-Identifier: BSD-2-Clause */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "host/hidden.h"

#define TRIES 3

/*
 * [DATASET=]FILE: what stands before the first '=' is a dataset if it could be one. A file that
 * looks so is written with "./" before it.
 */
static const char *split(const char *arg, char dataset[ZR_NAME_MAX])
{
	size_t len = strcspn(arg, "=");

	dataset[0] = '\0';
	if (arg[len] != '=' || len >= ZR_NAME_MAX || !isalpha((unsigned char)arg[0]))
		return arg;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)arg[i]) && !strchr("-_.: /", arg[i]))
			return arg;
	memcpy(dataset, arg, len);
	dataset[len] = '\0';
	return arg + len + 1;
}

static int read_file(const char *path, struct look_key *key, struct zb_diag *diag)
{
	int fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	while (fd >= 0 && key->len < sizeof(key->data)) {
		n = read(fd, key->data + key->len, sizeof(key->data) - key->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		key->len += (size_t)n;
	}
	if (fd < 0 || n < 0)
		zb_fail(diag, -errno, path, ZB_DIAG_NO_OFFSET, "%s", strerror(errno));
	if (fd > STDIN_FILENO)
		close(fd);
	if (fd < 0 || n < 0)
		return diag->error;
	if (key->len == sizeof(key->data))
		return zb_fail(diag, ZB_EINVAL, path, ZB_DIAG_NO_OFFSET,
			       "is too long for a key");
	return 0;
}

int look_keys_load(struct look *look, const struct look_options *options,
		   struct zb_diag *diag)
{
	int error = 0;

	look->keys = calloc(options->n_keys, sizeof(*look->keys));
	if (!look->keys && options->n_keys)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
	for (unsigned int i = 0; !error && i < options->n_keys; i++) {
		struct look_key *key = &look->keys[look->n_keys++];

		error = read_file(split(options->keys[i], key->dataset), key, diag);
	}
	return error;
}

void look_keys_done(struct look *look)
{
	for (unsigned int i = 0; i < look->n_keys; i++)
		explicit_bzero(&look->keys[i], sizeof(look->keys[i]));
	free(look->keys);
	for (unsigned int i = 0; i < look->n_refused; i++)
		free(look->refused[i]);
	free(look->refused);
}

/* A passphrase or hexadecimal key is the first line of its file. */
static struct zb_span key_text(const struct look_key *key, const struct zr_encryption *e)
{
	const uint8_t *newline = memchr(key->data, '\n', key->len);

	if (strcmp(e->keyformat, "raw") == 0 || !newline)
		return zb_span(key->data, key->len);
	return zb_span(key->data, (size_t)(newline - key->data));
}

/* ZB_ENOENT if no --key-file is for this root. One that names it goes before those for all. */
static int try_files(struct look *look, struct zr_pool *pool, const char *name,
		     const struct zr_encryption *e, struct zb_diag *diag)
{
	int error = ZB_ENOENT;

	for (int named = 1; named >= 0 && error == ZB_ENOENT; named--) {
		for (unsigned int i = 0; error && i < look->n_keys; i++) {
			const struct look_key *key = &look->keys[i];

			if (named ? strcmp(key->dataset, e->root) != 0 &&
					    strcmp(key->dataset, name) != 0
				  : key->dataset[0] != '\0')
				continue;
			error = zr_pool_unlock(pool, e->root, key_text(key, e), diag);
		}
	}
	return error;
}

static int ask(struct zr_pool *pool, const struct zr_encryption *e, struct zb_diag *diag)
{
	char prompt[ZR_NAME_MAX + 64], line[LOOK_KEY_MAX];
	int error = ZB_ENOENT;

	snprintf(prompt, sizeof(prompt), "%s for %s: ",
		 strcmp(e->keyformat, "hex") == 0 ? "Key (64 hexadecimal digits)"
						  : "Passphrase",
		 e->root);
	for (int i = 0; i < TRIES; i++) {
		if (!zh_hidden_line(prompt, line, sizeof(line)) || !line[0])
			break;
		error = zr_pool_unlock(pool, e->root, zb_span(line, strlen(line)), diag);
		if (error != ZB_EKEY && error != ZB_EINVAL)
			break;
		cmd_fail(diag);
	}
	explicit_bzero(line, sizeof(line));
	return error;
}

static bool was_refused(const struct look *look, const char *root)
{
	for (unsigned int i = 0; i < look->n_refused; i++)
		if (strcmp(look->refused[i], root) == 0)
			return true;
	return false;
}

/* Nobody is asked twice; without memory for it, one is. */
static void note_refused(struct look *look, const char *root)
{
	char **list = realloc(look->refused, (look->n_refused + 1) * sizeof(*list));

	if (!list)
		return;
	look->refused = list;
	list[look->n_refused] = strdup(root);
	if (list[look->n_refused])
		look->n_refused++;
}

int look_unlock(struct look *look, struct zr_pool *pool, struct zr_dataset *ds,
		struct zb_diag *diag)
{
	struct zr_dataset_info info;
	struct zr_encryption e;
	int error = zr_dataset_encryption(ds, &e, diag);

	if (error)
		return error == ZB_ENOENT ? 0 : error;
	if (e.unlocked)
		return 0;
	error = zr_dataset_info(ds, &info, diag);
	if (error)
		return error;
	info.name[strcspn(info.name, "@")] = '\0';
	error = try_files(look, pool, info.name, &e, diag);
	if (error == ZB_ENOENT && strcmp(e.keyformat, "raw") != 0 &&
	    !was_refused(look, e.root)) {
		error = ask(pool, &e, diag);
		if (error)
			note_refused(look, e.root);
	}
	if (error == ZB_ENOENT)
		return zb_fail(diag, ZB_EKEY, info.name, ZB_DIAG_NO_OFFSET,
			       "is encrypted; give the %s of %s with --key-file",
			       strcmp(e.keyformat, "passphrase") == 0 ? "passphrase"
								      : "key",
			       e.root);
	return error;
}

/* ---- all that is below a dataset ---- */

struct tree {
	struct look *look;
	struct zr_pool *pool;
	const char *parent;
	struct zb_diag *diag;
};

static int unlock_below(const struct tree *above, const char *name);

static int unlock_child(void *ctx, const char *name)
{
	const struct tree *t = ctx;
	char full[2 * ZR_NAME_MAX];

	if (snprintf(full, sizeof(full), "%s/%s", t->parent, name) >= ZR_NAME_MAX)
		return 0;
	return unlock_below(t, full);
}

/* The length of names bounds the depth. */
static int unlock_below(const struct tree *above, const char *name)
{
	struct tree t = *above;
	struct zr_dataset *ds;
	int error = zr_dataset_open(t.pool, name, &ds, t.diag);

	if (error)
		return error;
	if (look_unlock(t.look, t.pool, ds, t.diag))
		cmd_fail(t.diag);
	t.parent = name;
	error = strchr(name, '@') ? 0 : zr_dataset_children(ds, unlock_child, &t, t.diag);
	zr_dataset_close(ds);
	return error;
}

int look_unlock_tree(struct look *look, struct zr_pool *pool, const char *name,
		     struct zb_diag *diag)
{
	const struct tree t = { .look = look, .pool = pool, .diag = diag };

	return unlock_below(&t, name);
}
