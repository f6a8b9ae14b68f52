/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/label.h"

/* Absent or overlong texts stay empty: they are for people only. */
static void get_text(struct zf_nvlist list, const char *name, char *buf, size_t size)
{
	if (zf_nvlist_string(list, name, buf, size))
		buf[0] = '\0';
}

static void get_number(struct zf_nvlist list, const char *name, uint64_t *ret_v)
{
	if (zf_nvlist_u64(list, name, ret_v))
		*ret_v = 0;
}

/*
 * The leaf of that guid in a vdev tree; the top-level vdev itself if the disk is not in a
 * mirror or the like. Vdevs nest at most four deep: mirror, spare, replacing, disk.
 */
static int find_leaf(struct zf_nvlist tree, uint64_t guid, unsigned int depth,
		     struct zf_nvlist *ret_leaf)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zf_nvlist child;
	uint64_t v = 0;

	if (n == 0) {
		if (zf_nvlist_u64(tree, "guid", &v) || v != guid)
			return ZB_ENOENT;
		*ret_leaf = tree;
		return 0;
	}
	for (uint32_t i = 0; depth < 4 && i < n; i++)
		if (zf_nvlist_array_at(tree, "children", i, &child) == 0 &&
		    find_leaf(child, guid, depth + 1, ret_leaf) == 0)
			return 0;
	return ZB_ENOENT;
}

static void fill_leaf(struct zf_nvlist tree, struct zr_label *info)
{
	struct zf_nvlist leaf;

	if (find_leaf(tree, info->vdev_guid, 0, &leaf))
		return;
	get_text(leaf, "path", info->path, sizeof(info->path));
	get_text(leaf, "devid", info->devid, sizeof(info->devid));
	get_text(leaf, "phys_path", info->phys_path, sizeof(info->phys_path));
}

/* A config without a pool GUID is a spare's or a cache device's: state and guid are all. */
int zr_label_info(struct zf_nvlist config, struct zr_label *info)
{
	struct zf_nvlist tree;
	uint64_t ashift = 0;

	if (zf_nvlist_u64(config, "guid", &info->vdev_guid))
		return ZB_ECORRUPT;
	get_number(config, "pool_guid", &info->pool_guid);
	get_number(config, "top_guid", &info->top_guid);
	get_number(config, "txg", &info->txg);
	get_number(config, "version", &info->version);
	get_number(config, "state", &info->state);
	get_number(config, "hostid", &info->hostid);
	get_number(config, "vdev_children", &info->vdev_children);
	get_text(config, "name", info->pool_name, sizeof(info->pool_name));
	get_text(config, "hostname", info->hostname, sizeof(info->hostname));
	if (zf_nvlist_list(config, "vdev_tree", &tree) == 0) {
		get_number(tree, "ashift", &ashift);
		fill_leaf(tree, info);
	}
	info->ashift = ashift <= 16 ? (unsigned int)ashift : 0;
	return 0;
}
