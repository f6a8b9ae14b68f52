/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "boot/common/kernels.h"
#include "boot/common/text.h"
#include "boot/common/version.h"

#define NAMES_MAX 512

static const char *const kernel_prefixes[] = { "vmlinuz", "vmlinux", "linux", "kernel" };

/* Around the version in a ramdisk's name, the most usual first. */
static const struct {
	const char *prefix;
	const char *suffix;
} ramdisk_names[] = {
	{ "initrd.img", "" }, { "initramfs", ".img" }, { "initrd", ".img" },
	{ "initramfs", "" },  { "initrd", "" },
};

static const char *const packed_suffixes[] = { "",     ".zst", ".xz",  ".gz",
					       ".lz4", ".bz2", ".lzo", ".lzma" };

static bool has_name(const char *const *names, unsigned int n, const char *name)
{
	for (unsigned int i = 0; i < n; i++)
		if (bt_equal(names[i], name))
			return true;
	return false;
}

/* "vmlinuz-6.1" gives "-6.1", "vmlinuz" gives "", anything else NULL. */
static const char *kernel_tail(const char *name)
{
	for (unsigned int i = 0; i < sizeof(kernel_prefixes) / sizeof(char *); i++) {
		const char *tail = name + bt_len(kernel_prefixes[i]);

		if (bt_starts(name, kernel_prefixes[i]) && (!*tail || *tail == '-'))
			return tail;
	}
	return NULL;
}

static bool find_ramdisk(const char *const *names, unsigned int n, const char *tail,
			 char *buf, size_t size)
{
	for (unsigned int i = 0; i < sizeof(ramdisk_names) / sizeof(ramdisk_names[0]);
	     i++)
		for (unsigned int j = 0; j < sizeof(packed_suffixes) / sizeof(char *);
		     j++) {
			size_t len = zb_format(
				buf, size, "%s%s%s%s", ramdisk_names[i].prefix, tail,
				ramdisk_names[i].suffix, packed_suffixes[j]);

			if (len < size && has_name(names, n, buf))
				return true;
		}
	return false;
}

/* Puts k where it belongs, newest first, and drops the oldest when the list is full. */
static void insert_sorted(struct bt_kernel_list *list, const struct bt_kernel *k)
{
	unsigned int at = 0, end;

	while (at < list->n &&
	       bt_version_compare(list->kernels[at].version, k->version) >= 0)
		at++;
	if (at == BT_KERNELS_MAX)
		return;
	end = list->n < BT_KERNELS_MAX ? list->n++ : BT_KERNELS_MAX - 1;
	for (unsigned int i = end; i > at; i--)
		list->kernels[i] = list->kernels[i - 1];
	list->kernels[at] = *k;
}

static int pair_one(const char *const *names, unsigned int n_names, const char *name,
		    struct bt_kernel *k)
{
	const char *tail = kernel_tail(name);
	char ramdisk[BT_PATH_MAX];

	__builtin_memset(k, 0, sizeof(*k));
	if (!find_ramdisk(names, n_names, tail, ramdisk, sizeof(ramdisk)))
		return ZB_ENOENT;
	bt_copy(k->version, sizeof(k->version), *tail ? tail + 1 : "");
	bt_copy(k->title, sizeof(k->title), *tail ? tail + 1 : name);
	if (zb_format(k->image, BT_PATH_MAX, "/boot/%s", name) >= BT_PATH_MAX ||
	    zb_format(k->ramdisk[0], BT_PATH_MAX, "/boot/%s", ramdisk) >= BT_PATH_MAX)
		return ZB_ENAMETOOLONG;
	k->n_ramdisks = 1;
	return 0;
}

void bt_kernels_pair(const char *const *names, unsigned int n_names,
		     struct bt_kernel_list *list, unsigned int *ret_unpaired)
{
	struct bt_kernel k;
	bool versioned = false;

	list->n = 0;
	*ret_unpaired = 0;
	/* Plain "vmlinuz" is mostly a link to one of the others: only if it is alone. */
	for (int pass = 0; pass < 2 && !versioned; pass++)
		for (unsigned int i = 0; i < n_names; i++) {
			const char *tail = kernel_tail(names[i]);

			if (!tail || (*tail != '\0') != (pass == 0))
				continue;
			if (pair_one(names, n_names, names[i], &k) != 0) {
				++*ret_unpaired;
				continue;
			}
			versioned |= pass == 0;
			insert_sorted(list, &k);
		}
}

static const char *base_name(const char *path)
{
	const char *base = path;

	for (; *path; path++)
		if (*path == '/')
			base = path + 1;
	return base;
}

unsigned int bt_kernels_default(const struct bt_kernel_list *list, const char *wanted)
{
	if (!wanted || !*wanted)
		return 0;
	for (unsigned int i = 0; i < list->n; i++) {
		const struct bt_kernel *k = &list->kernels[i];

		if (bt_equal(base_name(k->image), base_name(wanted)) ||
		    bt_equal(k->version, wanted))
			return i;
	}
	for (unsigned int i = 0; i < list->n; i++) {
		const struct bt_kernel *k = &list->kernels[i];

		if (bt_find(k->image, wanted) || bt_find(k->version, wanted))
			return i;
	}
	return 0;
}

struct names {
	char *text; /* one after another, each terminated */
	size_t used;
	size_t size;
	const char *list[NAMES_MAX];
	unsigned int n;
};

/* Keeps only names that can matter, so that a crowded /boot costs no memory. */
static int collect_name(void *arg, const char *name)
{
	struct names *names = arg;
	size_t len = bt_len(name) + 1;

	if (!kernel_tail(name) && !bt_starts(name, "initr"))
		return 0;
	if (names->n == NAMES_MAX || len > names->size - names->used)
		return ZB_E2BIG;
	bt_copy(names->text + names->used, len, name);
	names->list[names->n++] = names->text + names->used;
	names->used += len;
	return 0;
}

static int find_pairs(const struct bt_source *source, const char *dataset,
		      struct bt_kernel_list *list, struct zb_diag *diag)
{
	char text[8192];
	struct names names = { .text = text, .size = sizeof(text) };
	unsigned int unpaired;
	int error;

	error = source->list(source->ctx, dataset, "/boot", collect_name, &names, diag);
	if (error == ZB_ENOENT)
		return zb_fail(diag, ZB_ENOENT, dataset, ZB_DIAG_NO_OFFSET,
			       "it has no directory /boot");
	if (error < 0 && error != ZB_E2BIG)
		return error;
	bt_kernels_pair(names.list, names.n, list, &unpaired);
	if (list->n > 0)
		return 0;
	if (unpaired > 0)
		return zb_fail(diag, ZB_ENOENT, dataset, ZB_DIAG_NO_OFFSET,
			       "no kernel in /boot has a ramdisk of its version");
	return zb_fail(diag, ZB_ENOENT, dataset, ZB_DIAG_NO_OFFSET,
		       "there is no kernel in /boot");
}

int bt_kernels_find(const struct bt_source *source, const char *dataset,
		    struct bt_kernel_list *list, struct zb_diag *diag)
{
	int error;

	list->n = 0;
	error = bt_bls_find(source, dataset, list, diag);
	if (error < 0 && error != ZB_ENOENT)
		return error;
	if (list->n > 0)
		return 0;
	return find_pairs(source, dataset, list, diag);
}
