/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/verify.h"
#include "fmt/enums.h"
#include "host/size.h"

static const char *what_is(const struct zr_visit *visit)
{
	if (visit->level == ZR_LEVEL_OBJSET)
		return visit->dataset ? "dataset" : "meta object set";
	if (visit->level == ZR_LEVEL_LOG)
		return "intent log";
	if (visit->object == ZR_VISIT_DNODES)
		return "objects";
	if (visit->object == ZR_VISIT_USERUSED)
		return "space used by users";
	if (visit->object == ZR_VISIT_GROUPUSED)
		return "space used by groups";
	if (visit->object == ZR_VISIT_PROJECTUSED)
		return "space used by projects";
	return NULL;
}

/* Which objects the block of dnodes, or those below it, hold. */
static uint64_t first_object(const struct zr_visit *visit)
{
	return visit->offset / 512;
}

static uint64_t last_object(const struct verify_range *r)
{
	return r->end / 512 - (r->end >= 512);
}

/* ---- devices ---- */

static struct verify_device *device_of(struct verify *v, const struct zr_dev *dev,
				       uint64_t guid)
{
	struct verify_device *at;

	for (unsigned int i = 0; i < v->n_devices; i++)
		if (v->devices[i].dev == dev && v->devices[i].guid == guid)
			return &v->devices[i];
	at = realloc(v->devices, (v->n_devices + 1) * sizeof(*at));
	if (!at)
		abort();
	v->devices = at;
	at[v->n_devices] = (struct verify_device){ .dev = dev, .guid = guid };
	return &at[v->n_devices++];
}

static void count_bad(struct verify *v, const struct zr_bad_copy *bad)
{
	struct verify_device *d;

	if (!bad->dev)
		return;
	d = device_of(v, bad->dev, bad->guid);
	if (bad->lacks.end) {
		if (!d->lacking || bad->lacks.start < d->lacks.start)
			d->lacks.start = bad->lacks.start;
		if (bad->lacks.end > d->lacks.end)
			d->lacks.end = bad->lacks.end;
		d->lacking++;
		return;
	}
	d->checksum += bad->error == ZB_ECKSUM;
	d->io += bad->error == ZB_EIO;
	d->other += bad->error != ZB_ECKSUM && bad->error != ZB_EIO;
}

static unsigned int n_named(const struct zr_damage *d)
{
	return d->n_bad < ZR_BAD_COPIES ? d->n_bad : ZR_BAD_COPIES;
}

/* The last txg of those; a log that does not read, or is not there, counts as one of all. */
static uint64_t last_txg(const struct verify *v, const struct zr_txgs *txgs)
{
	struct zr_pool_info info;

	zr_pool_info(v->pool, &info);
	return txgs->end - 1 < info.txg ? txgs->end - 1 : info.txg;
}

static void copy_text(const struct verify *v, const struct zr_bad_copy *bad, char *buf,
		      size_t size)
{
	if (bad->dev && bad->lacks.end)
		snprintf(buf, size, "%s lacks what was written in txgs %llu to %llu",
			 bad->dev->name, (unsigned long long)bad->lacks.start,
			 (unsigned long long)last_txg(v, &bad->lacks));
	else if (bad->dev)
		snprintf(buf, size, "%s at %llu: %s", bad->dev->name,
			 (unsigned long long)bad->offset, zb_error_text(bad->error));
	else if (bad->guid)
		snprintf(buf, size, "vdev %llu: missing", (unsigned long long)bad->guid);
	else
		snprintf(buf, size, "%s", zb_error_text(bad->error));
}

/* ---- one line or one object per range ---- */

static void print_place(struct verify *v, const struct verify_range *r)
{
	const struct zr_visit *visit = &r->first.visit;
	const char *what = what_is(visit);

	verify_print_name(v);
	if (what)
		printf(": %s", what);
	else
		printf(": object %llu", (unsigned long long)visit->object);
	if (visit->level == ZR_LEVEL_LOG && visit->object == 0)
		printf(", block %llu", (unsigned long long)visit->blkid);
	else if (visit->level == ZR_LEVEL_LOG)
		printf(", object %llu, bytes %llu to %llu",
		       (unsigned long long)visit->object,
		       (unsigned long long)visit->offset, (unsigned long long)r->end - 1);
	if (visit->level < 0)
		return;
	if (visit->object == ZR_VISIT_DNODES)
		printf(" %llu to %llu", (unsigned long long)first_object(visit),
		       (unsigned long long)last_object(r));
	else if (visit->blkid == ZR_VISIT_SPILL)
		printf(", attributes");
	else if (r->end > visit->offset)
		printf(", bytes %llu to %llu", (unsigned long long)visit->offset,
		       (unsigned long long)r->end - 1);
	if (visit->level > 0)
		printf(" (level %d)", visit->level);
}

static void print_text(struct verify *v, const struct verify_range *r)
{
	char text[512];

	print_place(v, r);
	printf(": %s", r->first.lost ? "LOST" : "repairable");
	if (r->blocks > 1)
		printf(", %llu blocks", (unsigned long long)r->blocks);
	for (unsigned int i = 0; i < n_named(&r->first); i++) {
		copy_text(v, &r->first.bad[i], text, sizeof(text));
		printf("; %s", text);
	}
	putchar('\n');
	verify_share_text(v, r);
}

static void json_lacks(const struct verify *v, struct json_object *obj,
		       const struct zr_txgs *lacks)
{
	look_json_u64(obj, "lacks_from", lacks->start);
	look_json_u64(obj, "lacks_to", last_txg(v, lacks));
}

static struct json_object *json_copies(const struct verify *v, const struct zr_damage *d)
{
	struct json_object *list = json_object_new_array(), *obj;

	for (unsigned int i = 0; i < n_named(d); i++) {
		obj = json_object_new_object();
		if (d->bad[i].dev) {
			look_json_name(obj, "device", d->bad[i].dev->name);
			look_json_u64(obj, "at", d->bad[i].offset);
		}
		look_json_u64(obj, "vdev_guid", d->bad[i].guid);
		look_json_name(obj, "reason",
			       d->bad[i].lacks.end ? "the device lacks it"
						   : zb_error_text(d->bad[i].error));
		if (d->bad[i].lacks.end)
			json_lacks(v, obj, &d->bad[i].lacks);
		json_object_array_add(list, obj);
	}
	return list;
}

static struct json_object *json_place(struct verify *v, const struct zr_visit *visit,
				      uint64_t end)
{
	struct json_object *obj = json_object_new_object();

	look_json_name(obj, "dataset", v->dataset_name);
	look_json_u64(obj, "dataset_object", visit->dataset);
	if (v->path[0])
		look_json_name(obj, "path", v->path);
	if (what_is(visit))
		look_json_name(obj, "what", what_is(visit));
	else
		look_json_u64(obj, "object", visit->object);
	json_object_object_add(obj, "level", json_object_new_int(visit->level));
	if (visit->level == ZR_LEVEL_LOG)
		look_json_u64(obj, "log_block", visit->blkid);
	if (visit->level == ZR_LEVEL_LOG && visit->object) {
		look_json_u64(obj, "object", visit->object);
		look_json_u64(obj, "offset", visit->offset);
		look_json_u64(obj, "length", end - visit->offset);
	}
	if (visit->object == ZR_VISIT_DNODES && visit->level >= 0) {
		look_json_u64(obj, "first_object", visit->offset / 512);
		look_json_u64(obj, "last_object", end / 512 - (end >= 512));
	} else if (visit->blkid != ZR_VISIT_SPILL && visit->level >= 0) {
		look_json_u64(obj, "offset", visit->offset);
		look_json_u64(obj, "length", end - visit->offset);
	}
	return obj;
}

static void print_json(struct verify *v, const struct verify_range *r)
{
	struct json_object *obj = json_place(v, &r->first.visit, r->end);

	json_object_object_add(obj, "lost", json_object_new_boolean(r->first.lost));
	look_json_u64(obj, "blocks", r->blocks);
	look_json_u64(obj, "good_copies", r->first.good);
	json_object_object_add(obj, "bad_copies", json_copies(v, &r->first));
	verify_share_json(v, r, obj);
	fputs(v->lines ? ",\n" : "\n", stdout);
	look_json_print(obj);
	json_object_put(obj);
}

/* Whether there is a line left for what comes now. */
static bool may_tell(struct verify *v)
{
	if (v->max == 0 || v->lines < v->max)
		return true;
	v->untold++;
	return false;
}

static void tell_range(struct verify *v)
{
	struct verify_range *r = &v->range;

	if (r->blocks == 0)
		return;
	if (may_tell(v)) {
		zh_progress_clear(v->progress);
		verify_name(v, r->first.visit.dataset, r->first.visit.object);
		if (v->json)
			print_json(v, r);
		else
			print_text(v, r);
		v->lines++;
	}
	r->blocks = 0;
}

/* ---- what zr_scrub() calls ---- */

void verify_missing(void *ctx, uint64_t guid)
{
	struct verify *v = ctx;

	device_of(v, NULL, guid);
	v->missing++;
}

/* The next block of the same object, damaged in the same way on the same devices. */
static bool continues(const struct verify_range *r, const struct zr_damage *d)
{
	const struct zr_visit *a = &r->first.visit, *b = &d->visit;

	if (r->blocks == 0 || a->dataset != b->dataset || a->object != b->object ||
	    a->level < 0 || a->level != b->level || a->blkid == ZR_VISIT_SPILL ||
	    b->blkid == ZR_VISIT_SPILL || b->offset != r->end)
		return false;
	if (r->first.lost != d->lost || r->first.n_bad != d->n_bad)
		return false;
	for (unsigned int i = 0; i < n_named(d); i++)
		if (r->first.bad[i].dev != d->bad[i].dev ||
		    r->first.bad[i].error != d->bad[i].error)
			return false;
	return true;
}

static uint64_t end_of(const struct zr_visit *visit)
{
	uint64_t end;

	return zb_add64(visit->offset, visit->len, &end) ? end : UINT64_MAX;
}

void verify_damage(void *ctx, const struct zr_damage *damage)
{
	struct verify *v = ctx;

	for (unsigned int i = 0; i < n_named(damage); i++)
		count_bad(v, &damage->bad[i]);
	if (continues(&v->range, damage)) {
		v->range.blocks++;
	} else {
		tell_range(v);
		v->range.first = *damage;
		v->range.blocks = 1;
	}
	v->range.end = end_of(&damage->visit);
}

void verify_lacking(void *ctx, const struct zr_damage *damage)
{
	for (unsigned int i = 0; i < n_named(damage); i++)
		count_bad(ctx, &damage->bad[i]);
}

void verify_fault(void *ctx, const struct zr_visit *visit, const struct zb_diag *diag)
{
	struct verify *v = ctx;
	struct verify_range r = { .first.visit = *visit, .end = end_of(visit) };
	struct json_object *obj;

	tell_range(v);
	if (!may_tell(v))
		return;
	zh_progress_clear(v->progress);
	verify_name(v, visit->dataset, visit->object);
	if (v->json) {
		obj = json_place(v, visit, r.end);
		look_json_name(obj, "reason", diag->reason);
		fputs(v->lines ? ",\n" : "\n", stdout);
		look_json_print(obj);
		json_object_put(obj);
	} else {
		print_place(v, &r);
		printf(": makes no sense: %s\n", diag->reason);
	}
	v->lines++;
}

/* ---- the end ---- */

/* "1 block", "2 blocks" */
static void print_number(uint64_t n, const char *one, const char *many)
{
	printf("%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static void print_device(const struct verify *v, const struct verify_device *d)
{
	if (!d->dev) {
		printf("vdev %llu: missing\n", (unsigned long long)d->guid);
		return;
	}
	if (d->lacking) {
		printf("%s: lacks ", d->dev->name);
		print_number(d->lacking, "copy", "copies");
		printf(" of what was written in txgs %llu to %llu\n",
		       (unsigned long long)d->lacks.start,
		       (unsigned long long)last_txg(v, &d->lacks));
	}
	if (d->checksum + d->io + d->other == 0)
		return;
	printf("%s: ", d->dev->name);
	print_number(d->checksum + d->io + d->other, "bad copy", "bad copies");
	printf(": %llu with a wrong checksum, %llu not readable, %llu other\n",
	       (unsigned long long)d->checksum, (unsigned long long)d->io,
	       (unsigned long long)d->other);
}

/* What all comes to. A device may be missing without harm: a spare stands in for it, say. */
static void print_verdict(const struct verify *v, const struct zr_scrub_totals *t,
			  bool complete)
{
	if (t->lost || t->repairable || t->faults) {
		printf("%llu lost, %llu repairable, ", (unsigned long long)t->lost,
		       (unsigned long long)t->repairable);
		print_number(t->faults, "that makes no sense", "that make no sense");
	} else {
		printf(complete ? "no damage" : "no damage so far");
	}
	if (t->lacking) {
		printf("; ");
		print_number(t->lacking, "good block lacks a copy",
			     "good blocks lack a copy");
		printf(" on a device that was away or is new");
	}
	if (v->missing) {
		printf("; ");
		print_number(v->missing, "device is missing", "devices are missing");
		if (t->degraded) {
			printf(", and so ");
			print_number(t->degraded, "good block lacks a copy",
				     "good blocks lack a copy");
		} else if (t->blocks && !t->lost && !t->repairable) {
			printf(", but every block that was read has all its copies");
		}
	}
	putchar('\n');
}

/* Without a key there is only the half of a checksum that is not the MAC. */
static void print_encrypted(const struct zr_scrub_totals *t)
{
	if (t->authenticated) {
		printf(", MACs of ");
		print_number(t->authenticated, "encrypted block", "encrypted blocks");
	}
	if (t->locked) {
		printf(", ");
		print_number(t->locked, "encrypted block", "encrypted blocks");
		printf(" without a key by checksum only");
	}
}

static void summary_text(const struct verify *v, const struct zr_scrub_totals *t,
			 double seconds, bool complete)
{
	char size[ZH_SIZE_TEXT], rate[ZH_SIZE_TEXT];

	if (v->untold) {
		printf("... and ");
		print_number(v->untold, "more place", "more places");
		printf(" with damage\n");
	}
	for (unsigned int i = 0; i < v->n_devices; i++)
		print_device(v, &v->devices[i]);
	zh_size_text(t->read, size);
	zh_size_text(seconds > 0 ? (uint64_t)((double)t->read / seconds) : 0, rate);
	printf("%s: %s", v->pool_name, complete ? "" : "not finished: ");
	print_number(t->blocks, "block", "blocks");
	printf(" in ");
	print_number(t->datasets, "dataset", "datasets");
	if (t->log_blocks) {
		printf(" and ");
		print_number(t->log_blocks, "block", "blocks");
		printf(" of intent logs");
	}
	print_encrypted(t);
	printf(", %s read in %.1f s (%s/s): ", size, seconds, rate);
	print_verdict(v, t, complete);
}

static struct json_object *json_devices(const struct verify *v)
{
	struct json_object *list = json_object_new_array(), *obj;

	for (unsigned int i = 0; i < v->n_devices; i++) {
		const struct verify_device *d = &v->devices[i];

		obj = json_object_new_object();
		if (d->dev)
			look_json_name(obj, "device", d->dev->name);
		look_json_u64(obj, "vdev_guid", d->guid);
		json_object_object_add(obj, "missing", json_object_new_boolean(!d->dev));
		look_json_u64(obj, "checksum_errors", d->checksum);
		look_json_u64(obj, "io_errors", d->io);
		look_json_u64(obj, "other_errors", d->other);
		look_json_u64(obj, "lacking", d->lacking);
		if (d->lacking)
			json_lacks(v, obj, &d->lacks);
		json_object_array_add(list, obj);
	}
	return list;
}

static void summary_json(const struct verify *v, const struct zr_scrub_totals *t,
			 double seconds, bool complete)
{
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "datasets", t->datasets },
		{ "blocks", t->blocks },
		{ "logical", t->logical },
		{ "physical", t->physical },
		{ "allocated", t->allocated },
		{ "gangs", t->gangs },
		{ "embedded", t->embedded },
		{ "read", t->read },
		{ "lost", t->lost },
		{ "repairable", t->repairable },
		{ "faults", t->faults },
		{ "degraded", t->degraded },
		{ "lacking", t->lacking },
		{ "untold", v->untold },
		{ "log_blocks", t->log_blocks },
		{ "authenticated", t->authenticated },
		{ "locked", t->locked },
	};
	struct json_object *devices = json_devices(v);

	fputs(v->lines ? "\n],\"devices\":" : "],\"devices\":", stdout);
	look_json_print(devices);
	json_object_put(devices);
	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		printf(",\n\"%s\":%llu", numbers[i].key,
		       (unsigned long long)numbers[i].value);
	printf(",\n\"seconds\":%.3f,\n\"complete\":%s}", seconds,
	       complete ? "true" : "false");
}

void verify_summary(struct verify *v, const struct zr_scrub_totals *totals,
		    double seconds, bool complete)
{
	tell_range(v);
	zh_progress_clear(v->progress);
	if (v->json)
		summary_json(v, totals, seconds, complete);
	else
		summary_text(v, totals, seconds, complete);
}

void verify_done(struct verify *v)
{
	zr_fs_close(v->fs);
	free(v->devices);
}
