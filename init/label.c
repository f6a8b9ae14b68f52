/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "init/blockdev.h"
#include "init/gpt.h"
#include "init/hold.h"
#include "init/label.h"
#include "read/label.h"

#define SECTOR	  512 /* of sizes in sysfs, whatever the disk has */
#define MAX_DEPTH 4   /* mirror, spare, replacing, disk */

/* Where a disk was when the pool was last in use; nobody acts on it. */
static void take_where(struct zf_nvlist vdev, char where[64])
{
	char path[1024];
	size_t len;

	if (zf_nvlist_string(vdev, "path", path, sizeof(path)) < 0)
		return;
	len = strlen(path);
	snprintf(where, 64, "%.63s", len < 64 ? path : path + len - 63);
	for (char *p = where; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = '?';
}

static bool flag(struct zf_nvlist list, const char *name)
{
	uint64_t v = 0;

	return zf_nvlist_u64(list, name, &v) == 0 && v != 0;
}

/* Adds the leaves below a vdev to a slot. Returns for how many of them one has to wait. */
static unsigned int add_leaves(struct zi_label *label, struct zf_nvlist vdev,
			       unsigned int slot, unsigned int depth)
{
	uint32_t n = zf_nvlist_array_count(vdev, "children");
	unsigned int added = 0;
	struct zf_nvlist child;
	uint64_t guid;
	bool away;

	for (uint32_t i = 0; depth < MAX_DEPTH && i < n; i++)
		if (zf_nvlist_array_at(vdev, "children", i, &child) == 0)
			added += add_leaves(label, child, slot, depth + 1);
	if (n > 0 || zf_nvlist_u64(vdev, "guid", &guid) < 0 ||
	    label->n_leaves == ZI_MAX_LEAVES)
		return added;
	away = flag(vdev, "offline") || flag(vdev, "removed");
	label->leaves[label->n_leaves] =
		(struct zi_leaf){ .guid = guid, .slot = away ? ZI_NO_SLOT : slot };
	take_where(vdev, label->leaves[label->n_leaves++].where);
	return !away;
}

/* How many children of a top-level vdev it can do without. */
static unsigned int redundancy(struct zf_nvlist tree, unsigned int children)
{
	uint64_t parity = 0;

	if (zf_nvlist_string_is(tree, "type", "mirror"))
		return children > 0 ? children - 1 : 0;
	if (zf_nvlist_u64(tree, "nparity", &parity) == 0 && parity <= 3)
		return (unsigned int)parity;
	return 0;
}

void zi_label_take_config(struct zf_nvlist config, struct zi_label *label)
{
	struct zf_nvlist tree, child;
	struct zf_nvpair holes;
	unsigned int lacking = 0, n;

	if (zf_nvlist_find(config, "hole_array", ZF_NV_UINT64_ARRAY, &holes) == 0)
		label->holes = holes.elements;
	if (zf_nvlist_list(config, "vdev_tree", &tree) < 0)
		return;
	if (zf_nvlist_u64(tree, "id", &label->top_id) < 0)
		label->top_id = UINT64_MAX;
	n = zf_nvlist_array_count(tree, "children");
	if (n == 0)
		label->n_slots = add_leaves(label, tree, 0, MAX_DEPTH);
	for (uint32_t i = 0; i < n; i++) {
		if (zf_nvlist_array_at(tree, "children", i, &child) < 0)
			continue;
		if (add_leaves(label, child, label->n_slots, 1) > 0)
			label->n_slots++;
		else
			lacking++;
	}
	label->tolerate = redundancy(tree, n);
	label->tolerate -= lacking < label->tolerate ? lacking : label->tolerate;
}

/* ---- reading ---- */

static int read_dev(const struct zr_dev *dev, struct zi_label *label,
		    struct zb_diag *diag)
{
	struct zr_label_data data;
	int r = zr_label_load(&zi_blockdev_host, dev, ZR_LABEL_FULL, UINT64_MAX, NULL,
			      &data, diag);

	if (r < 0)
		return r;
	label->zr = data.info;
	zi_label_take_config(data.config, label);
	zr_label_data_done(&zi_blockdev_host, &data);
	return 0;
}

/* What a copy of the disk may not have in common with it. */
static void read_disk(const char *name, struct zi_label *label)
{
	char line[32];

	label->on_usb = zi_hold_on_usb(name);
	zi_hold_attribute(name, "partition", line, sizeof(line));
	zi_hold_attribute(name, line[0] ? "../size" : "size", line, sizeof(line));
	label->disk_size = strtoull(line, NULL, 10) * SECTOR;
}

int zi_label_read(const char *name, const struct zi_glance *glance,
		  void (*found)(void *ctx), void *ctx, struct zi_label *ret_label,
		  struct zb_diag *diag)
{
	struct zr_dev dev;
	int fd, r;

	r = zi_blockdev_open(name, &fd, &dev, diag);
	if (r < 0)
		return r;
	if (zi_glance_finds_none(glance, fd, &dev)) {
		close(fd);
		return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET, "no ZFS label");
	}
	found(ctx);
	memset(ret_label, 0, sizeof(*ret_label));
	r = read_dev(&dev, ret_label, diag);
	if (r == 0)
		zi_gpt_partition_of(name, ret_label->part);
	if (r == 0)
		read_disk(name, ret_label);
	close(fd);
	return r;
}
