/* SPDX-License-Identifier: BSD-2-Clause */
#include "codec/decompress.h"
#include "read/config.h"
#include "read/dsl.h"
#include "read/dtl.h"
#include "read/feature.h"
#include "read/indirect.h"
#include "read/keys.h"
#include "read/zap.h"

#define VERSION_FEATURES     5000
#define VERSION_BEFORE_FLAGS 28

struct opening {
	const struct zr_host *host;
	const struct zr_open_options *options;
	enum zr_label_effort effort;
	struct zr_pool *pool;
	struct zr_members members;
	struct zr_uberblocks *uberblocks;
	struct zb_diag first; /* what was wrong with the first uberblock */
	bool effort_may_help; /* there is a pool, and its failure may be the labels' */
};

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

/* There is a salt once a checksum that wants one was used. */
static int read_salt(struct zr_pool *pool, struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	struct zr_zap zap;
	int error = zr_zap_open(&pool->mos, ZR_OBJECT_DIRECTORY, &zap, diag);

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

	error = zr_zap_lookup(&pool->mos, ZR_OBJECT_DIRECTORY, "features_for_read",
			      &number, diag);
	if (!error)
		error = zr_features_check_mos(pool, number, diag);
	if (error && error != ZB_ENOENT)
		return error;
	error = read_salt(pool, diag);
	if (error)
		return error;
	error = zr_zap_lookup(&pool->mos, ZR_OBJECT_DIRECTORY, "root_dataset",
			      &pool->root_dir, diag);
	if (error == ZB_ENOENT)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "its object directory names no root dataset");
	if (error)
		return error;
	error = zr_zap_lookup(&pool->mos, ZR_OBJECT_DIRECTORY, "pool_props", &props,
			      diag);
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

/*
 * The checkpoint is an uberblock, kept in the object directory as numbers; what its tree has is
 * not freed while it is there.
 */
static int checkpoint_uberblock(struct zr_pool *pool, struct zf_uberblock *ret_ub,
				struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	struct zr_zap zap;
	int error = zr_zap_open(&pool->mos, ZR_OBJECT_DIRECTORY, &zap, diag);

	if (error)
		return error;
	error = zr_zap_find(&zap, "com.delphix:zpool_checkpoint", &entry, diag);
	if (error == ZB_ENOENT)
		error = zb_fail(diag, ZB_EINVAL, pool->info.name, ZB_DIAG_NO_OFFSET,
				"it has no checkpoint");
	else if (!error &&
		 (entry.intlen != 8 || zf_uberblock_decode(entry.value, ret_ub)))
		error = zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
				"its checkpoint makes no sense");
	zr_zap_close(&zap);
	return error;
}

/* As far as everything needs: what damage there is behind this concerns single datasets. */
static int read_mos(struct zr_pool *pool, struct zr_members *members,
		    struct zb_diag *diag)
{
	struct zf_dsl_dir root;
	int error;

	if (pool->mos.phys.type != ZF_OST_META)
		return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "the uberblock leads to an objset that is no MOS");
	error = zr_config_apply(pool, members, diag);
	if (!error)
		error = zr_indirect_load(pool, diag);
	if (!error)
		error = zr_dtl_load(pool, diag);
	if (!error)
		error = read_directory(pool, diag);
	if (!error)
		error = zr_dsl_dir_get(pool, pool->root_dir, &root, diag);
	if (!error)
		error = name_bootfs(pool, diag);
	return error;
}

static int open_mos(struct zr_pool *pool, const struct zf_uberblock *ub,
		    struct zb_diag *diag)
{
	int error = check_version(pool, ub, diag);

	if (error)
		return error;
	pool->info.txg = ub->txg;
	pool->info.timestamp = ub->timestamp;
	pool->info.version = ub->version;
	pool->info.bootfs = 0;
	pool->reflow.offset = ub->reflow_offset;
	pool->reflow.scratch = ub->reflow_state == ZF_REFLOW_SCRATCH_VALID;
	pool->root_bp = ub->rootbp;
	return zr_objset_open(pool, &ub->rootbp, &pool->mos, diag);
}

static int try_tree(struct opening *o, const struct zf_uberblock *ub,
		    struct zb_diag *diag)
{
	struct zr_pool *pool = o->pool;
	struct zf_uberblock checkpoint;
	int error = open_mos(pool, ub, diag);

	if (!error && o->options->checkpoint) {
		error = checkpoint_uberblock(pool, &checkpoint, diag);
		zr_objset_close(&pool->mos);
		if (!error)
			error = open_mos(pool, &checkpoint, diag);
	}
	if (error)
		return error;
	error = read_mos(pool, &o->members, diag);
	if (error)
		zr_objset_close(&pool->mos);
	return error;
}

/* The vdevs of the labels lead to the MOS, whose own list then takes their place. */
static int try_uberblock(struct opening *o, const struct zf_uberblock *ub,
			 struct zb_diag *diag)
{
	int error = zr_members_make_vdevs(&o->members, o->pool, diag);

	return error ? error : try_tree(o, ub, diag);
}

/* Worth trying an older uberblock for: damage, as against what every uberblock would show. */
static bool is_damage(int error)
{
	return error == ZB_EIO || error == ZB_ECKSUM || error == ZB_ECORRUPT ||
	       error == ZB_E2BIG || error == ZB_ENOENT;
}

static int try_uberblocks(struct opening *o, struct zb_diag *diag)
{
	unsigned int n = o->effort == ZR_LABEL_FULL ? o->uberblocks->n : 1;
	struct zb_diag what;
	int error = ZB_ENOENT;

	for (unsigned int i = 0; i < n; i++) {
		const struct zf_uberblock *ub = &o->uberblocks->at[i];

		error = try_uberblock(o, ub, diag);
		if (!error || !is_damage(error))
			return error;
		if (!o->first.error)
			o->first = *diag;
		zb_fail(&what, error, o->pool->info.name, ZB_DIAG_NO_OFFSET,
			"the state of txg %llu cannot be read (%s)",
			(unsigned long long)ub->txg, diag->reason);
		if (o->effort == ZR_LABEL_FULL)
			zr_note(o->host, &what);
	}
	return error;
}

/* ---- open, close ---- */

static int open_from_members(struct opening *o, struct zb_diag *diag)
{
	struct zr_pool *pool = o->pool;
	const struct zr_label *label = &o->members.at[0].label.info;
	int error;

	o->uberblocks->n = 0;
	pool->info.guid = label->pool_guid;
	pool->info.state = label->state;
	pool->info.hostid = label->hostid;
	__builtin_memcpy(pool->info.name, label->pool_name, sizeof(pool->info.name));
	for (unsigned int i = 0; i < o->members.n; i++) {
		error = zr_features_check_label(o->members.at[i].label.config,
						pool->info.name, diag);
		if (error)
			return error;
	}
	error = zr_members_make_vdevs(&o->members, pool, diag);
	if (error)
		return error;
	zr_members_uberblocks(&o->members, o->uberblocks);
	return o->uberblocks->n ? try_uberblocks(o, diag) : ZB_ENOENT;
}

static int no_uberblock(const struct opening *o, struct zb_diag *diag)
{
	const char *name = o->pool->info.name;

	if (o->first.error)
		return zb_fail(diag, o->first.error, o->first.object, o->first.offset,
			       "%s", o->first.reason);
	if (o->options->max_txg)
		return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET,
			       "no uberblock of txg %llu or before is left",
			       (unsigned long long)o->options->max_txg);
	return zb_fail(diag, ZB_ECORRUPT, name, ZB_DIAG_NO_OFFSET,
		       "no uberblock is whole");
}

/*
 * So many uberblocks are looked at in one go, the newest ones; when all of them lead to damage,
 * the next older ones, until there are none. Each round starts below the last.
 */
static int open_in_rounds(struct opening *o, const struct zr_dev *const *devs,
			  unsigned int n, struct zb_diag *diag)
{
	uint64_t max_txg = o->options->max_txg ? o->options->max_txg : UINT64_MAX;
	int error;

	for (;;) {
		error = zr_members_load(&o->members, devs, n, o->effort, max_txg,
					&o->pool->windows.stats, diag);
		if (error)
			break;
		error = open_from_members(o, diag);
		o->effort_may_help = is_damage(error) || error == ZB_ENODEV;
		if (!is_damage(error))
			break;
		if (o->uberblocks->n == 0 || o->effort == ZR_LABEL_FRUGAL) {
			/* else diag says what is wrong with the labels */
			if (error == ZB_ENOENT || o->first.error)
				error = no_uberblock(o, diag);
			break;
		}
		max_txg = o->uberblocks->at[o->uberblocks->n - 1].txg - 1;
		zr_members_done(&o->members);
	}
	zr_members_done(&o->members);
	return error;
}

static struct zr_pool *pool_create(const struct zr_host *host)
{
	struct zr_pool *pool = zr_zalloc(host, sizeof(*pool));

	if (!pool)
		return NULL;
	pool->host = host;
	pool->verifier.accel = host->accel;
	zr_windows_init(&pool->windows, host);
	zr_cache_init(pool);
	pool->workspace = zr_alloc(host, ZC_WORKSPACE);
	if (pool->workspace)
		return pool;
	zr_pool_close(pool);
	return NULL;
}

static int open_with(const struct zr_host *host, const struct zr_dev *const *devs,
		     unsigned int n, const struct zr_open_options *options,
		     enum zr_label_effort effort, struct zr_pool **ret_pool,
		     bool *ret_more_effort, struct zb_diag *diag)
{
	struct opening *o = zr_zalloc(host, sizeof(*o));
	int error = ZB_ENOMEM;

	if (o) {
		*o = (struct opening){ .host = host,
				       .options = options,
				       .effort = effort,
				       .members = { .host = host, .options = options },
				       .pool = pool_create(host),
				       .uberblocks =
					       zr_zalloc(host, sizeof(*o->uberblocks)) };
		if (o->pool && o->uberblocks)
			error = open_in_rounds(o, devs, n, diag);
	}
	if (error == ZB_ENOMEM)
		zb_fail(diag, error, NULL, ZB_DIAG_NO_OFFSET, "no memory to open a pool");
	if (!error)
		*ret_pool = o->pool;
	else if (o)
		zr_pool_close(o->pool);
	*ret_more_effort = o && o->effort_may_help;
	if (o)
		zr_free(host, o->uberblocks);
	zr_free(host, o);
	return error;
}

int zr_pool_open_at(const struct zr_host *host, const struct zr_dev *const *devs,
		    unsigned int n, const struct zr_open_options *options,
		    struct zr_pool **ret_pool, struct zb_diag *diag)
{
	struct zb_diag why = { 0 };
	bool more;
	int error;

	if (n == 0)
		return zb_fail(diag, ZB_ENOENT, NULL, ZB_DIAG_NO_OFFSET,
			       "no device to look for a pool on");
	error = open_with(host, devs, n, options, ZR_LABEL_FRUGAL, ret_pool, &more, &why);
	if (more)
		error = open_with(host, devs, n, options, ZR_LABEL_FULL, ret_pool, &more,
				  &why);
	if (error && diag)
		*diag = why;
	return error;
}

int zr_pool_open(const struct zr_host *host, const struct zr_dev *const *devs,
		 unsigned int n, uint64_t guid, struct zr_pool **ret_pool,
		 struct zb_diag *diag)
{
	const struct zr_open_options options = { .guid = guid };

	return zr_pool_open_at(host, devs, n, &options, ret_pool, diag);
}

static void vdevs_free(struct zr_pool *pool)
{
	for (unsigned int i = 0; i < pool->n_vdevs; i++)
		zr_vdev_done(pool->host, &pool->vdevs[i]);
	zr_free(pool->host, pool->vdevs);
	pool->vdevs = NULL;
	pool->n_vdevs = 0;
}

int zr_vdevs_alloc(struct zr_pool *pool, unsigned int n, struct zb_diag *diag)
{
	vdevs_free(pool);
	pool->vdevs = zr_zalloc(pool->host, (size_t)n * sizeof(*pool->vdevs));
	if (!pool->vdevs)
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for its vdevs");
	pool->n_vdevs = n;
	return 0;
}

void zr_pool_close(struct zr_pool *pool)
{
	if (!pool)
		return;
	zr_objset_close(&pool->mos);
	zr_cache_done(pool);
	zr_keys_done(pool);
	zr_windows_done(&pool->windows);
	vdevs_free(pool);
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
