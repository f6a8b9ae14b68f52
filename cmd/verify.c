/* SPDX-License-Identifier: BSD-2-Clause */
#include <getopt.h>
#include <stdlib.h>
#include <time.h>
#include "cmd/cmd.h"
#include "cmd/verify.h"
#include "host/interrupt.h"

#define MAX_LINES    1000
#define SHARE_BUDGET (1U << 20) /* seconds, however many snapshots there are */

static const char help[] =
	"Usage: zlive verify [-d DEVICE|IMAGE|DIRECTORY]... [--guid GUID] [--json] [POOL]\n"
	"Read every block of a ZFS pool, each copy of it on each device, and verify its checksum,\n"
	"without ZFS. Tells which files are damaged, whether another copy is good, and which\n"
	"device held the bad one. Without POOL all pools found are verified. The exit status is 0\n"
	"if all is good and 1 if something is not.\n"
	"\n" LOOK_HELP_DEVICE
	"      --max N        tell of N damaged places (default 1000; 0: of all)\n"
	"  -q, --quiet        show no progress\n" LOOK_HELP_POOL
	"      --json         print a JSON array with an object for each pool\n" LOOK_HELP_HELP;

struct options {
	struct look_options look;
	const char *pool;
	uint64_t max;
	bool quiet;
};

struct progress {
	struct verify *v;
	struct zh_interrupt *intr;
};

static int on_progress(void *ctx, uint64_t bytes)
{
	const struct progress *p = ctx;

	zh_progress_update(p->v->progress, bytes);
	return zh_interrupt_pending(p->intr) ? ZB_EINTR : 0;
}

static void on_missing(void *ctx, uint64_t guid)
{
	verify_missing(((struct progress *)ctx)->v, guid);
}

static void on_damage(void *ctx, const struct zr_damage *damage)
{
	verify_damage(((struct progress *)ctx)->v, damage);
}

static void on_lacking(void *ctx, const struct zr_damage *damage)
{
	verify_lacking(((struct progress *)ctx)->v, damage);
}

static void on_fault(void *ctx, const struct zr_visit *visit, const struct zb_diag *diag)
{
	verify_fault(((struct progress *)ctx)->v, visit, diag);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_head(const struct verify *v)
{
	struct zr_pool_info info;
	struct json_object *name;

	if (!v->json)
		return;
	name = json_object_new_object();
	zr_pool_info(v->pool, &info);
	look_json_name(name, "pool", v->pool_name);
	printf("{\"pool\":");
	look_json_print(json_object_object_get(name, "pool"));
	printf(",\"guid\":%llu,\"txg\":%llu,\"damage\":[", (unsigned long long)info.guid,
	       (unsigned long long)info.txg);
	json_object_put(name);
}

/* Whether all is good is in *ret_good; an error means that it could not be found out. */
static int verify_pool(const struct options *o, struct look *look, struct look_pool *pool,
		       struct zh_interrupt *intr, bool *ret_good, struct zb_diag *diag)
{
	struct verify v = { .pool = pool->pool,
			    .pool_name = pool->name,
			    .json = o->look.json,
			    .max = o->max,
			    .share_budget = SHARE_BUDGET,
			    .progress = zh_progress_create(o->quiet) };
	struct progress p = { &v, intr };
	const struct zr_scrub_events events = { .ctx = &p,
						.missing = on_missing,
						.damage = on_damage,
						.lacking = on_lacking,
						.fault = on_fault,
						.progress = on_progress };
	struct zr_scrub_totals t;
	double start = now();
	int error;

	error = look->n_keys ? look_unlock_tree(look, pool->pool, pool->name, diag) : 0;
	if (error) {
		zh_progress_destroy(v.progress);
		return error;
	}
	print_head(&v);
	zh_progress_stage(v.progress, pool->name, zr_traverse_total(pool->pool));
	error = zr_scrub(pool->pool, &events, &t, diag);
	verify_summary(&v, &t, now() - start, !error);
	*ret_good = !t.lost && !t.repairable && !t.faults && !t.lacking && !v.missing;
	zh_progress_destroy(v.progress);
	verify_done(&v);
	return error;
}

static int verify_all(const struct options *o, struct look *look,
		      struct zh_interrupt *intr, bool *ret_good, struct zb_diag *diag)
{
	struct look_target target = { 0 };
	struct look_pool *pool;
	bool good, printed = false;
	int error;

	if (o->pool || o->look.guid || look->n_pools == 0) {
		error = o->pool ? look_target_parse(o->pool, &target, diag) : 0;
		if (!error)
			error = look_target_pool(look, &target, o->look.guid, &pool,
						 diag);
		return error ? error : verify_pool(o, look, pool, intr, ret_good, diag);
	}
	*ret_good = true;
	for (unsigned int i = 0; i < look->n_pools; i++) {
		error = look_pool_open(look, &look->pools[i], diag);
		if (error) {
			/* A pool that cannot be read must not hide the others. */
			cmd_fail(diag);
			*ret_good = false;
			continue;
		}
		if (o->look.json && printed)
			fputs(",\n", stdout);
		printed = true;
		error = verify_pool(o, look, &look->pools[i], intr, &good, diag);
		if (error)
			return error;
		*ret_good &= good;
	}
	return 0;
}

static int run(const struct options *o)
{
	struct zh_interrupt intr;
	struct zb_diag diag;
	struct look look;
	bool good = false;
	int error;

	if (zh_interrupt_init(&intr, &diag))
		return cmd_fail(&diag);
	error = look_init(&look, &o->look, &diag);
	if (!error) {
		if (o->look.json)
			fputs("[", stdout);
		error = verify_all(o, &look, &intr, &good, &diag);
		if (o->look.json)
			fputs("]\n", stdout);
		look_done(&look);
	}
	if (error)
		cmd_fail(&diag);
	if (look_output_done(&diag)) {
		cmd_fail(&diag);
		good = false;
	}
	zh_interrupt_done(&intr);
	return error || !good ? CMD_FAILED : CMD_DONE;
}

int cmd_verify(int argc, char **argv)
{
	static const struct option own[] = {
		{ "max", required_argument, NULL, 'm' },
		{ "quiet", no_argument, NULL, 'q' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct look_getopt g = { .name = "verify",
					      .help = help,
					      .letters = "q",
					      .own = own,
					      .common = LOOK_OPT_JSON | LOOK_OPT_POOL };
	struct options o = { .max = MAX_LINES };
	int c;

	while ((c = look_getopt(&g, argc, argv, &o.look)) != LOOK_GETOPT_END) {
		switch (c) {
		case LOOK_GETOPT_EXIT:
			return o.look.status;
		case 'm':
			if (!look_parse_u64(optarg, &o.max))
				return cmd_usage_error("verify", "'%s' is no number",
						       optarg);
			break;
		case 'q':
			o.quiet = true;
			break;
		}
	}
	if (argc - optind > 1)
		return cmd_usage_error("verify", "one POOL at most, but '%s' follows",
				       argv[optind + 1]);
	o.pool = optind < argc ? argv[optind] : NULL;
	return run(&o);
}
