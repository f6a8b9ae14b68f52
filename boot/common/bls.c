/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot Loader Specification, type 1 entries: /boot/loader/entries/NAME.conf, lines of a key,
 * blanks and a value. $BOOT is the dataset's /boot; distributions whose /boot is not a file
 * system of its own also write paths from the root, so both are tried.
 */
#include "base/format.h"
#include "boot/common/kernels.h"
#include "boot/common/text.h"
#include "boot/common/version.h"

#define ENTRIES_DIR   "/boot/loader/entries"
#define ENTRY_MAX     8192 /* bytes of an entry */
#define ENTRY_FILES   64
#define ENTRY_NAME    128
#define ARCHITECTURES "x64 x86-64 x86_64"

struct line {
	const char *key;
	size_t key_len;
	const char *value;
	size_t value_len;
};

/* The next line that is no comment and not empty; false at the end. */
static bool next_line(const char **text, const char *end, struct line *ret_line)
{
	const char *p = *text;

	while (p < end) {
		const char *eol = p, *q;

		while (eol < end && *eol != '\n')
			eol++;
		*text = eol < end ? eol + 1 : end;
		while (p < eol && bt_is_space(*p))
			p++;
		for (q = p; q < eol && !bt_is_space(*q);)
			q++;
		if (p < eol && *p != '#') {
			ret_line->key = p;
			ret_line->key_len = (size_t)(q - p);
			while (q < eol && bt_is_space(*q))
				q++;
			while (eol > q && bt_is_space(eol[-1]))
				eol--;
			ret_line->value = q;
			ret_line->value_len = (size_t)(eol - q);
			return true;
		}
		p = *text;
	}
	return false;
}

static bool key_is(const struct line *line, const char *key)
{
	return bt_len(key) == line->key_len &&
	       __builtin_memcmp(key, line->key, line->key_len) == 0;
}

static bool add_path(char *buf, const char *s, size_t len)
{
	buf[0] = '\0';
	if (len == 0 || (*s != '/' && !bt_append(buf, BT_PATH_MAX, "/")))
		return false;
	return bt_append_n(buf, BT_PATH_MAX, s, len);
}

/* One initrd line may name several; "$tuned_initrd" of grubby is no file. */
static int add_ramdisks(struct bt_kernel *k, const struct line *line)
{
	const char *p = line->value, *end = p + line->value_len;

	while (p < end) {
		const char *q = p;

		while (q < end && !bt_is_space(*q))
			q++;
		if (q > p && *p != '$') {
			if (k->n_ramdisks == BT_RAMDISKS_MAX ||
			    !add_path(k->ramdisk[k->n_ramdisks], p, (size_t)(q - p)))
				return ZB_E2BIG;
			k->n_ramdisks++;
		}
		for (p = q; p < end && bt_is_space(*p);)
			p++;
	}
	return 0;
}

static bool is_our_architecture(const struct line *line)
{
	char want[16];

	return bt_copy_n(want, sizeof(want), line->value, line->value_len) &&
	       bt_find(ARCHITECTURES, want);
}

static int parse_line(struct bt_kernel *k, const struct line *line)
{
	const char *v = line->value;
	size_t len = line->value_len;

	if (key_is(line, "title")) {
		bt_copy_n(k->title, sizeof(k->title), v, len);
	} else if (key_is(line, "version")) {
		bt_copy_n(k->version, sizeof(k->version), v, len);
	} else if (key_is(line, "sort-key")) {
		bt_copy_n(k->sort_key, sizeof(k->sort_key), v, len);
	} else if (key_is(line, "linux")) {
		return add_path(k->image, v, len) ? 0 : ZB_EINVAL;
	} else if (key_is(line, "initrd")) {
		return add_ramdisks(k, line);
	} else if (key_is(line, "options")) {
		k->has_options = true;
		if ((k->options[0] && !bt_append(k->options, BT_OPTIONS_MAX, " ")) ||
		    !bt_append_n(k->options, BT_OPTIONS_MAX, v, len))
			return ZB_E2BIG;
	} else if (key_is(line, "architecture")) {
		return is_our_architecture(line) ? 0 : ZB_EINVAL;
	}
	return 0;
}

int bt_bls_parse(const char *text, size_t len, struct bt_kernel *ret_kernel)
{
	const char *end = text + len;
	struct bt_kernel *k = ret_kernel;
	struct line line;
	int error;

	__builtin_memset(k, 0, sizeof(*k));
	while (next_line(&text, end, &line)) {
		error = parse_line(k, &line);
		if (error < 0)
			return error;
	}
	if (!k->image[0])
		return ZB_EINVAL;
	if (!k->title[0])
		bt_copy(k->title, sizeof(k->title),
			k->version[0] ? k->version : k->image);
	return 0;
}

/* Entries with a sort-key first, by it; then newest version first. */
static int compare_entries(const struct bt_kernel *a, const struct bt_kernel *b)
{
	if (!a->sort_key[0] != !b->sort_key[0])
		return a->sort_key[0] ? -1 : 1;
	if (!bt_equal(a->sort_key, b->sort_key))
		return bt_compare(a->sort_key, b->sort_key);
	return bt_version_compare(b->version, a->version);
}

static bool resolve(const struct bt_source *source, const char *dataset, char *path)
{
	char whole[BT_PATH_MAX];

	if (zb_format(whole, sizeof(whole), "/boot%s", path) < sizeof(whole) &&
	    source->size(source->ctx, dataset, whole, NULL) >= 0)
		return bt_copy(path, BT_PATH_MAX, whole);
	return source->size(source->ctx, dataset, path, NULL) >= 0;
}

static bool resolve_all(const struct bt_source *source, const char *dataset,
			struct bt_kernel *k)
{
	if (!resolve(source, dataset, k->image))
		return false;
	for (unsigned int i = 0; i < k->n_ramdisks; i++)
		if (!resolve(source, dataset, k->ramdisk[i]))
			return false;
	return true;
}

struct entry_names {
	char names[ENTRY_FILES][ENTRY_NAME];
	unsigned int n;
};

/* In descending order of names, which decides where the entries' keys do not. */
static int collect_entry(void *arg, const char *name)
{
	struct entry_names *e = arg;
	unsigned int at = 0;

	if (!bt_ends(name, ".conf") || bt_len(name) >= ENTRY_NAME || e->n == ENTRY_FILES)
		return 0;
	while (at < e->n && bt_version_compare(e->names[at], name) >= 0)
		at++;
	__builtin_memmove(e->names[at + 1 < ENTRY_FILES ? at + 1 : at], e->names[at],
			  (e->n - at) * sizeof(e->names[0]));
	bt_copy(e->names[at], ENTRY_NAME, name);
	e->n++;
	return 0;
}

static int read_entry(const struct bt_source *source, const char *dataset,
		      const char *name, struct bt_kernel *k, struct zb_diag *diag)
{
	char path[sizeof(ENTRIES_DIR) + ENTRY_NAME];
	char text[ENTRY_MAX];
	int64_t got;

	zb_format(path, sizeof(path), ENTRIES_DIR "/%s", name);
	got = source->read(source->ctx, dataset, path, 0, text, sizeof(text), diag);
	if (got < 0)
		return (int)got;
	return bt_bls_parse(text, (size_t)got, k);
}

int bt_bls_find(const struct bt_source *source, const char *dataset,
		struct bt_kernel_list *list, struct zb_diag *diag)
{
	struct entry_names names = { .n = 0 };
	struct bt_kernel k;
	unsigned int at;
	int error;

	error = source->list(source->ctx, dataset, ENTRIES_DIR, collect_entry, &names,
			     diag);
	if (error < 0)
		return error;
	for (unsigned int i = 0; i < names.n && list->n < BT_KERNELS_MAX; i++) {
		/* A bad entry must not hide the good ones. */
		if (read_entry(source, dataset, names.names[i], &k, diag) != 0 ||
		    !resolve_all(source, dataset, &k))
			continue;
		for (at = list->n; at > 0; at--) {
			if (compare_entries(&list->kernels[at - 1], &k) <= 0)
				break;
			list->kernels[at] = list->kernels[at - 1];
		}
		list->kernels[at] = k;
		list->n++;
	}
	return list->n > 0 ? 0 : ZB_ENOENT;
}
