/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/scan/scan.h"
#include "fmt/enums.h"

static int out_of_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
}

const struct scan_dev *scan_copy_of(const struct scan *scan, const struct scan_dev *dev)
{
	for (const struct scan_dev *d = scan->at; d < dev; d++)
		if (!d->error && d->label.info.vdev_guid == dev->label.info.vdev_guid &&
		    d->label.info.pool_guid == dev->label.info.pool_guid)
			return d;
	return NULL;
}

static struct scan_pool *find_pool(const struct scan *scan, uint64_t guid)
{
	for (unsigned int i = 0; i < scan->n_pools; i++)
		if (scan->pools[i].guid == guid)
			return &scan->pools[i];
	return NULL;
}

static int add_pool(struct scan *scan, const struct scan_dev *dev, struct zb_diag *diag)
{
	const struct zr_label *l = &dev->label.info;
	struct scan_pool *pool = find_pool(scan, l->pool_guid), *pools;

	if (!pool) {
		pools = realloc(scan->pools, (scan->n_pools + 1) * sizeof(*pools));
		if (!pools)
			return out_of_memory(diag);
		scan->pools = pools;
		pool = &pools[scan->n_pools++];
		memset(pool, 0, sizeof(*pool));
		pool->guid = l->pool_guid;
	}
	if (!pool->newest || l->txg > pool->newest->label.info.txg)
		pool->newest = dev;
	if (dev->label.newest.txg > pool->txg) {
		pool->txg = dev->label.newest.txg;
		pool->timestamp = dev->label.newest.timestamp;
	}
	return 0;
}

/* ---- the tree ---- */

/* The newest label's tree of top-level vdev `id`. */
static bool tree_of_label(const struct scan *scan, const struct scan_pool *pool,
			  uint64_t id, struct zf_nvlist *ret_tree)
{
	const struct scan_dev *best = NULL;
	struct zf_nvlist tree;
	uint64_t v;

	for (unsigned int i = 0; i < scan->n; i++) {
		const struct scan_dev *d = &scan->at[i];

		if (d->error || d->label.info.pool_guid != pool->guid ||
		    zf_nvlist_list(d->label.config, "vdev_tree", &tree) ||
		    zf_nvlist_u64(tree, "id", &v) || v != id)
			continue;
		if (!best || d->label.info.txg > best->label.info.txg) {
			best = d;
			*ret_tree = tree;
		}
	}
	return best != NULL;
}

/* Whether the pool's labels say that there is nothing at that id: it was removed. */
static bool is_hole(const struct scan_pool *pool, uint64_t id)
{
	struct zf_nvpair pair;

	if (zf_nvlist_find(pool->newest->label.config, "hole_array", ZF_NV_UINT64_ARRAY,
			   &pair))
		return false;
	for (uint32_t i = 0; i < pair.elements; i++) {
		uint64_t hole;

		if (zb_span_u64(pair.value, 8ULL * i, ZB_BE, &hole) == 0 && hole == id)
			return true;
	}
	return false;
}

static int root_from_labels(struct scan_pool *pool, const struct scan_source *from)
{
	uint64_t n = pool->newest->label.info.vdev_children;
	struct zf_nvlist tree;
	int error = 0;

	if (n > SCAN_CHILDREN_MAX)
		n = SCAN_CHILDREN_MAX;
	pool->root.children = calloc(n, sizeof(*pool->root.children));
	if (!pool->root.children && n)
		return ZB_ENOMEM;
	for (uint64_t id = 0; id < n && !error; id++) {
		if (is_hole(pool, id))
			continue;
		if (tree_of_label(from->scan, pool, id, &tree))
			error = scan_vdev_init(&pool->root.children[pool->root.n++], from,
					       tree, 1);
		else
			pool->n_unknown++;
	}
	strcpy(pool->root.type, "root");
	scan_vdev_judge(&pool->root);
	if (pool->n_unknown) {
		pool->root.state = SCAN_UNAVAIL;
		pool->root.reason = "some of its vdevs have no device at all";
	}
	return error;
}

static int get_list(struct zr_pool *pool, const char *name, uint8_t **ret_bytes,
		    struct zf_nvlist *ret_list)
{
	struct zb_diag diag;
	size_t len;
	int error = zr_pool_list(pool, name, ret_bytes, &len, &diag);

	return error ? error : zf_nvlist_init(zb_span(*ret_bytes, len), ret_list);
}

static int root_from_config(struct scan_pool *pool, const struct scan_source *from)
{
	struct zf_nvlist config, tree;
	uint8_t *bytes = NULL;
	int error = get_list(from->pool, "config", &bytes, &config);

	if (!error)
		error = zf_nvlist_list(config, "vdev_tree", &tree);
	if (!error)
		error = scan_vdev_init(&pool->root, from, tree, 0);
	free(bytes);
	return error;
}

/* Spares or cache devices. That there are none is usual. */
static void add_extra(const struct scan_source *from, const char *name,
		      struct scan_vdev **ret_vdevs, unsigned int *ret_n)
{
	struct zf_nvlist list, tree;
	struct scan_vdev *vdevs;
	uint8_t *bytes = NULL;
	uint32_t n = 0;

	if (get_list(from->pool, name, &bytes, &list) == 0)
		n = zf_nvlist_array_count(list, name);
	vdevs = n && n <= SCAN_CHILDREN_MAX ? calloc(n, sizeof(*vdevs)) : NULL;
	for (uint32_t i = 0; vdevs && i < n; i++)
		if (zf_nvlist_array_at(list, name, i, &tree) == 0 &&
		    scan_vdev_init(&vdevs[(*ret_n)++], from, tree, 1) != 0)
			break;
	*ret_vdevs = vdevs;
	free(bytes);
}

/* ---- the state ---- */

static void explain(struct scan_pool *pool, int error, const struct zb_diag *diag)
{
	zb_diag_text(diag, pool->why, sizeof(pool->why));
	pool->state = SCAN_FAULTED;
	pool->reason = "its metadata are damaged";
	if (error == ZB_ENOTSUP) {
		pool->state = SCAN_UNAVAIL;
		pool->reason = "it uses something that zlive cannot read";
	} else if (error == ZB_ENODEV || pool->root.state < SCAN_DEGRADED) {
		pool->state = SCAN_UNAVAIL;
		pool->reason = "devices that it needs are missing";
	}
}

static int examine(struct scan_pool *pool, const struct scan *scan)
{
	struct scan_source from = { .scan = scan, .pool_guid = pool->guid };
	struct zb_diag diag;
	int refused, error = ZB_ENOENT;

	refused = zr_pool_open(scan->host, scan->devs.list, scan->devs.n, pool->guid,
			       &from.pool, &diag);
	if (!refused)
		error = root_from_config(pool, &from);
	if (error) {
		scan_vdev_done(&pool->root);
		memset(&pool->root, 0, sizeof(pool->root));
		error = root_from_labels(pool, &from);
	}
	if (refused) {
		explain(pool, refused, &diag);
		return error;
	}
	pool->state = pool->root.state;
	if (pool->state != SCAN_ONLINE)
		pool->reason = "devices are missing or faulted, but enough are there";
	add_extra(&from, "spares", &pool->spares, &pool->n_spares);
	add_extra(&from, "l2cache", &pool->caches, &pool->n_caches);
	zr_pool_close(from.pool);
	return error;
}

int scan_pools_find(struct scan *scan, struct zb_diag *diag)
{
	int error = 0;

	for (unsigned int i = 0; i < scan->n && !error; i++)
		if (!scan->at[i].error && scan->at[i].label.info.pool_guid)
			error = add_pool(scan, &scan->at[i], diag);
	for (unsigned int i = 0; i < scan->n_pools && !error; i++)
		if (examine(&scan->pools[i], scan) == ZB_ENOMEM)
			error = out_of_memory(diag);
	return error;
}

static void free_vdevs(struct scan_vdev *vdevs, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		scan_vdev_done(&vdevs[i]);
	free(vdevs);
}

void scan_pools_done(struct scan *scan)
{
	for (unsigned int i = 0; i < scan->n_pools; i++) {
		struct scan_pool *pool = &scan->pools[i];

		scan_vdev_done(&pool->root);
		free_vdevs(pool->spares, pool->n_spares);
		free_vdevs(pool->caches, pool->n_caches);
	}
	free(scan->pools);
}
