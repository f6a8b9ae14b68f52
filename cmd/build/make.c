/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include "cmd/build/bios.h"
#include "cmd/build/configure.h"
#include "cmd/build/file.h"
#include "cmd/build/make.h"
#include "cmd/build/pool.h"
#include "cmd/build/ramdisks.h"
#include "cmd/build/spool.h"
#include "cmd/build/stick.h"
#include "cmd/build/suite.h"
#include "cmd/deb/package.h"
#include "cmd/embed.h"

#define PROGRAM_MAX (64U << 20)

/* All that one build holds; the order of the members is the order of their making. */
struct maker {
	const struct build_options *o;
	struct zb_diag *diag;
	struct zh_interrupt intr;
	struct zh_progress *progress;
	struct zh_seed seed;
	uint64_t time;
	char *fetched;	    /* the tar of a suite */
	const char *source; /* a folder, a tar, "-" */
	bool source_is_dir;
	uint64_t source_size; /* of a tar that is a file */
	struct package package;
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
	int r;

	m->source = m->o->root;
	if (m->o->suite) {
		r = suite_fetch(m->o, &m->intr, &m->fetched, m->diag);
		if (r < 0)
			return r;
		m->source = m->fetched;
	}
	if (strcmp(m->source, "-") == 0)
		return 0;
	if (stat(m->source, &st) < 0)
		return zb_fail(m->diag, -errno, m->source, ZB_DIAG_NO_OFFSET,
			       "cannot open: %s", strerror(errno));
	m->source_is_dir = S_ISDIR(st.st_mode);
	if (S_ISREG(st.st_mode))
		m->source_size = (uint64_t)st.st_size;
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
		/* The bar shows what its total is of: bytes of the tar, or of files. */
		.progress = m->source_size > 0 ? NULL : m->progress,
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
	uint64_t total = m->source_size;

	if (m->progress && m->source_is_dir)
		total = tree_dir_bytes(m->source);
	zh_progress_stage(m->progress, "writing", total);
	if (m->source_is_dir)
		return tree_dir_walk(m->source, sink, &m->intr, m->diag);
	return tree_tar_read(m->source, sink, &m->intr,
			     m->source_size > 0 ? zh_progress_update : NULL, m->progress,
			     m->diag);
}

static void warn(void *ctx, const struct zb_diag *what)
{
	struct maker *m = ctx;
	char text[600];

	zb_diag_text(what, text, sizeof(text));
	zh_progress_clear(m->progress);
	fprintf(stderr, "zlive: warning: %s\n", text);
}

/*
 * Where the tree is of our making, our package and what it needs of the network go onto
 * it.
 */
static int suite_before(struct maker *m)
{
	struct zb_span program;
	void *data;
	int r;

	if (!m->o->suite)
		return 0;
	r = file_load("/proc/self/exe", PROGRAM_MAX, &data, &program.len, m->diag);
	if (r < 0)
		return r;
	program.ptr = data;
	r = package_load(&m->package, embed_share(), program, m->time, m->diag);
	free(data);
	if (r >= 0)
		r = package_overlay_before(&m->package, m->overlay, m->diag);
	return r < 0 ? r : suite_overlay(m->o, m->overlay, m->diag);
}

static int suite_after(struct maker *m)
{
	return m->o->suite ? package_overlay_after(&m->package, m->overlay, m->diag) : 0;
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
	if ((r = configure_before(&c, m->diag)) < 0 || (r = suite_before(m)) < 0 ||
	    (r = source_run(m)) < 0 || (r = configure_after(&c, m->diag)) < 0 ||
	    (r = suite_after(m)) < 0 || (r = overlay_finish(m->overlay, m->diag)) < 0)
		return r;
	zh_progress_stage(m->progress, "making the ramdisk", 0);
	r = ramdisks_run(m);
	if (r < 0)
		return r;
	zh_progress_stage(m->progress, "finishing", 0);
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
	if (!m->o->no_bios &&
	    (r = bios_install(m->target, &m->plan, &m->seed, m->diag)) < 0)
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
	package_done(&m.package);
	free(m.fetched);
	zh_interrupt_done(&m.intr);
	return r;
}
