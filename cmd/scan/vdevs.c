/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/scan/scan.h"
#include "fmt/enums.h"

static uint64_t number(struct zf_nvlist list, const char *name)
{
	uint64_t v = 0;

	if (zf_nvlist_u64(list, name, &v))
		return 0;
	return v;
}

static void text(struct zf_nvlist list, const char *name, char *buf, size_t size)
{
	if (zf_nvlist_string(list, name, buf, size))
		buf[0] = '\0';
}

static bool is_type(const struct scan_vdev *vdev, const char *type)
{
	return strcmp(vdev->type, type) == 0;
}

static bool is_hidden(const struct scan_vdev *vdev)
{
	return is_type(vdev, "hole") || is_type(vdev, "missing") ||
	       is_type(vdev, "indirect");
}

/* The device of a leaf; of several copies the newest, or else the first, as the reader does. */
static const struct scan_dev *find_dev(const struct scan *scan, uint64_t pool_guid,
				       uint64_t guid)
{
	const struct scan_dev *best = NULL;

	for (unsigned int i = 0; i < scan->n; i++) {
		const struct zr_label *l = &scan->at[i].label.info;

		if (scan->at[i].error || l->vdev_guid != guid)
			continue;
		/* The label of a spare or of a cache device names no pool. */
		if (l->pool_guid != pool_guid && l->state != ZF_POOL_STATE_SPARE &&
		    l->state != ZF_POOL_STATE_L2CACHE)
			continue;
		if (!best || l->uberblock_txg > best->label.info.uberblock_txg)
			best = &scan->at[i];
	}
	return best;
}

/* What a top-level vdev is for stands in the pool, beside its config. */
static enum scan_class class_of(struct zr_pool *pool, struct zf_nvlist tree)
{
	char bias[16] = "";

	if (number(tree, "is_log"))
		return SCAN_LOG;
	if (!pool || zr_pool_text(pool, number(tree, "com.delphix:vdev_zap_top"),
				  "org.zfsonlinux:allocation_bias", bias, sizeof(bias)))
		return SCAN_NORMAL;
	if (strcmp(bias, "special") == 0)
		return SCAN_SPECIAL;
	return strcmp(bias, "dedup") == 0 ? SCAN_DEDUP : SCAN_NORMAL;
}

static void name_group(struct scan_vdev *vdev, struct zf_nvlist tree)
{
	unsigned long long parity = vdev->parity, id = vdev->id;

	if (is_type(vdev, "raidz"))
		snprintf(vdev->name, sizeof(vdev->name), "raidz%llu-%llu", parity, id);
	else if (is_type(vdev, "draid"))
		snprintf(vdev->name, sizeof(vdev->name), "draid%llu:%llud:%uc:%llus-%llu",
			 parity, (unsigned long long)number(tree, "draid_ndata"), vdev->n,
			 (unsigned long long)number(tree, "draid_nspares"), id);
	else
		snprintf(vdev->name, sizeof(vdev->name), "%s-%llu", vdev->type, id);
}

static void judge_leaf(struct scan_vdev *vdev, struct zf_nvlist tree)
{
	vdev->state = SCAN_ONLINE;
	/* A distributed spare is a share of all devices of its dRAID. */
	if (is_type(vdev, "dspare"))
		return;
	if (number(tree, "offline")) {
		vdev->state = SCAN_OFFLINE;
		vdev->reason = "was taken offline";
	} else if (number(tree, "removed")) {
		vdev->state = SCAN_REMOVED;
		vdev->reason = "was removed";
	} else if (number(tree, "faulted")) {
		vdev->state = SCAN_FAULTED;
		vdev->reason = "was faulted: too many errors";
	} else if (!vdev->dev) {
		vdev->state = SCAN_UNAVAIL;
		vdev->reason = "cannot be found";
	} else if (number(tree, "degraded")) {
		vdev->state = SCAN_DEGRADED;
		vdev->reason = "was degraded: too many errors";
	} else if (__builtin_popcount(vdev->dev->label.info.valid) < 4) {
		vdev->reason = "some of its labels are damaged";
	}
}

static void init_leaf(struct scan_vdev *vdev, const struct scan_source *from,
		      struct zf_nvlist tree)
{
	text(tree, "path", vdev->was, sizeof(vdev->was));
	vdev->dev = find_dev(from->scan, from->pool_guid, vdev->guid);
	if (is_type(vdev, "dspare"))
		snprintf(vdev->name, sizeof(vdev->name), "%.127s", vdev->was);
	else if (vdev->dev)
		snprintf(vdev->name, sizeof(vdev->name), "%.127s",
			 vdev->dev->dev->dev.name);
	else
		snprintf(vdev->name, sizeof(vdev->name), "%llu",
			 (unsigned long long)vdev->guid);
	judge_leaf(vdev, tree);
}

static bool is_lost(const struct scan_vdev *vdev)
{
	return vdev->state < SCAN_DEGRADED;
}

static unsigned int lost_limit(const struct scan_vdev *vdev)
{
	if (is_type(vdev, "raidz") || is_type(vdev, "draid"))
		return (unsigned int)vdev->parity;
	if (is_type(vdev, "root"))
		return 0;
	return vdev->n - 1; /* mirror, replacing, spare */
}

void scan_vdev_judge(struct scan_vdev *vdev)
{
	unsigned int lost = 0, degraded = 0, offline = 0;
	bool is_root = is_type(vdev, "root");

	for (unsigned int i = 0; i < vdev->n; i++) {
		const struct scan_vdev *c = &vdev->children[i];

		if (c->is_hidden)
			continue;
		/* The pool itself lives without its log. */
		if (is_lost(c) && !(is_root && c->class == SCAN_LOG))
			lost++;
		else if (c->state <= SCAN_DEGRADED)
			degraded++;
		offline += c->state == SCAN_OFFLINE;
	}
	vdev->state = SCAN_ONLINE;
	vdev->reason = NULL;
	if (lost > lost_limit(vdev)) {
		vdev->state =
			offline == vdev->n && !is_root ? SCAN_OFFLINE : SCAN_UNAVAIL;
		vdev->reason = "too few of its devices are there";
	} else if (lost || degraded) {
		vdev->state = SCAN_DEGRADED;
	}
}

static int init_children(struct scan_vdev *vdev, const struct scan_source *from,
			 struct zf_nvlist tree, unsigned int depth)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zf_nvlist child;
	int error = 0;

	if (n > SCAN_CHILDREN_MAX || depth >= SCAN_DEPTH)
		return ZB_E2BIG;
	vdev->children = calloc(n, sizeof(*vdev->children));
	if (!vdev->children)
		return ZB_ENOMEM;
	for (uint32_t i = 0; i < n && !error; i++) {
		error = zf_nvlist_array_at(tree, "children", i, &child);
		if (!error)
			error = scan_vdev_init(&vdev->children[i], from, child,
					       depth + 1);
		vdev->n++;
	}
	return error;
}

int scan_vdev_init(struct scan_vdev *vdev, const struct scan_source *from,
		   struct zf_nvlist tree, unsigned int depth)
{
	int error;

	memset(vdev, 0, sizeof(*vdev));
	vdev->guid = number(tree, "guid");
	vdev->id = number(tree, "id");
	vdev->parity = number(tree, "nparity");
	vdev->class = class_of(from->pool, tree);
	text(tree, "type", vdev->type, sizeof(vdev->type));
	vdev->is_hidden = is_hidden(vdev);
	vdev->state = SCAN_ONLINE;
	if (vdev->is_hidden)
		return 0;
	if (zf_nvlist_array_count(tree, "children") == 0) {
		init_leaf(vdev, from, tree);
		return 0;
	}
	error = init_children(vdev, from, tree, depth);
	name_group(vdev, tree);
	if (!error)
		scan_vdev_judge(vdev);
	return error;
}

void scan_vdev_done(struct scan_vdev *vdev)
{
	for (unsigned int i = 0; i < vdev->n; i++)
		scan_vdev_done(&vdev->children[i]);
	free(vdev->children);
	vdev->children = NULL;
	vdev->n = 0;
}
