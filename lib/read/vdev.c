/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/vdev.h"

#define MAX_DEPTH 4 /* mirror, spare, replacing, disk */

/* What a vdev is made of while its tree is read. */
struct making {
	struct zr_vdev *vdev;
	const char *pool_name;
	unsigned int max_sides;
	struct zb_diag *diag;
};

static bool is_leaf(struct zf_nvlist tree)
{
	return zf_nvlist_string_is(tree, "type", "disk") ||
	       zf_nvlist_string_is(tree, "type", "file");
}

/* Kinds of vdev whose children all hold the same bytes. */
static bool is_mirror(struct zf_nvlist tree)
{
	return zf_nvlist_string_is(tree, "type", "mirror") ||
	       zf_nvlist_string_is(tree, "type", "replacing") ||
	       zf_nvlist_string_is(tree, "type", "spare");
}

static int refuse(struct zf_nvlist tree, const char *pool_name, struct zb_diag *diag)
{
	char type[32];

	if (zf_nvlist_string(tree, "type", type, sizeof(type)))
		return zb_fail(diag, ZB_ECORRUPT, pool_name, ZB_DIAG_NO_OFFSET,
			       "a vdev in its label has no type");
	return zb_fail(diag, ZB_ENOTSUP, pool_name, ZB_DIAG_NO_OFFSET,
		       "a vdev of type %s, which cannot be read yet", type);
}

/* Leaves below tree, so that memory is asked for once; trees are bounded by their list. */
static unsigned int count_leaves(struct zf_nvlist tree, unsigned int depth)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zf_nvlist child;
	unsigned int leaves = 0;

	if (n == 0)
		return 1;
	for (uint32_t i = 0; depth < MAX_DEPTH && i < n && leaves <= ZR_VDEV_MAX_SIDES;
	     i++)
		if (zf_nvlist_array_at(tree, "children", i, &child) == 0)
			leaves += count_leaves(child, depth + 1);
	return leaves;
}

/* Collects the leaves below tree as sides. */
static int add_sides(struct making *m, struct zf_nvlist tree, unsigned int depth)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zr_vdev *vdev = m->vdev;
	struct zf_nvlist child;
	int error;

	if (is_leaf(tree)) {
		if (vdev->n_sides == m->max_sides)
			return zb_fail(m->diag, ZB_E2BIG, m->pool_name, ZB_DIAG_NO_OFFSET,
				       "a vdev of more than %u devices", m->max_sides);
		error = zf_nvlist_u64(tree, "guid", &vdev->sides[vdev->n_sides].guid);
		if (error)
			return zb_fail(m->diag, ZB_ECORRUPT, m->pool_name,
				       ZB_DIAG_NO_OFFSET,
				       "a disk in its label has no guid");
		vdev->n_sides++;
		return 0;
	}
	if (!is_mirror(tree) || depth == MAX_DEPTH)
		return refuse(tree, m->pool_name, m->diag);
	for (uint32_t i = 0; i < n; i++) {
		error = zf_nvlist_array_at(tree, "children", i, &child);
		if (!error)
			error = add_sides(m, child, depth + 1);
		if (error)
			return error;
	}
	return 0;
}

static int add_slot(struct making *m, struct zf_nvlist tree, unsigned int depth)
{
	struct zr_vdev *vdev = m->vdev;
	struct zr_slot *slot = &vdev->slots[vdev->n_slots];
	int error;

	slot->first = vdev->n_sides;
	error = add_sides(m, tree, depth);
	if (error)
		return error;
	slot->n = vdev->n_sides - slot->first;
	vdev->n_slots++;
	return 0;
}

static int make(struct making *m, const struct zr_host *host, struct zf_nvlist tree)
{
	struct zr_vdev *vdev = m->vdev;

	m->max_sides = count_leaves(tree, 0);
	if (m->max_sides > ZR_VDEV_MAX_SIDES)
		return zb_fail(m->diag, ZB_E2BIG, m->pool_name, ZB_DIAG_NO_OFFSET,
			       "a vdev of more than %u devices",
			       (unsigned int)ZR_VDEV_MAX_SIDES);
	vdev->sides = zr_zalloc(host, (m->max_sides + 1) * sizeof(*vdev->sides));
	vdev->slots = zr_zalloc(host, sizeof(*vdev->slots));
	if (!vdev->sides || !vdev->slots)
		return zb_fail(m->diag, ZB_ENOMEM, m->pool_name, ZB_DIAG_NO_OFFSET,
			       "no memory for its vdevs");
	return add_slot(m, tree, 0);
}

int zr_vdev_init(const struct zr_host *host, struct zf_nvlist tree, const char *pool_name,
		 struct zr_vdev *ret_vdev, struct zb_diag *diag)
{
	struct zr_vdev vdev = { .kind = ZR_VDEV_MIRROR };
	struct making m = { .vdev = &vdev, .pool_name = pool_name, .diag = diag };
	uint64_t ashift = 0, is_log = 0;
	int error;

	if (zf_nvlist_u64(tree, "is_log", &is_log))
		is_log = 0;
	if (zf_nvlist_u64(tree, "guid", &vdev.guid))
		vdev.guid = 0;
	if (is_log || zf_nvlist_string_is(tree, "type", "hole")) {
		vdev.kind = ZR_VDEV_HOLE;
		*ret_vdev = vdev;
		return 0;
	}
	if (zf_nvlist_u64(tree, "ashift", &ashift) || ashift < 9 || ashift > 16)
		ashift = 9;
	vdev.ashift = (unsigned int)ashift;
	error = make(&m, host, tree);
	if (error) {
		zr_vdev_done(host, &vdev);
		return error;
	}
	*ret_vdev = vdev;
	return 0;
}

void zr_vdev_done(const struct zr_host *host, struct zr_vdev *vdev)
{
	zr_free(host, vdev->sides);
	zr_free(host, vdev->slots);
	vdev->sides = NULL;
	vdev->slots = NULL;
}

bool zr_vdev_is_readable(const struct zr_vdev *vdev)
{
	if (vdev->kind != ZR_VDEV_MIRROR)
		return true;
	for (unsigned int i = 0; i < vdev->n_sides; i++)
		if (vdev->sides[i].dev)
			return true;
	return false;
}
