/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/decompress.h"
#include "read/dsl.h"
#include "read/feature.h"
#include "read/label.h"
#include "read/pool.h"
#include "read/zap.h"

#define OBJECT_DIRECTORY     1 /* its object number in the MOS */
#define VERSION_FEATURES     5000
#define VERSION_BEFORE_FLAGS 28

/* A device that may belong to the pool, with what its labels say. */
struct candidate {
	const struct zr_dev *dev;
	struct zr_label_data label;
};

struct opening {
	const struct zr_host *host;
	struct zr_pool *pool;
	struct candidate *candidates;
	unsigned int n;
	uint64_t guid;
	struct zr_uberblocks *uberblocks;
};

/* ---- which devices ---- */

static bool is_member(const struct zr_label *l, uint64_t guid)
{
	if (l->pool_guid == 0 || l->state == ZF_POOL_STATE_SPARE ||
	    l->state == ZF_POOL_STATE_L2CACHE)
		return false;
	if (guid == 0)
		return l->state != ZF_POOL_STATE_DESTROYED;
	return l->pool_guid == guid;
}

/* Reads the labels of all devices; keeps those of the pool, or of the only pool there is. */
static int collect(struct opening *o, const struct zr_dev *const *devs, unsigned int n,
		   struct zb_diag *diag)
{
	struct zr_io_stats *stats = &o->pool->windows.stats;
	struct zb_diag why = { 0 };
	int error, last = ZB_ENOENT;

	for (unsigned int i = 0; i < n; i++) {
		struct candidate *c = &o->candidates[o->n];

		error = zr_label_load(o->host, devs[i], ZR_LABEL_FRUGAL, stats, &c->label,
				      &why);
		if (error == ZB_ENOENT)
			continue;
		if (error) {
			last = error;
			zr_note(o->host, &why);
			continue;
		}
		if (!is_member(&c->label.info, o->guid)) {
			zr_label_data_done(o->host, &c->label);
			continue;
		}
		c->dev = devs[i];
		o->n++;
		if (o->n > 1 &&
		    c->label.info.pool_guid != o->candidates[0].label.info.pool_guid)
			return zb_fail(diag, ZB_EINVAL, NULL, ZB_DIAG_NO_OFFSET,
				       "there are several pools (%s, %s): say which",
				       o->candidates[0].label.info.pool_name,
				       c->label.info.pool_name);
	}
	if (o->n > 0)
		return 0;
	if (last != ZB_ENOENT)
		return zb_fail(diag, last, why.object, why.offset, "%s", why.reason);
	return zb_fail(diag, ZB_ENOENT, NULL, ZB_DIAG_NO_OFFSET,
		       o->guid ? "no device holds the pool %llu"
			       : "no device holds a pool",
		       (unsigned long long)o->guid);
}

/* ---- vdevs ---- */

static int add_vdev(struct opening *o, const struct zr_label_data *label,
		    struct zb_diag *diag)
{
	struct zr_pool *pool = o->pool;
	struct zf_nvlist tree;
	struct zr_vdev vdev;
	uint64_t id = 0;
	int error = zf_nvlist_list(label->config, "vdev_tree", &tree);

	if (!error)
		error = zf_nvlist_u64(tree, "id", &id);
	if (error || id >= pool->n_vdevs)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "its label has no sensible vdev tree");
	if (pool->vdevs[id].kind != ZR_VDEV_ABSENT &&
	    pool->vdevs[id].txg >= label->info.txg)
		return 0;
	error = zr_vdev_init(o->host, tree, pool->info.name, &vdev, diag);
	if (error)
		return error;
	vdev.txg = label->info.txg;
	zr_vdev_done(o->host, &pool->vdevs[id]);
	pool->vdevs[id] = vdev;
	return 0;
}

/*
 * Of two devices that claim to be the same side (a copy made with dd) the one with the newer
 * uberblock is it; if they are equal, the one that the host named first.
 */
static const struct zr_dev *find_dev(const struct opening *o, uint64_t guid)
{
	const struct candidate *best = NULL;

	for (unsigned int i = 0; i < o->n; i++) {
		const struct candidate *c = &o->candidates[i];

		if (c->label.info.vdev_guid == guid &&
		    (!best ||
		     c->label.info.uberblock_txg > best->label.info.uberblock_txg))
			best = c;
	}
	return best ? best->dev : NULL;
}

static bool in_use(const struct zr_pool *pool, const struct zr_dev *dev)
{
	for (unsigned int id = 0; id < pool->n_vdevs; id++)
		for (unsigned int i = 0; i < pool->vdevs[id].n_sides; i++)
			if (pool->vdevs[id].sides[i].dev == dev)
				return true;
	return false;
}

static int make_vdevs(struct opening *o, struct zb_diag *diag)
{
	struct zr_pool *pool = o->pool;
	uint64_t n = 0;
	int error;

	for (unsigned int i = 0; i < o->n; i++)
		if (o->candidates[i].label.info.vdev_children > n)
			n = o->candidates[i].label.info.vdev_children;
	if (n == 0 || n > ZR_VDEV_MAX_TOP)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "its label says it has %llu vdevs", (unsigned long long)n);
	pool->vdevs = zr_zalloc(o->host, (size_t)n * sizeof(*pool->vdevs));
	if (!pool->vdevs)
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for its vdevs");
	pool->n_vdevs = (unsigned int)n;
	for (unsigned int i = 0; i < o->n; i++) {
		error = add_vdev(o, &o->candidates[i].label, diag);
		if (error)
			return error;
	}
	for (unsigned int id = 0; id < pool->n_vdevs; id++) {
		struct zr_vdev *vdev = &pool->vdevs[id];

		for (unsigned int i = 0; i < vdev->n_sides; i++)
			vdev->sides[i].dev = find_dev(o, vdev->sides[i].guid);
	}
	return 0;
}

static void gather_uberblocks(struct opening *o)
{
	for (unsigned int i = 0; i < o->n; i++) {
		const struct candidate *c = &o->candidates[i];

		/* A device that is no part of the pool any more knows only its past. */
		if (!in_use(o->pool, c->dev))
			continue;
		for (unsigned int u = 0; u < c->label.uberblocks.n; u++)
			zr_uberblocks_add(o->uberblocks, &c->label.uberblocks.at[u]);
	}
}

/* ---- from an uberblock to the datasets ---- */

static int check_version(const struct zr_pool *pool, const struct zf_uberblock *ub,
			 struct zb_diag *diag)
{
	if (ub->version == VERSION_FEATURES ||
	    (ub->version >= 1 && ub->version <= VERSION_BEFORE_FLAGS))
		return 0;
	return zb_fail(diag, ZB_ENOTSUP, pool->info.name, ZB_DIAG_NO_OFFSET,
		       "pool version %llu is unknown", (unsigned long long)ub->version);
}

static int missing_vdev(const struct zr_pool *pool, uint64_t id, uint64_t guid,
			struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENODEV, pool->info.name, ZB_DIAG_NO_OFFSET,
		       "vdev %llu (guid %llu) is missing", (unsigned long long)id,
		       (unsigned long long)guid);
}

/* Compares a vdev of the MOS's config, which knows all, with what the labels have shown. */
static int check_config_vdev(struct zr_pool *pool, struct zf_nvlist tree,
			     struct zb_diag *diag)
{
	struct zr_vdev made;
	uint64_t id;
	int error;

	if (zf_nvlist_u64(tree, "id", &id) || id >= pool->n_vdevs ||
	    pool->vdevs[id].kind != ZR_VDEV_ABSENT)
		return 0;
	error = zr_vdev_init(pool->host, tree, pool->info.name, &made, diag);
	if (error)
		return error;
	if (made.kind != ZR_VDEV_HOLE) {
		zr_vdev_done(pool->host, &made);
		return missing_vdev(pool, id, made.guid, diag);
	}
	pool->vdevs[id] = made;
	return 0;
}

static int check_config(struct zr_pool *pool, struct zb_span packed, struct zb_diag *diag)
{
	struct zf_nvlist config, root, child;
	uint32_t n;
	int error = zf_nvlist_init(packed, &config);

	if (!error)
		error = zf_nvlist_list(config, "vdev_tree", &root);
	if (error)
		return zb_fail(diag, error, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "its config object makes no sense");
	n = zf_nvlist_array_count(root, "children");
	for (uint32_t i = 0; i < n; i++) {
		error = zf_nvlist_array_at(root, "children", i, &child);
		if (!error)
			error = check_config_vdev(pool, child, diag);
		if (error)
			return error;
	}
	for (unsigned int id = 0; id < pool->n_vdevs; id++)
		if (pool->vdevs[id].kind == ZR_VDEV_ABSENT)
			return missing_vdev(pool, id, 0, diag);
	return 0;
}

/* Some top-level vdev has shown no label: look up whether it is one that holds data. */
static int check_absent(struct zr_pool *pool, struct zb_diag *diag)
{
	struct zr_object obj;
	uint64_t number, size;
	uint8_t *packed;
	bool absent = false;
	int error;

	for (unsigned int id = 0; id < pool->n_vdevs; id++)
		absent |= pool->vdevs[id].kind == ZR_VDEV_ABSENT;
	if (!absent)
		return 0;
	error = zr_zap_lookup(&pool->mos, OBJECT_DIRECTORY, "config", &number, diag);
	if (!error)
		error = zr_object_open(&pool->mos, number, &obj, diag);
	if (error)
		return error;
	size = zf_dnode_end(&obj.dn);
	packed = size <= ZF_MAX_BLOCK ? zr_alloc(pool->host, (size_t)size) : NULL;
	if (!packed)
		error = zr_object_fail(&obj, ZB_ENOMEM, diag, "no memory for the config");
	else
		error = zr_object_read(&obj, 0, packed, (size_t)size, diag);
	if (!error)
		error = check_config(pool, zb_span(packed, (size_t)size), diag);
	zr_free(pool->host, packed);
	zr_object_close(&obj);
	return error;
}

/* There is a salt once a checksum that wants one was used. */
static int read_salt(struct zr_pool *pool, struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	struct zr_zap zap;
	int error = zr_zap_open(&pool->mos, OBJECT_DIRECTORY, &zap, diag);

	if (error)
		return error;
	error = zr_zap_find(&zap, "org.illumos:checksum_salt", &entry, diag);
	if (!error && (entry.intlen != 1 || entry.value.len != ZR_SALT_SIZE))
		error = zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
				"its checksum salt makes no sense");
	if (!error)
		zr_verifier_set_salt(&pool->verifier, entry.value.ptr);
	zr_zap_close(&zap);
	return error == ZB_ENOENT ? 0 : error;
}

static int read_directory(struct zr_pool *pool, struct zb_diag *diag)
{
	uint64_t number, props;
	int error;

	error = zr_zap_lookup(&pool->mos, OBJECT_DIRECTORY, "features_for_read", &number,
			      diag);
	if (!error)
		error = zr_features_check_mos(pool, number, diag);
	if (error && error != ZB_ENOENT)
		return error;
	error = read_salt(pool, diag);
	if (error)
		return error;
	error = zr_zap_lookup(&pool->mos, OBJECT_DIRECTORY, "root_dataset",
			      &pool->root_dir, diag);
	if (error == ZB_ENOENT)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "its object directory names no root dataset");
	if (error)
		return error;
	error = zr_zap_lookup(&pool->mos, OBJECT_DIRECTORY, "pool_props", &props, diag);
	if (!error)
		error = zr_zap_lookup(&pool->mos, props, "bootfs", &pool->info.bootfs,
				      diag);
	return error == ZB_ENOENT ? 0 : error;
}

/* A bootfs that was destroyed is no reason to give up the pool. */
static int name_bootfs(struct zr_pool *pool, struct zb_diag *diag)
{
	int error = ZB_ENOENT;

	if (pool->info.bootfs)
		error = zr_dataset_name(pool, pool->info.bootfs, pool->info.bootfs_name,
					diag);
	if (error)
		pool->info.bootfs_name[0] = '\0';
	return error == ZB_ENOENT ? 0 : error;
}

static int try_uberblock(struct zr_pool *pool, const struct zf_uberblock *ub,
			 struct zb_diag *diag)
{
	int error = check_version(pool, ub, diag);

	if (error)
		return error;
	pool->info.txg = ub->txg;
	pool->info.timestamp = ub->timestamp;
	pool->info.version = ub->version;
	pool->info.bootfs = 0;
	error = zr_objset_open(pool, &ub->rootbp, &pool->mos, diag);
	if (error)
		return error;
	if (pool->mos.phys.type != ZF_OST_META)
		error = zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
				"the uberblock leads to an objset that is no MOS");
	if (!error)
		error = check_absent(pool, diag);
	if (!error)
		error = read_directory(pool, diag);
	if (!error)
		error = name_bootfs(pool, diag);
	if (error)
		zr_objset_close(&pool->mos);
	return error;
}

/* Worth trying an older uberblock for: damage, as against what every uberblock would show. */
static bool is_damage(int error)
{
	return error == ZB_EIO || error == ZB_ECKSUM || error == ZB_ECORRUPT ||
	       error == ZB_E2BIG || error == ZB_ENOENT;
}

static int open_newest(struct opening *o, struct zb_diag *diag)
{
	struct zr_pool *pool = o->pool;
	struct zb_diag first = { 0 }, why = { 0 };
	int error;

	if (o->uberblocks->n == 0)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no uberblock is whole");
	for (unsigned int i = 0; i < o->uberblocks->n; i++) {
		error = try_uberblock(pool, &o->uberblocks->at[i], &why);
		if (!error)
			return 0;
		if (i == 0)
			first = why;
		if (!is_damage(error))
			break;
		zr_note(o->host, &why);
	}
	return zb_fail(diag, first.error, first.object, first.offset, "%s", first.reason);
}

/* ---- open, close ---- */

static const struct zr_label *newest_label(const struct opening *o)
{
	const struct zr_label *best = &o->candidates[0].label.info;

	for (unsigned int i = 1; i < o->n; i++)
		if (o->candidates[i].label.info.txg > best->txg)
			best = &o->candidates[i].label.info;
	return best;
}

static int open_from_labels(struct opening *o, struct zb_diag *diag)
{
	struct zr_pool *pool = o->pool;
	const struct zr_label *label = newest_label(o);
	int error;

	pool->info.guid = label->pool_guid;
	pool->info.state = label->state;
	pool->info.hostid = label->hostid;
	__builtin_memcpy(pool->info.name, label->pool_name, sizeof(pool->info.name));
	for (unsigned int i = 0; i < o->n; i++) {
		error = zr_features_check_label(o->candidates[i].label.config,
						pool->info.name, diag);
		if (error)
			return error;
	}
	error = make_vdevs(o, diag);
	if (error)
		return error;
	gather_uberblocks(o);
	return open_newest(o, diag);
}

static int out_of_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET,
		       "no memory to open a pool");
}

int zr_pool_open(const struct zr_host *host, const struct zr_dev *const *devs,
		 unsigned int n, uint64_t guid, struct zr_pool **ret_pool,
		 struct zb_diag *diag)
{
	struct opening o = { .host = host, .guid = guid };
	int error;

	if (n == 0)
		return zb_fail(diag, ZB_ENOENT, NULL, ZB_DIAG_NO_OFFSET,
			       "no device to look for a pool on");
	o.pool = zr_zalloc(host, sizeof(*o.pool));
	o.candidates = zr_zalloc(host, (size_t)n * sizeof(*o.candidates));
	o.uberblocks = zr_zalloc(host, sizeof(*o.uberblocks));
	if (o.pool) {
		o.pool->host = host;
		zr_windows_init(&o.pool->windows, host);
		zr_cache_init(o.pool);
		o.pool->workspace = zr_alloc(host, ZC_WORKSPACE);
	}
	if (o.pool && o.pool->workspace && o.candidates && o.uberblocks)
		error = collect(&o, devs, n, diag);
	else
		error = out_of_memory(diag);
	if (!error)
		error = open_from_labels(&o, diag);
	for (unsigned int i = 0; i < o.n; i++)
		zr_label_data_done(host, &o.candidates[i].label);
	zr_free(host, o.candidates);
	zr_free(host, o.uberblocks);
	if (error)
		zr_pool_close(o.pool);
	else
		*ret_pool = o.pool;
	return error;
}

void zr_pool_close(struct zr_pool *pool)
{
	if (!pool)
		return;
	zr_objset_close(&pool->mos);
	zr_cache_done(pool);
	zr_windows_done(&pool->windows);
	for (unsigned int i = 0; i < pool->n_vdevs; i++)
		zr_vdev_done(pool->host, &pool->vdevs[i]);
	zr_free(pool->host, pool->vdevs);
	zr_free(pool->host, pool->workspace);
	zr_free(pool->host, pool);
}

void zr_pool_info(const struct zr_pool *pool, struct zr_pool_info *ret_info)
{
	*ret_info = pool->info;
}

void zr_pool_stats(const struct zr_pool *pool, uint64_t *ret_bytes,
		   uint64_t *ret_requests)
{
	*ret_bytes = pool->windows.stats.bytes;
	*ret_requests = pool->windows.stats.requests;
}
