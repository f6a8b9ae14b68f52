/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "cmd/build/configure.h"
#include "cmd/build/make.h"
#include "cmd/build/pool.h"
#include "cmd/build/ramdisks.h"
#include "cmd/build/spool.h"
#include "cmd/build/stick.h"

/* All that one build holds; the order of the members is the order of their making. */
struct maker {
	const struct build_options *o;
	struct zb_diag *diag;
	struct zh_interrupt intr;
	struct zh_progress *progress;
	struct zh_seed seed;
	uint64_t time;
	const char *source; /* a folder, a tar, "-" */
	bool source_is_dir;
	struct zh_target *target;
	struct zh_gpt_plan plan;
	struct build_pool *pool;
	struct overlay *overlay;
	struct spool *spool;
};

/* SOURCE_DATE_EPOCH, for builds that are to be repeated, or now. */
static int time_init(struct maker *m)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;

	if (!epoch || !*epoch) {
		m->time = (uint64_t)time(NULL);
		return 0;
	}
	errno = 0;
	m->time = strtoull(epoch, &end, 10);
	if (errno || *end || m->time > INT64_MAX)
		return zb_fail(m->diag, ZB_EINVAL, "SOURCE_DATE_EPOCH", ZB_DIAG_NO_OFFSET,
			       "'%s' is no number of seconds", epoch);
	return 0;
}

static int source_init(struct maker *m)
{
	struct stat st;

	m->source = m->o->root;
	if (strcmp(m->source, "-") == 0)
		return 0;
	if (stat(m->source, &st) < 0)
		return zb_fail(m->diag, -errno, m->source, ZB_DIAG_NO_OFFSET,
			       "cannot open: %s", strerror(errno));
	m->source_is_dir = S_ISDIR(st.st_mode);
	return 0;
}

static int target_init(struct maker *m)
{
	struct zh_target_options t = { m->o->size, m->o->sector_size };
	int r = zh_target_create(m->o->output, &t, &m->target, m->diag);

	if (r < 0)
		return r;
	if (zh_target_is_device(m->target) && (m->o->size_given || m->o->sector_given))
		return zb_fail(m->diag, ZB_EINVAL, m->o->output, ZB_DIAG_NO_OFFSET,
			       "a device has its own size and sectors");
	r = zh_gpt_plan(zh_target_size(m->target), zh_target_sector_size(m->target),
			&m->plan, m->diag);
	if (r < 0 && !m->diag->object[0])
		snprintf(m->diag->object, sizeof(m->diag->object), "%s", m->o->output);
	if (r >= 0 && 1u << m->o->ashift < m->plan.sector_size)
		return zb_fail(m->diag, ZB_EINVAL, m->o->output, ZB_DIAG_NO_OFFSET,
			       "ashift %u is less than its sectors of %u bytes",
			       m->o->ashift, m->plan.sector_size);
	return r;
}

/* The stages from the source to the pool. */
static int stages_init(struct maker *m)
{
	const struct build_pool_place place = {
		.target = m->target,
		.offset = m->plan.vdev_start,
		.size = m->plan.vdev_size,
		.intr = &m->intr,
		.progress = m->progress,
		.time = m->time,
	};
	int r = build_pool_create(m->o, &m->seed, &place, &m->pool, m->diag);

	if (r < 0 || m->o->plain)
		return r;
	m->overlay = overlay_create(build_pool_sink(m->pool), m->time);
	if (!m->overlay)
		return zb_fail(m->diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
	if (m->o->ramdisk == BUILD_RAMDISK_ALWAYS)
		overlay_drop(m->overlay, "boot/initrd.img-");
	if (m->source_is_dir || m->o->ramdisk == BUILD_RAMDISK_NEVER)
		return 0;
	return spool_create(overlay_sink(m->overlay), &m->spool, m->diag);
}

static const struct tree_sink *first_stage(struct maker *m)
{
	if (m->spool)
		return spool_sink(m->spool);
	return m->overlay ? overlay_sink(m->overlay) : build_pool_sink(m->pool);
}

static int source_run(struct maker *m)
{
	const struct tree_sink *sink = first_stage(m);
	uint64_t total = 0;

	if (m->progress && m->source_is_dir)
		total = tree_dir_bytes(m->source);
	zh_progress_stage(m->progress, "writing", total);
	if (m->source_is_dir)
		return tree_dir_walk(m->source, sink, &m->intr, m->diag);
	return tree_tar_read(m->source, sink, &m->intr, NULL, NULL, m->diag);
}

static void warn(void *ctx, const struct zb_diag *what)
{
	struct maker *m = ctx;
	char text[600];

	zb_diag_text(what, text, sizeof(text));
	zh_progress_clear(m->progress);
	fprintf(stderr, "zlive: warning: %s\n", text);
}

static int ramdisks_run(struct maker *m)
{
	const struct ramdisks r = {
		.boot = overlay_boot(m->overlay),
		.root = m->spool ? spool_root(m->spool) : m->source,
		.sink = build_pool_sink(m->pool),
		.hostid = zh_seed_hostid(&m->seed),
		.time = m->time,
		.when = m->o->ramdisk,
		.warn = warn,
		.warn_ctx = m,
	};

	return ramdisks_make(&r, m->diag);
}

static int fill_plain(struct maker *m)
{
	int r = source_run(m);

	return r < 0 ? r : build_pool_finish(m->pool, m->diag);
}

static int fill(struct maker *m)
{
	const struct configure c = {
		.options = m->o,
		.seed = &m->seed,
		.time = m->time,
		.overlay = m->overlay,
		.sink = build_pool_sink(m->pool),
	};
	int r;

	if (m->o->plain)
		return fill_plain(m);
	if ((r = configure_before(&c, m->diag)) < 0 || (r = source_run(m)) < 0 ||
	    (r = configure_after(&c, m->diag)) < 0 ||
	    (r = overlay_finish(m->overlay, m->diag)) < 0 || (r = ramdisks_run(m)) < 0)
		return r;
	return build_pool_finish(m->pool, m->diag);
}

static int make(struct maker *m)
{
	int r;

	if ((r = time_init(m)) < 0 ||
	    (r = zh_seed_init(&m->seed, m->o->seed, m->diag)) < 0 ||
	    (r = source_init(m)) < 0 || (r = target_init(m)) < 0)
		return r;
	m->progress = zh_progress_create(m->o->quiet);
	/* The partition table last: an unfinished device is no stick. */
	if ((r = stick_wipe(m->target, &m->plan, m->diag)) < 0 ||
	    (r = stages_init(m)) < 0 || (r = fill(m)) < 0 ||
	    (r = stick_write_boot(m->target, &m->plan, &m->seed, m->time, m->o->loader,
				  m->diag)) < 0)
		return r;
	if (zh_interrupt_pending(&m->intr))
		return zh_interrupt_fail(m->diag);
	zh_progress_stage(m->progress, "flushing", 0);
	return zh_target_commit(m->target, m->diag);
}

int build_make(const struct build_options *o, struct zb_diag *diag)
{
	struct maker m = { .o = o, .diag = diag };
	int r = zh_interrupt_init(&m.intr, diag);

	if (r < 0)
		return r;
	r = make(&m);
	zh_progress_destroy(m.progress);
	build_pool_destroy(m.pool);
	spool_destroy(m.spool);
	overlay_destroy(m.overlay);
	zh_target_destroy(m.target);
	zh_interrupt_done(&m.intr);
	return r;
}
