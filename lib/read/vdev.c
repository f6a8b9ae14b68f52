/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/parity.h"
#include "read/vdev.h"

#define MAX_DEPTH      5   /* raidz, mirror, spare, replacing, disk */
#define MAX_SPARE_HOPS 100 /* from one distributed spare to another */

/* What a vdev is made of while its tree is read. */
struct making {
	const struct zr_host *host;
	struct zr_vdev *vdev;
	const char *pool_name;
	unsigned int max_sides;
	struct zb_diag *diag;
};

static bool is_leaf(struct zf_nvlist tree)
{
	return zf_nvlist_string_is(tree, "type", "disk") ||
	       zf_nvlist_string_is(tree, "type", "file") ||
	       zf_nvlist_string_is(tree, "type", "dspare");
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

static int no_memory(struct making *m)
{
	return zb_fail(m->diag, ZB_ENOMEM, m->pool_name, ZB_DIAG_NO_OFFSET,
		       "no memory for its vdevs");
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

int zr_side_lacks_all(const struct zr_host *host, struct zr_side *side)
{
	zr_free(host, side->lacks);
	side->n_lacks = 0;
	side->lacks = zr_alloc(host, sizeof(*side->lacks));
	if (!side->lacks)
		return ZB_ENOMEM;
	side->lacks[0] = (struct zr_txgs){ 0, UINT64_MAX };
	side->n_lacks = 1;
	return 0;
}

/*
 * While a device that has been attached is resilvered or rebuilt its config says since when. What
 * it lacks its log tells, which is in the MOS: until that is read, or if there is none, the
 * device has nothing that another one could not have better.
 */
static int init_joining(struct making *m, struct zf_nvlist tree, struct zr_side *side)
{
	uint64_t txg = 0;

	side->joining = (zf_nvlist_u64(tree, "resilver_txg", &txg) == 0 && txg) ||
			(zf_nvlist_u64(tree, "rebuild_txg", &txg) == 0 && txg);
	if (!side->joining)
		return 0;
	return zr_side_lacks_all(m->host, side) ? no_memory(m) : 0;
}

static int add_leaf(struct making *m, struct zf_nvlist tree)
{
	struct zr_vdev *vdev = m->vdev;
	struct zr_side *side = &vdev->sides[vdev->n_sides];
	uint64_t spare = ZR_NOT_A_SPARE;

	if (vdev->n_sides == m->max_sides)
		return zb_fail(m->diag, ZB_E2BIG, m->pool_name, ZB_DIAG_NO_OFFSET,
			       "a vdev of more than %u devices", m->max_sides);
	if (zf_nvlist_u64(tree, "guid", &side->guid))
		return zb_fail(m->diag, ZB_ECORRUPT, m->pool_name, ZB_DIAG_NO_OFFSET,
			       "a disk in its label has no guid");
	if (zf_nvlist_string_is(tree, "type", "dspare") &&
	    (vdev->kind != ZR_VDEV_DRAID || zf_nvlist_u64(tree, "spareid", &spare) ||
	     spare >= vdev->raid.draid->nspares))
		return zb_fail(m->diag, ZB_ECORRUPT, m->pool_name, ZB_DIAG_NO_OFFSET,
			       "a distributed spare in its label belongs to no dRAID");
	side->spare = (uint32_t)spare;
	if (zf_nvlist_u64(tree, "DTL", &side->dtl))
		side->dtl = 0;
	vdev->n_sides++;
	return init_joining(m, tree, side);
}

/* Collects the leaves below tree as sides. */
static int add_sides(struct making *m, struct zf_nvlist tree, unsigned int depth)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zf_nvlist child;
	int error;

	if (is_leaf(tree))
		return add_leaf(m, tree);
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

static int insane(struct making *m, const char *kind)
{
	return zb_fail(m->diag, ZB_ECORRUPT, m->pool_name, ZB_DIAG_NO_OFFSET,
		       "a %s vdev in its label makes no sense", kind);
}

/* When the vdev became wider, by one column each time. */
static int init_widths(struct making *m, struct zf_nvlist tree, unsigned int n_slots)
{
	struct zr_raid_info *raid = &m->vdev->raid;
	struct zf_nvpair pair;

	raid->expanding =
		zf_nvlist_find(tree, "raidz_expanding", ZF_NV_BOOLEAN, &pair) == 0;
	if (zf_nvlist_find(tree, "raidz_expand_txgs", ZF_NV_UINT64_ARRAY, &pair) == 0)
		raid->n_widths = pair.elements;
	if (raid->n_widths > n_slots ||
	    n_slots - raid->n_widths < raid->nparity + 1 + raid->expanding)
		return insane(m, "raidz");
	if (raid->n_widths == 0)
		return 0;
	raid->widths_txg = zr_alloc(m->host, raid->n_widths * sizeof(*raid->widths_txg));
	if (!raid->widths_txg)
		return no_memory(m);
	for (unsigned int i = 0; i < raid->n_widths; i++) /* behind their number */
		if (zb_span_u64(pair.value, 4 + 8ULL * i, ZB_BE, &raid->widths_txg[i]))
			return insane(m, "raidz");
	return 0;
}

static int init_raidz(struct making *m, struct zf_nvlist tree, unsigned int n_slots)
{
	uint64_t nparity = 1; /* as before there was a choice */

	if (zf_nvlist_u64(tree, "nparity", &nparity))
		nparity = 1;
	if (nparity == 0 || nparity > ZR_PARITY_MAX || n_slots < nparity + 1)
		return insane(m, "raidz");
	m->vdev->raid.nparity = (unsigned int)nparity;
	return init_widths(m, tree, n_slots);
}

static int init_draid(struct making *m, struct zf_nvlist tree, unsigned int n_slots)
{
	struct zr_draid *draid = zr_zalloc(m->host, sizeof(*draid));
	int error;

	if (!draid)
		return no_memory(m);
	m->vdev->raid.draid = draid;
	error = zr_draid_init(m->host, tree, n_slots, draid);
	if (error == ZB_ENOMEM)
		return no_memory(m);
	if (error)
		return insane(m, "dRAID");
	m->vdev->raid.nparity = draid->nparity;
	return 0;
}

static int allocate(struct making *m, struct zf_nvlist tree, uint32_t n_slots)
{
	struct zr_vdev *vdev = m->vdev;

	m->max_sides = count_leaves(tree, 0);
	if (m->max_sides > ZR_VDEV_MAX_SIDES || n_slots > ZR_VDEV_MAX_SLOTS)
		return zb_fail(m->diag, ZB_E2BIG, m->pool_name, ZB_DIAG_NO_OFFSET,
			       "a vdev of too many devices");
	vdev->sides = zr_zalloc(m->host, (m->max_sides + 1) * sizeof(*vdev->sides));
	vdev->slots = zr_zalloc(m->host, (n_slots + 1) * sizeof(*vdev->slots));
	return vdev->sides && vdev->slots ? 0 : no_memory(m);
}

static int make_mirror(struct making *m, struct zf_nvlist tree)
{
	int error = allocate(m, tree, 1);

	m->vdev->kind = ZR_VDEV_MIRROR;
	return error ? error : add_slot(m, tree, 0);
}

static int make_raid(struct making *m, struct zf_nvlist tree, bool draid)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zf_nvlist child;
	int error = allocate(m, tree, n);

	if (error)
		return error;
	m->vdev->kind = draid ? ZR_VDEV_DRAID : ZR_VDEV_RAIDZ;
	error = draid ? init_draid(m, tree, n) : init_raidz(m, tree, n);
	for (uint32_t i = 0; !error && i < n; i++) {
		error = zf_nvlist_array_at(tree, "children", i, &child);
		if (!error)
			error = add_slot(m, child, 1);
	}
	return error;
}

static int make_indirect(struct making *m, struct zf_nvlist tree)
{
	struct zr_indirect *map = &m->vdev->indirect;

	m->vdev->kind = ZR_VDEV_INDIRECT;
	if (zf_nvlist_u64(tree, "com.delphix:indirect_object", &map->object))
		return insane(m, "removed");
	if (zf_nvlist_u64(tree, "com.delphix:prev_indirect_vdev", &map->previous))
		map->previous = UINT64_MAX;
	return 0;
}

static int make(struct making *m, struct zf_nvlist tree)
{
	uint64_t ashift = 0;

	if (zf_nvlist_string_is(tree, "type", "hole")) {
		m->vdev->kind = ZR_VDEV_HOLE;
		return 0;
	}
	if (zf_nvlist_string_is(tree, "type", "indirect"))
		return make_indirect(m, tree);
	if (zf_nvlist_u64(tree, "ashift", &ashift) || ashift < 9 || ashift > 16)
		ashift = 9;
	m->vdev->ashift = (unsigned int)ashift;
	if (zf_nvlist_string_is(tree, "type", "raidz"))
		return make_raid(m, tree, false);
	if (zf_nvlist_string_is(tree, "type", "draid"))
		return make_raid(m, tree, true);
	return make_mirror(m, tree);
}

int zr_vdev_init(const struct zr_host *host, struct zf_nvlist tree, const char *pool_name,
		 struct zr_vdev *ret_vdev, struct zb_diag *diag)
{
	struct zr_vdev vdev = { 0 };
	struct making m = {
		.host = host,
		.vdev = &vdev,
		.pool_name = pool_name,
		.diag = diag,
	};
	uint64_t is_log;
	int error;

	vdev.is_log = zf_nvlist_u64(tree, "is_log", &is_log) == 0 && is_log;
	if (zf_nvlist_u64(tree, "guid", &vdev.guid))
		vdev.guid = 0;
	error = make(&m, tree);
	if (error) {
		zr_vdev_done(host, &vdev);
		return error;
	}
	zr_vdev_count_lacks(&vdev);
	*ret_vdev = vdev;
	return 0;
}

void zr_vdev_done(const struct zr_host *host, struct zr_vdev *vdev)
{
	if (vdev->raid.draid)
		zr_free(host, vdev->raid.draid->perms);
	zr_free(host, vdev->raid.draid);
	zr_free(host, vdev->indirect.words);
	zr_free(host, vdev->raid.widths_txg);
	for (unsigned int i = 0; i < vdev->n_sides; i++)
		zr_free(host, vdev->sides[i].lacks);
	zr_free(host, vdev->sides);
	zr_free(host, vdev->slots);
	*vdev = (struct zr_vdev){ 0 };
}

/* Where a distributed spare has what lies at offset. NULL: on a slot that is missing. */
static const struct zr_side *behind_spare(const struct zr_vdev *vdev,
					  const struct zr_side *side, uint64_t offset)
{
	const struct zr_slot *slot =
		&vdev->slots[zr_draid_spare_slot(vdev->raid.draid, side->spare, offset)];

	for (unsigned int i = 0; i < slot->n; i++) {
		side = &vdev->sides[slot->first + i];
		if (side->dev || side->spare != ZR_NOT_A_SPARE)
			return side;
	}
	return NULL;
}

const struct zr_dev *zr_side_dev(const struct zr_vdev *vdev, const struct zr_side *side,
				 uint64_t offset)
{
	/* A spare's reserve may lie on a child that another spare stands in for. */
	for (unsigned int hop = 0; side && hop < MAX_SPARE_HOPS; hop++) {
		if (side->spare == ZR_NOT_A_SPARE)
			return side->dev;
		side = behind_spare(vdev, side, offset);
	}
	return NULL;
}

/* The range in the side's log that has the txg; NULL: none. */
static const struct zr_txgs *find_txg(const struct zr_side *side, uint64_t txg)
{
	unsigned int low = 0, high = side->n_lacks;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;

		if (txg < side->lacks[mid].start)
			high = mid;
		else if (txg < side->lacks[mid].end)
			return &side->lacks[mid];
		else
			low = mid + 1;
	}
	return NULL;
}

static bool has_txg(const struct zr_side *side, uint64_t txg)
{
	return find_txg(side, txg) != NULL;
}

bool zr_side_gap(const struct zr_side *side, uint64_t birth, struct zr_txgs *ret_gap)
{
	const struct zr_txgs *found = find_txg(side, birth);
	bool stale = side->stale && birth > side->stale_txg;

	if (!found && !stale)
		return false;
	*ret_gap = found ? *found : (struct zr_txgs){ side->stale_txg + 1, UINT64_MAX };
	if (stale)
		ret_gap->end = UINT64_MAX;
	return true;
}

/* Where a vdev has one device only it is read, whatever it lacks. */
void zr_vdev_count_lacks(struct zr_vdev *vdev)
{
	vdev->has_lacks = false;
	for (unsigned int i = 0; vdev->n_sides > 1 && i < vdev->n_sides; i++)
		vdev->has_lacks |= vdev->sides[i].n_lacks > 0;
}

bool zr_side_lacks(const struct zr_vdev *vdev, const struct zr_side *side,
		   uint64_t offset, uint64_t birth)
{
	if (!vdev->has_lacks)
		return false;
	for (unsigned int hop = 0; side && hop < MAX_SPARE_HOPS; hop++) {
		if (has_txg(side, birth))
			return true;
		if (side->spare == ZR_NOT_A_SPARE)
			return false;
		side = behind_spare(vdev, side, offset);
	}
	return false;
}

uint64_t zr_vdev_lacking(const struct zr_vdev *vdev, uint64_t birth)
{
	const unsigned int last = ZR_LACKING_BITS - 1;
	uint64_t sides = 0;

	for (unsigned int i = 0; vdev->has_lacks && i < vdev->n_sides; i++)
		if (has_txg(&vdev->sides[i], birth))
			sides |= 1ULL << (i < last ? i : last);
	return sides;
}

const struct zr_side *zr_slot_side(const struct zr_vdev *vdev, const struct zr_slot *slot,
				   unsigned int i, uint64_t offset, uint64_t birth)
{
	const struct zr_side *sides = vdev->sides + slot->first;

	for (unsigned int last = 0; vdev->has_lacks && last < 2; last++)
		for (unsigned int k = 0; k < slot->n; k++)
			if (zr_side_lacks(vdev, &sides[k], offset, birth) == last &&
			    i-- == 0)
				return &sides[k];
	return &sides[i];
}

static bool is_present(const struct zr_vdev *vdev, const struct zr_slot *slot)
{
	for (unsigned int i = 0; i < slot->n; i++) {
		const struct zr_side *side = &vdev->sides[slot->first + i];

		if (side->dev || side->spare != ZR_NOT_A_SPARE)
			return true;
	}
	return false;
}

bool zr_vdev_is_readable(const struct zr_vdev *vdev)
{
	unsigned int missing = 0, spared = vdev->raid.nparity;

	if (vdev->is_log || vdev->kind == ZR_VDEV_HOLE || vdev->kind == ZR_VDEV_INDIRECT)
		return true;
	for (unsigned int i = 0; i < vdev->n_slots; i++)
		missing += !is_present(vdev, &vdev->slots[i]);
	if (vdev->raid.draid)
		spared *= vdev->raid.draid->sets;
	return missing <= spared;
}
