/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/member.h"

/* ---- which devices ---- */

/*
 * A label without a txg is what is left on a device that was detached, or not yet part of the
 * pool when it was added: OpenZFS does not look at it either.
 */
static bool is_member(const struct zr_label *l, uint64_t guid)
{
	if (l->pool_guid == 0 || l->txg == 0 || l->state == ZF_POOL_STATE_SPARE ||
	    l->state == ZF_POOL_STATE_L2CACHE)
		return false;
	if (guid == 0)
		return l->state != ZF_POOL_STATE_DESTROYED;
	return l->pool_guid == guid;
}

/* Into its place: the newest label first. */
static void insert(struct zr_members *members, struct zr_member *m)
{
	unsigned int i = members->n++;

	for (; i > 0 && members->at[i - 1].label.info.txg < m->label.info.txg; i--)
		members->at[i] = members->at[i - 1];
	members->at[i] = *m;
}

static int several(const struct zr_members *members, struct zb_diag *diag)
{
	const struct zr_label *first = &members->at[0].label.info;

	for (unsigned int i = 1; i < members->n; i++)
		if (members->at[i].label.info.pool_guid != first->pool_guid)
			return zb_fail(diag, ZB_EINVAL, NULL, ZB_DIAG_NO_OFFSET,
				       "there are several pools (%s, %s): say which",
				       first->pool_name,
				       members->at[i].label.info.pool_name);
	return 0;
}

/* The diag of a device whose labels are bad tells more than that there is no pool. */
static int load_all(struct zr_members *members, const struct zr_dev *const *devs,
		    unsigned int n, enum zr_label_effort effort, uint64_t max_txg,
		    struct zr_io_stats *stats, struct zr_member *m, struct zb_diag *diag)
{
	uint64_t guid = members->options->guid;
	struct zb_diag why = { 0 };
	int error, last = ZB_ENOENT;

	for (unsigned int i = 0; i < n; i++) {
		*m = (struct zr_member){ .dev = devs[i] };
		error = zr_label_load(members->host, devs[i], effort, max_txg, stats,
				      &m->label, &why);
		if (error == ZB_ENOENT)
			continue;
		if (error) {
			last = error;
			zr_note(members->host, &why);
		} else if (is_member(&m->label.info, guid)) {
			zr_label_note(members->host, m->dev, &m->label);
			insert(members, m);
		} else {
			zr_label_data_done(members->host, &m->label);
		}
	}
	if (members->n > 0)
		return several(members, diag);
	if (last != ZB_ENOENT)
		return zb_fail(diag, last, why.object, why.offset, "%s", why.reason);
	return zb_fail(diag, ZB_ENOENT, NULL, ZB_DIAG_NO_OFFSET,
		       guid ? "no device holds the pool %llu" : "no device holds a pool",
		       (unsigned long long)guid);
}

int zr_members_load(struct zr_members *members, const struct zr_dev *const *devs,
		    unsigned int n, enum zr_label_effort effort, uint64_t max_txg,
		    struct zr_io_stats *stats, struct zb_diag *diag)
{
	struct zr_member *m = zr_alloc(members->host, sizeof(*m));
	int error = ZB_ENOMEM;

	members->at = zr_zalloc(members->host, (size_t)n * sizeof(*members->at));
	if (m && members->at)
		error = load_all(members, devs, n, effort, max_txg, stats, m, diag);
	else
		zb_fail(diag, error, NULL, ZB_DIAG_NO_OFFSET, "no memory to open a pool");
	zr_free(members->host, m);
	return error;
}

void zr_members_done(struct zr_members *members)
{
	for (unsigned int i = 0; i < members->n; i++)
		zr_label_data_done(members->host, &members->at[i].label);
	zr_free(members->host, members->at);
	members->at = NULL;
	members->n = 0;
}

/* ---- devices of a vdev ---- */

/* Whether a has seen what b has not. */
static bool is_newer(const struct zr_member *a, const struct zr_member *b)
{
	const struct zf_uberblock *x = &a->label.newest, *y = &b->label.newest;

	return x->txg != y->txg ? x->txg > y->txg : x->timestamp > y->timestamp;
}

/*
 * Of two devices that claim to be the same side (a copy made with dd) the one with the newer
 * uberblock is it; if they are equal, the one that the host named first.
 */
static struct zr_member *find(const struct zr_members *members, uint64_t guid,
			      uint64_t top_guid)
{
	struct zr_member *best = NULL;

	for (unsigned int i = 0; i < members->n; i++) {
		struct zr_member *m = &members->at[i];

		if ((guid ? m->label.info.vdev_guid == guid
			  : m->label.info.top_guid == top_guid) &&
		    (!best || is_newer(m, best)))
			best = m;
	}
	return best;
}

/*
 * The last side of a mirror, when the others were detached, takes over the mirror's guid; its
 * label may not know that yet, but it knows the mirror's.
 */
static struct zr_member *find_side(const struct zr_members *members,
				   const struct zr_vdev *vdev, unsigned int side)
{
	struct zr_member *m = find(members, vdev->sides[side].guid, 0);

	if (!m && vdev->n_sides == 1 && vdev->sides[0].guid == vdev->guid)
		m = find(members, 0, vdev->guid);
	return m;
}

static void note_stale(const struct zr_members *members, const struct zr_member *m,
		       uint64_t txg)
{
	struct zb_diag what;

	zb_fail(&what, ZB_ECORRUPT, m->dev->name, ZB_DIAG_NO_OFFSET,
		"stale: its last state is of txg %llu, its neighbours' of %llu",
		(unsigned long long)m->label.newest.txg, (unsigned long long)txg);
	zr_note(members->host, &what);
}

/* Of each slot, whose sides hold the same, stale ones to the end; the rest keep their order. */
static void sort_sides(struct zr_vdev *vdev, const struct zr_slot *slot)
{
	struct zr_side *sides = vdev->sides + slot->first;

	for (unsigned int i = 1; i < slot->n; i++) {
		struct zr_side moving = sides[i];
		unsigned int at = i;

		for (; at > 0 && sides[at - 1].stale && !moving.stale; at--)
			sides[at] = sides[at - 1];
		sides[at] = moving;
	}
}

/*
 * All sides of a vdev get each uberblock together: one whose newest is older than another's
 * was away, and lacks what was written meanwhile. One that is as new but leads elsewhere went
 * on without the others.
 */
void zr_members_attach(struct zr_members *members, struct zr_vdev *vdev)
{
	const struct zr_member *best = NULL;
	const struct zf_uberblock *newest;

	for (unsigned int i = 0; i < vdev->n_sides; i++) {
		struct zr_member *m = find_side(members, vdev, i);

		vdev->sides[i].dev = m ? m->dev : NULL;
		vdev->sides[i].stale = false;
		if (!m)
			continue;
		m->in_use = true;
		if (!best || is_newer(m, best))
			best = m;
	}
	if (!best)
		return;
	newest = &best->label.newest;
	for (unsigned int i = 0; i < vdev->n_sides; i++) {
		const struct zr_member *m = find_side(members, vdev, i);

		if (!m || zr_uberblock_same_tree(&m->label.newest, newest) ||
		    (members->options->max_txg &&
		     m->label.newest.txg >= members->options->max_txg))
			continue;
		vdev->sides[i].stale = true;
		vdev->sides[i].stale_txg = m->label.newest.txg;
		note_stale(members, m, newest->txg);
	}
	for (unsigned int i = 0; i < vdev->n_slots; i++)
		sort_sides(vdev, &vdev->slots[i]);
}

/* ---- vdevs by the labels ---- */

/* A label that makes no sense, or is old, must not hide a better one behind it. */
static int add_vdev(struct zr_members *members, struct zr_pool *pool,
		    const struct zr_label_data *label, struct zb_diag *diag)
{
	struct zf_nvlist tree;
	struct zr_vdev vdev;
	uint64_t id = 0;
	int error = zf_nvlist_list(label->config, "vdev_tree", &tree);

	if (!error)
		error = zf_nvlist_u64(tree, "id", &id);
	if (error || id >= pool->n_vdevs)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "its label has no sensible vdev tree");
	if (pool->vdevs[id].kind != ZR_VDEV_ABSENT)
		return 0;
	error = zr_vdev_init(members->host, tree, pool->info.name, &vdev, diag);
	if (error)
		return error;
	zr_members_attach(members, &vdev);
	pool->vdevs[id] = vdev;
	return 0;
}

static bool has_vdev(const struct zr_pool *pool)
{
	for (unsigned int id = 0; id < pool->n_vdevs; id++)
		if (pool->vdevs[id].kind != ZR_VDEV_ABSENT)
			return true;
	return false;
}

int zr_members_make_vdevs(struct zr_members *members, struct zr_pool *pool,
			  struct zb_diag *diag)
{
	struct zb_diag why;
	uint64_t n = 0;
	int error = 0;

	for (unsigned int i = 0; i < members->n; i++) {
		members->at[i].in_use = false;
		if (members->at[i].label.info.vdev_children > n)
			n = members->at[i].label.info.vdev_children;
	}
	if (n == 0 || n > ZR_VDEV_MAX_TOP)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "its label says it has %llu vdevs", (unsigned long long)n);
	error = zr_vdevs_alloc(pool, (unsigned int)n, diag);
	for (unsigned int i = 0; i < members->n && !error; i++) {
		error = add_vdev(members, pool, &members->at[i].label, &why);
		if (error == ZB_ENOMEM ||
		    (error && i + 1 == members->n && !has_vdev(pool)))
			return zb_fail(diag, error, why.object, why.offset, "%s",
				       why.reason);
		if (error)
			zr_note(members->host, &why);
		error = 0;
	}
	return error;
}

void zr_members_uberblocks(const struct zr_members *members, struct zr_uberblocks *list)
{
	list->n = 0;
	for (unsigned int i = 0; i < members->n; i++) {
		const struct zr_member *m = &members->at[i];

		/* A device that is no part of the pool any more knows only its past. */
		if (!m->in_use)
			continue;
		for (unsigned int u = 0; u < m->label.uberblocks.n; u++)
			zr_uberblocks_add(list, &m->label.uberblocks.at[u]);
	}
}
