/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/pool.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fmt/label.h"
#include "write/dataset.h"
#include "write/mos.h"

/* With the blocks under way and the compressors they stay below 512 MiB in all. */
#define CACHE_BYTES	 (96ULL << 20)
#define THREADS_MAX	 48

/* How OpenZFS divides a vdev: vdev_metaslab_set_size() in module/zfs/vdev.c. */
#define MS_DEFAULT_SHIFT 29
#define MS_DEFAULT_COUNT 200
#define MS_MIN_COUNT	 16
#define MS_MIN_SHIFT	 24
#define MS_MAX_SHIFT	 34

#define VDEV_MIN	 (64ULL << 20)
#define VDEV_MAX	 (1ULL << 56)

/* What OpenZFS keeps back of a pool's space: spa_get_slop_space(). */
#define SLOP_SHIFT	 5
#define SLOP_MIN	 (128ULL << 20)
#define SLOP_MAX	 (128ULL << 30)

int zw_pool_fail(struct zw_pool *pool, int error, const char *fmt, ...)
{
	char text[sizeof(pool->diag.reason)];
	va_list ap;

	if (pool->error < 0)
		return pool->error;
	pool->error = error;
	if (pool->diag.error != 0)
		return error;
	if (!fmt)
		return zb_fail(&pool->diag, error, pool->options.pool_name,
			       ZB_DIAG_NO_OFFSET, "%s", zb_error_text(error));
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return zb_fail(&pool->diag, error, pool->options.pool_name, ZB_DIAG_NO_OFFSET,
		       "%s", text);
}

int zw_pool_return(const struct zw_pool *pool, int ret, struct zb_diag *diag)
{
	if (pool->error == 0)
		return ret;
	if (diag)
		*diag = pool->diag;
	return pool->error;
}

/* xoroshiro128+ on a state that splitmix64 has stirred out of the seed. */
static uint64_t rotate(uint64_t v, unsigned int n)
{
	return v << n | v >> (64 - n);
}

uint64_t zw_pool_random(struct zw_pool *pool)
{
	uint64_t *s = pool->random_state, v;

	do {
		v = s[0] + s[1];
		s[1] ^= s[0];
		s[0] = rotate(s[0], 24) ^ s[1] ^ s[1] << 16;
		s[1] = rotate(s[1], 37);
	} while (v == 0);
	return v;
}

static uint64_t stir(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void random_seed(struct zw_pool *pool, const uint64_t seed[2])
{
	uint64_t a = seed[0], b = seed[1];

	pool->random_state[0] = stir(&a) ^ rotate(stir(&b), 32);
	pool->random_state[1] = stir(&b) ^ rotate(stir(&a), 32) ^ 1;
}

static int options_check(const struct zw_options *o, const struct zw_sink *sink,
			 struct zb_diag *diag)
{
	if (o->ashift < 9 || o->ashift > 13)
		return zb_fail(diag, ZB_EINVAL, o->pool_name, ZB_DIAG_NO_OFFSET,
			       "sectors of 2^%u bytes; only 9 to 13 are possible",
			       o->ashift);
	if (sink->size < VDEV_MIN || sink->size > VDEV_MAX)
		return zb_fail(diag, ZB_EINVAL, sink->name, ZB_DIAG_NO_OFFSET,
			       "%llu bytes are too %s for a vdev",
			       (unsigned long long)sink->size,
			       sink->size < VDEV_MIN ? "few" : "many");
	if (!o->pool_name || o->pool_name[0] == '\0' || strchr(o->pool_name, '/') ||
	    strlen(o->pool_name) > 255)
		return zb_fail(diag, ZB_EINVAL, o->pool_name, ZB_DIAG_NO_OFFSET,
			       "not a name for a pool");
	return 0;
}

static int options_copy(struct zw_pool *pool, const struct zw_options *o)
{
	const char *tmpdir = o->tmpdir ? o->tmpdir : getenv("TMPDIR");

	pool->options = *o;
	pool->options.pool_name = strdup(o->pool_name);
	pool->options.label_path = strdup(o->label_path ? o->label_path : "/dev/zlive");
	pool->options.hostname = strdup(o->hostname ? o->hostname : "localhost");
	pool->options.tmpdir = strdup(tmpdir ? tmpdir : "/var/tmp");
	if (!pool->options.pool_name || !pool->options.label_path ||
	    !pool->options.hostname || !pool->options.tmpdir)
		return ZB_ENOMEM;
	return 0;
}

/* One more than the number of the highest bit, as highbit64() counts. */
static unsigned int highbit(uint64_t v)
{
	return v == 0 ? 0 : 64 - __builtin_clzll(v);
}

static void geometry(struct zw_pool *pool)
{
	uint64_t size = pool->sink.size & ~(ZF_LABEL_SIZE - 1), slop, space;
	unsigned int shift = MS_DEFAULT_SHIFT;

	pool->asize = size - ZF_VDEV_DATA_START - ZF_VDEV_END_RESERVED;
	if (pool->asize >> MS_DEFAULT_SHIFT < MS_MIN_COUNT)
		shift = highbit(pool->asize / MS_MIN_COUNT);
	else if (pool->asize >> MS_DEFAULT_SHIFT > MS_DEFAULT_COUNT)
		shift = highbit(pool->asize / MS_DEFAULT_COUNT);
	if (shift < MS_MIN_SHIFT)
		shift = MS_MIN_SHIFT;
	if (shift > MS_MAX_SHIFT)
		shift = MS_MAX_SHIFT;
	pool->ms_shift = shift;
	pool->ms_count = pool->asize >> shift;
	space = pool->ms_count << shift;
	slop = space >> SLOP_SHIFT;
	if (slop < SLOP_MIN)
		slop = SLOP_MIN;
	if (slop > SLOP_MAX)
		slop = SLOP_MAX;
	if (slop > space / 2)
		slop = space / 2;
	pool->sector = 1U << pool->options.ashift;
	zw_alloc_init(&pool->alloc, space, space - slop, 1ULL << shift);
}

static unsigned int thread_count(const struct zw_options *o)
{
	long n = o->threads;

	if (n == 0)
		n = sysconf(_SC_NPROCESSORS_ONLN);
	if (n < 1)
		n = 1;
	return n > THREADS_MAX ? THREADS_MAX : n;
}

static int pool_init(struct zw_pool *pool, const struct zw_options *options,
		     const struct zw_sink *sink)
{
	int ret = options_copy(pool, options);

	pool->sink = *sink;
	pool->datasets_end = &pool->datasets;
	random_seed(pool, options->seed);
	pool->guid = zw_pool_random(pool);
	pool->vdev_guid = zw_pool_random(pool);
	if (ret < 0)
		return ret;
	geometry(pool);
	zw_spill_cache_init(&pool->cache, pool->options.tmpdir, CACHE_BYTES);
	ret = zw_output_init(&pool->output, &pool->sink);
	if (ret == 0)
		ret = zw_pipeline_init(&pool->pipeline, pool, thread_count(options));
	return ret;
}

int zw_pool_create(const struct zw_options *options, const struct zw_sink *sink,
		   struct zw_pool **ret_pool, struct zb_diag *diag)
{
	struct zw_pool *pool;
	int ret = options_check(options, sink, diag);

	if (ret < 0)
		return ret;
	pool = calloc(1, sizeof(*pool));
	if (!pool)
		return zb_fail(diag, ZB_ENOMEM, options->pool_name, ZB_DIAG_NO_OFFSET,
			       "%s", zb_error_text(ZB_ENOMEM));
	ret = pool_init(pool, options, sink);
	if (ret < 0) {
		zw_pool_destroy(pool);
		return zb_fail(diag, ret, options->pool_name, ZB_DIAG_NO_OFFSET,
			       "cannot start the writer: %s", zb_error_text(ret));
	}
	*ret_pool = pool;
	return 0;
}

void zw_pool_destroy(struct zw_pool *pool)
{
	if (!pool)
		return;
	zw_pipeline_done(&pool->pipeline);
	zw_output_done(&pool->output);
	while (pool->trees)
		zw_tree_destroy(pool->trees);
	while (pool->datasets) {
		struct zw_dataset *ds = pool->datasets;

		pool->datasets = ds->next;
		zw_dataset_destroy(ds);
	}
	zw_spill_cache_done(&pool->cache);
	zw_alloc_done(&pool->alloc);
	free((char *)pool->options.pool_name);
	free((char *)pool->options.label_path);
	free((char *)pool->options.hostname);
	free((char *)pool->options.tmpdir);
	free(pool);
}

/* Labels come when everything that they lead to is on the device. */
static int mos_finish(struct zw_mos *mos)
{
	struct zw_pool *pool = mos->pool;
	uint8_t rootbp[ZF_BLKPTR_SIZE];
	int ret;

	zw_mos_alloc(mos); /* 0 is no object */
	zw_mos_alloc(mos); /* 1 is the object directory */
	ret = mos->error;
	if (ret == 0)
		ret = zw_dsl_write(mos);
	if (ret == 0)
		ret = zw_mos_write(mos);
	if (ret == 0)
		ret = zw_pipeline_drain(&pool->pipeline);
	if (ret == 0)
		ret = zw_final_write(mos, rootbp);
	if (ret < 0)
		return ret;
	ret = zw_output_drain(&pool->output);
	if (ret == 0 && pool->sink.flush)
		ret = pool->sink.flush(pool->sink.ctx);
	if (ret < 0)
		return zw_pool_fail(pool, ret, "cannot write to %s", pool->sink.name);
	ret = zw_labels_write(mos, rootbp);
	if (ret == 0 && pool->sink.flush)
		ret = pool->sink.flush(pool->sink.ctx);
	return ret;
}

int zw_pool_finish(struct zw_pool *pool, struct zb_diag *diag)
{
	struct zw_mos mos = { .pool = pool };
	int ret = pool->error;

	if (ret == 0 && (pool->finished || !pool->datasets))
		return zb_fail(diag, ZB_EINVAL, pool->options.pool_name,
			       ZB_DIAG_NO_OFFSET,
			       pool->finished ? "the pool is finished"
					      : "the pool has no dataset");
	pool->finished = true;
	for (struct zw_dataset *ds = pool->datasets; ds && ret == 0; ds = ds->next)
		ret = zw_dataset_finish(ds);
	if (ret == 0)
		ret = mos_finish(&mos);
	free(mos.objects);
	if (ret < 0)
		zw_pool_fail(pool, ret, NULL);
	return zw_pool_return(pool, ret, diag);
}

uint64_t zw_pool_guid(const struct zw_pool *pool)
{
	return pool->guid;
}

uint64_t zw_pool_vdev_guid(const struct zw_pool *pool)
{
	return pool->vdev_guid;
}
