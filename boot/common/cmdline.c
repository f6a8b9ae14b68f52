/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "boot/common/cmdline.h"
#include "boot/common/text.h"

#define PROPERTY   "org.zfsbootmenu:commandline"
#define PARENT	   "%{parent}"
#define DEPTH_MAX  50 /* OpenZFS's own limit of nesting (zfs_max_dataset_nesting) */
#define NAME_BYTES 256

/* The parameter that the word at p sets: "name=" or "name" before a blank or the end. */
static bool word_is(const char *p, const char *name)
{
	size_t n = bt_len(name);

	return bt_starts(p, name) && (name[n - 1] == '=' || !p[n] || bt_is_space(p[n]));
}

/* The end of the word at p; blanks in double quotes belong to it, as Linux has it. */
static const char *word_end(const char *p)
{
	bool quoted = false;

	for (; *p && (quoted || !bt_is_space(*p)); p++)
		quoted ^= *p == '"';
	return p;
}

static bool has_word(const char *args, const char *name)
{
	while (*args) {
		if (word_is(args, name))
			return true;
		args = word_end(args);
		while (bt_is_space(*args))
			args++;
	}
	return false;
}

static bool names_a_root(const char *word)
{
	static const char *const ours[] = { "root=",	   "zlive.pool=",  "zlive.vdev=",
					    "zlive.part=", "zlive.txg=",   "zlive.bus=",
					    "zlive.size=", "zlive.copies=" };

	for (unsigned int i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (word_is(word, ours[i]))
			return true;
	return false;
}

static bool append_args(char *buf, const char *args)
{
	while (*args) {
		const char *end;

		while (bt_is_space(*args))
			args++;
		end = word_end(args);
		if (end > args && !names_a_root(args) &&
		    (!bt_append(buf, BT_CMDLINE_MAX, " ") ||
		     !bt_append_n(buf, BT_CMDLINE_MAX, args, (size_t)(end - args))))
			return false;
		args = end;
	}
	return true;
}

static void append_number(char *buf, const char *name, uint64_t number)
{
	char word[64];

	zb_format(word, sizeof(word), " %s=%llu", name, (unsigned long long)number);
	(void)bt_append(buf, BT_CMDLINE_MAX, word);
}

static void append_traits(char *buf, const struct bt_traits *t)
{
	if (t->bus != BT_BUS_UNKNOWN)
		(void)bt_append(buf, BT_CMDLINE_MAX,
				t->bus == BT_BUS_USB ? " zlive.bus=usb"
						     : " zlive.bus=other");
	if (t->disk_size)
		append_number(buf, "zlive.size", t->disk_size);
	if (t->copies > 1)
		append_number(buf, "zlive.copies", t->copies);
}

int bt_cmdline_build(const struct bt_root *root, const char *args,
		     char buf[BT_CMDLINE_MAX], struct zb_diag *diag)
{
	char word[64];

	zb_format(buf, BT_CMDLINE_MAX, "root=ZFS=%s zlive.pool=%llu zlive.vdev=%llu",
		  root->dataset, (unsigned long long)root->pool_guid,
		  (unsigned long long)root->vdev_guid);
	if (root->part[0]) {
		zb_format(word, sizeof(word), " zlive.part=%s", root->part);
		(void)bt_append(buf, BT_CMDLINE_MAX, word);
	}
	if (root->txg)
		append_number(buf, "zlive.txg", root->txg);
	append_traits(buf, &root->traits);
	if (!has_word(args, "zlive.mode="))
		(void)bt_append(buf, BT_CMDLINE_MAX, " zlive.mode=persistent");
	if (root->hostid && !has_word(args, "spl.spl_hostid=") &&
	    !has_word(args, "spl_hostid=")) {
		zb_format(word, sizeof(word), " spl.spl_hostid=0x%08llx",
			  (unsigned long long)root->hostid);
		(void)bt_append(buf, BT_CMDLINE_MAX, word);
	}
	if (!append_args(buf, args))
		return zb_fail(diag, ZB_E2BIG, root->dataset, ZB_DIAG_NO_OFFSET,
			       "its command line is longer than the %d bytes that Linux "
			       "takes",
			       BT_CMDLINE_MAX - 1);
	return 0;
}

/* The parent of a dataset, in place; false at the pool. */
static bool to_parent(char *dataset)
{
	size_t n = bt_len(dataset);

	while (n > 0 && dataset[n - 1] != '/')
		n--;
	if (n == 0)
		return false;
	dataset[n - 1] = '\0';
	return true;
}

/* Replaces every %{parent} of text by value. */
static bool expand(char text[BT_CMDLINE_MAX], const char *value)
{
	char from[BT_CMDLINE_MAX];
	const char *p = from, *hit;

	bt_copy(from, sizeof(from), text);
	text[0] = '\0';
	while ((hit = bt_find(p, PARENT))) {
		if (!bt_append_n(text, BT_CMDLINE_MAX, p, (size_t)(hit - p)) ||
		    !bt_append(text, BT_CMDLINE_MAX, value))
			return false;
		p = hit + sizeof(PARENT) - 1;
	}
	return bt_append(text, BT_CMDLINE_MAX, p);
}

/* One value; *source_name becomes the dataset it is set on, "" if it is set nowhere. */
static int get_value(const struct bt_source *source, const char *dataset,
		     char buf[BT_CMDLINE_MAX], char source_name[NAME_BYTES],
		     struct zb_diag *diag)
{
	int error = source->property(source->ctx, dataset, PROPERTY, buf, BT_CMDLINE_MAX,
				     source_name, diag);

	if (error == ZB_ENOENT) {
		buf[0] = source_name[0] = '\0';
		return 0;
	}
	return error < 0 ? error : 0;
}

int bt_cmdline_property(const struct bt_source *source, const char *dataset,
			char buf[BT_CMDLINE_MAX], struct zb_diag *diag)
{
	char at[NAME_BYTES], value[BT_CMDLINE_MAX];
	int error = get_value(source, dataset, buf, at, diag);

	if (error < 0)
		return error;
	if (!at[0]) {
		bt_copy(buf, BT_CMDLINE_MAX, BT_CMDLINE_DEFAULT);
		return 0;
	}
	for (int depth = 0; bt_find(buf, PARENT); depth++) {
		char above[NAME_BYTES];

		value[0] = above[0] = '\0';
		bt_copy(above, sizeof(above), at);
		if (depth < DEPTH_MAX && at[0] && to_parent(above)) {
			error = get_value(source, above, value, at, diag);
			if (error < 0)
				return error;
		}
		if (!expand(buf, value))
			return zb_fail(diag, ZB_E2BIG, dataset, ZB_DIAG_NO_OFFSET,
				       "%s is too long with %s expanded", PROPERTY,
				       PARENT);
		/* Nothing above: the last round has removed all that was left. */
		if (!value[0])
			break;
	}
	return 0;
}
