/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>
#include "init/blockdev.h"
#include "init/file.h"
#include "init/memcopy.h"
#include "init/plan.h"
#include "read/scrub.h"

#define FOLDER	  "/run/zlive/toram"
#define RESERVE	  ((uint64_t)256 << 20) /* of memory, for the system that starts */
#define PIECE	  ((uint64_t)1 << 20)
#define SECTOR	  4096
#define MAX_BAD	  4096 /* sectors */
#define NEWS_MS	  5000
#define MIB(size) (((size) + PIECE - 1) >> 20)

/* One device and its copy. */
struct source {
	int fd;
	struct zr_dev dev;
	struct zi_plan plan;
	int copy; /* a file in memory */
};

struct job {
	const struct zi_console *c;
	const struct zi_decision *decision;
	struct source *at;
	const struct zr_dev **devs; /* as zr_pool_open() takes them */
	unsigned int n;
	uint64_t total, done; /* bytes */
	uint64_t started, next_news;
	unsigned int unreadable; /* sectors */
	uint8_t *buf;
};

static int no_memory(struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
}

static int open_sources(struct job *j, const struct zi_devices *d, struct zb_diag *diag)
{
	j->n = j->decision->n;
	j->at = calloc(j->n, sizeof(*j->at));
	j->devs = calloc(j->n, sizeof(const struct zr_dev *));
	j->buf = malloc(PIECE);
	if (!j->at || !j->devs || !j->buf)
		return no_memory(diag);
	for (unsigned int i = 0; i < j->n; i++) {
		struct source *s = &j->at[i];
		int r = zi_blockdev_open(d->at[j->decision->member[i]].name, &s->fd,
					 &s->dev, diag);

		if (r < 0)
			return r;
		if (zi_plan_init(&s->plan, s->dev.size) < 0)
			return no_memory(diag);
		j->devs[i] = &s->dev;
	}
	return 0;
}

/* Adds what is in use to the plans. */
static int plan_used(struct job *j, struct zb_diag *diag)
{
	struct zi_plan *plans = calloc(j->n, sizeof(*plans));
	struct zr_pool *pool;
	int r;

	if (!plans)
		return no_memory(diag);
	for (unsigned int i = 0; i < j->n; i++)
		plans[i] = j->at[i].plan;
	r = zr_pool_open(&zi_blockdev_host, j->devs, j->n, j->decision->guid, &pool,
			 diag);
	if (r == 0) {
		r = zi_plan_pool(pool, j->devs, plans, j->n, diag);
		zr_pool_close(pool);
	}
	for (unsigned int i = 0; i < j->n; i++)
		j->at[i].plan = plans[i];
	free(plans);
	return r;
}

static void plan(struct job *j, bool whole)
{
	struct zb_diag diag;

	if (!whole)
		zi_say(j->c, "looking for what of pool '%s' is in use",
		       j->decision->pool_name);
	if (!whole && plan_used(j, &diag) < 0) {
		zi_say(j->c, "all of pool '%s' has to be copied, used or not, since:",
		       j->decision->pool_name);
		zi_say_diag(j->c, &diag);
		whole = true;
	}
	for (unsigned int i = 0; i < j->n; i++) {
		if (whole)
			zi_plan_add(&j->at[i].plan, 0, j->at[i].dev.size);
		j->total += j->at[i].plan.bytes;
	}
}

static uint64_t free_memory(void)
{
	uint64_t kib = 0;
	char *text, *at;

	if (zi_file_read("/proc/meminfo", &text) < 0)
		return 0;
	at = strstr(text, "MemAvailable:");
	if (at)
		kib = strtoull(at + strlen("MemAvailable:"), NULL, 10);
	free(text);
	return kib << 10;
}

static int check_memory(const struct job *j, struct zb_diag *diag)
{
	uint64_t have = free_memory();

	if (j->total <= have && have - j->total >= RESERVE)
		return 0;
	return zb_fail(diag, ZB_ENOSPC, j->decision->pool_name, ZB_DIAG_NO_OFFSET,
		       "%" PRIu64 " MiB would have to be copied, and %" PRIu64
		       " MiB left for the system, but only %" PRIu64
		       " MiB of memory are free",
		       MIB(j->total), MIB(RESERVE), MIB(have));
}

/*
 * Files that nothing but their descriptors lead to: no unmounting of all file systems at shutdown
 * meets them.
 */
static int make_files(struct job *j, struct zb_diag *diag)
{
	char options[64];
	int r = 0;

	mkdir("/run/zlive", 0755);
	mkdir(FOLDER, 0700);
	snprintf(options, sizeof(options), "mode=0700,size=%" PRIu64, j->total + PIECE);
	if (mount("zlive-toram", FOLDER, "tmpfs", 0, options) < 0)
		return zi_fail_errno(diag, FOLDER, "cannot mount a tmpfs there");
	for (unsigned int i = 0; r == 0 && i < j->n; i++) {
		struct source *s = &j->at[i];

		s->copy = open(FOLDER, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (s->copy < 0 || ftruncate(s->copy, (off_t)s->dev.size) < 0)
			r = zi_fail_errno(diag, FOLDER, "cannot make a file there");
	}
	umount2(FOLDER, MNT_DETACH);
	rmdir(FOLDER);
	return r;
}

static void say_progress(struct job *j)
{
	uint64_t now = zi_now_ms(), took = now - j->started, left;

	if (now < j->next_news || j->done == 0)
		return;
	j->next_news = now + NEWS_MS;
	left = (j->total - j->done) * took / j->done / 1000;
	zi_say(j->c,
	       "copied %" PRIu64 " of %" PRIu64 " MiB (%" PRIu64 " %%), about %" PRIu64
	       " s left",
	       MIB(j->done), MIB(j->total), j->done * 100 / j->total, left);
}

/* Sectors that cannot be read become zeros: whether they matter, the check will tell. */
static int read_piece(struct job *j, struct source *s, uint64_t offset, size_t len,
		      struct zb_diag *diag)
{
	if (s->dev.read(s->dev.ctx, offset, j->buf, len) == 0)
		return 0;
	for (size_t at = 0; at < len; at += SECTOR) {
		size_t part = len - at < SECTOR ? len - at : SECTOR;

		if (s->dev.read(s->dev.ctx, offset + at, j->buf + at, part) == 0)
			continue;
		memset(j->buf + at, 0, part);
		j->unreadable++;
	}
	if (j->unreadable < MAX_BAD)
		return 0;
	return zb_fail(diag, ZB_EIO, s->dev.name, offset, "cannot be read any more");
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* What is zero anyway takes no memory. */
static int write_piece(const struct source *s, const uint8_t *p, uint64_t offset,
		       size_t len, struct zb_diag *diag)
{
	while (len > 0) {
		size_t part = len < ZI_PLAN_UNIT ? len : ZI_PLAN_UNIT;
		ssize_t n = (ssize_t)part;

		if (!is_zero(p, part))
			n = pwrite(s->copy, p, part, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return zi_fail_errno(diag, s->dev.name,
					     "cannot be copied into memory");
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static int copy_source(struct job *j, struct source *s, struct zb_diag *diag)
{
	uint64_t at = 0, len;

	while ((len = zi_plan_next(&s->plan, &at)) > 0) {
		size_t piece = len < PIECE ? (size_t)len : PIECE;
		int r = read_piece(j, s, at, piece, diag);

		if (r == 0)
			r = write_piece(s, j->buf, at, piece, diag);
		if (r < 0)
			return r;
		/* The kernel's own copy of it is not needed, and memory is what counts here. */
		posix_fadvise(s->fd, (off_t)at, (off_t)piece, POSIX_FADV_DONTNEED);
		at += piece;
		j->done += piece;
		say_progress(j);
	}
	return 0;
}

static int copy_all(struct job *j, struct zb_diag *diag)
{
	int r = 0;

	zi_say(j->c, "copying %" PRIu64 " MiB of pool '%s' into memory", MIB(j->total),
	       j->decision->pool_name);
	j->started = zi_now_ms();
	j->next_news = j->started + NEWS_MS;
	for (unsigned int i = 0; r == 0 && i < j->n; i++)
		r = copy_source(j, &j->at[i], diag);
	if (r == 0)
		zi_say(j->c, "copied in %" PRIu64 " s; checking the copy",
		       (zi_now_ms() - j->started) / 1000);
	return r;
}

static int judge(const struct job *j, const struct zr_scrub_totals *t,
		 struct zb_diag *diag)
{
	if (t->lost == 0 && t->faults == 0)
		return 0;
	return zb_fail(diag, ZB_ECKSUM, j->decision->pool_name, ZB_DIAG_NO_OFFSET,
		       "its copy is damaged: %" PRIu64 " of %" PRIu64
		       " blocks are lost; %u sectors could not be read",
		       t->lost + t->faults, t->blocks, j->unreadable);
}

/* Every block of the pool, by its checksum, in the copy. */
static int check(struct job *j, struct zb_diag *diag)
{
	const struct zr_scrub_events events = { 0 };
	struct zr_scrub_totals totals;
	struct zr_pool *pool;
	int r;

	for (unsigned int i = 0; i < j->n; i++) {
		close(j->at[i].fd);
		j->at[i].fd = j->at[i].copy; /* where the device reads */
	}
	r = zr_pool_open(&zi_blockdev_host, j->devs, j->n, j->decision->guid, &pool,
			 diag);
	if (r == ZB_ENOTSUP && j->unreadable == 0) {
		zi_say(j->c, "the copy cannot be checked, since:");
		zi_say_diag(j->c, diag);
		return 0;
	}
	if (r < 0)
		return r;
	r = zr_scrub(pool, &events, &totals, diag);
	zr_pool_close(pool);
	return r < 0 ? r : judge(j, &totals, diag);
}

static int make_copy(struct job *j, const struct zi_devices *d, bool whole,
		     char (*name)[ZI_LOOP_NAME], struct zb_diag *diag)
{
	int r = open_sources(j, d, diag);

	if (r < 0)
		return r;
	plan(j, whole);
	r = check_memory(j, diag);
	if (r == 0)
		r = make_files(j, diag);
	if (r == 0)
		r = copy_all(j, diag);
	if (r == 0)
		r = check(j, diag);
	for (unsigned int i = 0; r == 0 && i < j->n; i++)
		r = zi_loop_attach(j->at[i].copy, name[i], diag);
	return r;
}

int zi_memcopy(const struct zi_console *c, const struct zi_devices *d,
	       const struct zi_decision *decision, bool whole, char (*name)[ZI_LOOP_NAME],
	       struct zb_diag *diag)
{
	struct job j = { .c = c, .decision = decision };
	int r;

	memset(name, 0, decision->n * sizeof(*name));
	r = make_copy(&j, d, whole, name, diag);
	if (r < 0)
		for (unsigned int i = 0; i < decision->n; i++)
			if (name[i][0])
				zi_loop_detach(name[i]);
	return r;
}
