/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include "fmt/enums.h"
#include "init/pool.h"

/* The pool of root=ZFS=pool/dataset. */
static bool name_matches(const struct zi_options *o, const struct zr_label *label)
{
	size_t len = strcspn(o->root, "/@");

	return len > 0 && strlen(label->pool_name) == len &&
	       memcmp(label->pool_name, o->root, len) == 0;
}

static const struct zi_label *label_of(const struct zi_devices *d, unsigned int i)
{
	return d->at[i].probe == ZI_PROBE_DONE ? d->at[i].label : NULL;
}

/* Firmware and kernel may differ by a few sectors: drives hide some, or miscount them. */
#define SIZE_TOLERANCE (1ULL << 20)

static bool has_size(uint64_t size, uint64_t wanted)
{
	return size < wanted + SIZE_TOLERANCE && wanted < size + SIZE_TOLERANCE;
}

/* By what the loader saw of the disk itself, not of what is written on it. */
static const char *other_disk(const struct zi_options *o, const struct zi_label *label)
{
	if (o->bus != ZI_BUS_UNKNOWN && label->on_usb != (o->bus == ZI_BUS_USB))
		return o->bus == ZI_BUS_USB
			       ? "a copy of the disk that was booted from, which is on USB"
			       : "a copy of the disk that was booted from, which is not on "
				 "USB";
	if (o->size && label->disk_size && !has_size(label->disk_size, o->size))
		return "a copy of the disk that was booted from, which has another size";
	return NULL;
}

/*
 * What else claims to be the vdev that the loader came from, and is in another partition or in
 * none (a disk that ends with what is left of an old label), or is in a state from before what
 * the loader read. One from after that may be the disk itself: kexec hands on an old command line.
 */
static const char *copy_of(const struct zi_options *o, const struct zi_device *dev)
{
	const struct zr_label *l = &dev->label->zr;

	if (!o->vdev || l->vdev_guid != o->vdev)
		return NULL;
	if (o->part[0] && strcmp(dev->label->part, o->part) != 0)
		return "a copy of the disk that was booted from";
	if (other_disk(o, dev->label))
		return other_disk(o, dev->label);
	if (o->txg && l->uberblock_txg < o->txg)
		return "an older copy of the disk that was booted from";
	return NULL;
}

static const char *objection(const struct zi_options *o, const struct zi_device *dev)
{
	const struct zr_label *l = &dev->label->zr;

	if (l->pool_guid == 0)
		return "a spare or cache device of some pool";
	if (o->pool ? l->pool_guid != o->pool : !name_matches(o, l))
		return "another pool";
	if (l->state == ZF_POOL_STATE_DESTROYED)
		return "the pool was destroyed";
	/* zpool detach leaves such a label. */
	if (l->txg == 0)
		return "no part of the pool, detached from it or not in it yet";
	if (zi_devices_shows_partition(dev))
		return "only the labels at the end of its last partition";
	return NULL;
}

static bool belongs(const struct zi_options *o, const struct zi_device *dev)
{
	return dev->probe == ZI_PROBE_DONE && dev->label && !objection(o, dev);
}

const char *zi_pool_objection(const struct zi_options *o, const struct zi_device *dev)
{
	const char *why = objection(o, dev);

	return why ? why : copy_of(o, dev);
}

/* More than 0 if device a is the better one for a vdev that b claims too, 0 if undecided. */
static int compare(const struct zi_devices *d, const struct zi_options *o, unsigned int a,
		   unsigned int b)
{
	const struct zr_label *la = &label_of(d, a)->zr, *lb = &label_of(d, b)->zr;
	int more;

	if (o->part[0] && (!o->vdev || o->vdev == la->vdev_guid)) {
		bool is_a = strcmp(label_of(d, a)->part, o->part) == 0;
		bool is_b = strcmp(label_of(d, b)->part, o->part) == 0;

		if (is_a != is_b)
			return is_a ? 1 : -1;
	}
	more = __builtin_popcount(la->valid) - __builtin_popcount(lb->valid);
	if (more)
		return more;
	if (o->txg && o->vdev == la->vdev_guid &&
	    (la->uberblock_txg == o->txg) != (lb->uberblock_txg == o->txg))
		return la->uberblock_txg == o->txg ? 1 : -1;
	if (la->uberblock_txg != lb->uberblock_txg)
		return la->uberblock_txg > lb->uberblock_txg ? 1 : -1;
	return 0;
}

static void conflict(const struct zi_devices *d, struct zi_decision *out, unsigned int a,
		     unsigned int b)
{
	out->verdict = ZI_CONFLICT;
	snprintf(out->text, sizeof(out->text),
		 "%s and %s are copies of one another (vdev %" PRIu64
		 "), and nothing tells which one was booted from; remove one",
		 d->at[a].name, d->at[b].name, label_of(d, a)->zr.vdev_guid);
}

/* By this label that vdev is one of the disks of its top-level vdev. */
static bool lists(const struct zi_label *label, uint64_t guid)
{
	/* One with more leaves than there is room for may well list it. */
	if (label->n_leaves == 0 || label->n_leaves == ZI_MAX_LEAVES)
		return true;
	for (unsigned int i = 0; i < label->n_leaves; i++)
		if (label->leaves[i].guid == guid)
			return true;
	return false;
}

/*
 * Whose label tells who belongs to that place of the pool: the newest one's. But the disk that
 * was booted from is one of the pool's, so a label that knows it no more has no say, however
 * new: half of a mirror went on without the other.
 */
static const struct zi_label *authority(const struct zi_devices *d,
					const struct zi_options *o,
					const struct zi_decision *out, uint64_t top_id)
{
	const struct zi_label *best = NULL;
	bool booted = false;

	for (unsigned int i = 0; i < out->n; i++) {
		const struct zi_label *label = label_of(d, out->member[i]);

		booted |= label->top_id == top_id && label->zr.vdev_guid == o->vdev;
	}
	for (unsigned int i = 0; i < out->n; i++) {
		const struct zi_label *label = label_of(d, out->member[i]);

		if (label->top_id != top_id || (booted && !lists(label, o->vdev)))
			continue;
		if (!best || label->zr.txg > best->zr.txg)
			best = label;
	}
	return best;
}

/* After zpool detach the mirror's GUID goes to the disk that is left. */
static bool is_outdated(const struct zi_devices *d, const struct zi_options *o,
			const struct zi_decision *out, const struct zi_label *label)
{
	const struct zi_label *told = authority(d, o, out, label->top_id);

	if (!told || told->zr.txg == label->zr.txg)
		return false;
	return told->zr.top_guid != label->zr.top_guid ||
	       !lists(told, label->zr.vdev_guid);
}

static void note_outdated(struct zi_decision *out, const char *name)
{
	size_t len = strlen(out->note);

	snprintf(out->note + len, sizeof(out->note) - len, "%s%s",
		 len ? ", " : "left alone, not listed by the labels that count: ", name);
}

/* Half of a mirror, say, that was elsewhere when it was detached: it still says otherwise. */
static void drop_outdated(const struct zi_devices *d, const struct zi_options *o,
			  struct zi_decision *out)
{
	bool drop[ZI_MAX_MEMBERS];
	unsigned int kept = 0;

	for (unsigned int i = 0; i < out->n; i++)
		drop[i] = is_outdated(d, o, out, label_of(d, out->member[i]));
	for (unsigned int i = 0; i < out->n; i++) {
		if (drop[i])
			note_outdated(out, d->at[out->member[i]].name);
		else
			out->member[kept++] = out->member[i];
	}
	out->n = kept;
}

/* Of those that claim to be the same vdev only the best one stays. */
static void drop_doubles(const struct zi_devices *d, const struct zi_options *o,
			 struct zi_decision *out)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < out->n; i++) {
		unsigned int mine = out->member[i], k = 0;
		int c;

		while (k < kept && label_of(d, out->member[k])->zr.vdev_guid !=
					   label_of(d, mine)->zr.vdev_guid)
			k++;
		c = k < kept ? compare(d, o, mine, out->member[k]) : 1;
		if (c == 0)
			conflict(d, out, mine, out->member[k]);
		else if (c > 0)
			out->member[k] = mine;
		kept += k == kept;
	}
	out->n = kept;
}

static bool has_leaf(const struct zi_devices *d, const struct zi_decision *out,
		     uint64_t guid)
{
	for (unsigned int k = 0; k < out->n; k++)
		if (label_of(d, out->member[k])->zr.vdev_guid == guid)
			return true;
	return false;
}

static void note_missing(struct zi_decision *out, const struct zi_leaf *leaf)
{
	size_t len = strlen(out->missing);

	snprintf(out->missing + len, sizeof(out->missing) - len, "%svdev %" PRIu64 "%s%s",
		 len ? ", " : "", leaf->guid, leaf->where[0] ? ", which was " : "",
		 leaf->where);
}

static unsigned int empty_slots(const struct zi_devices *d, struct zi_decision *out,
				const struct zi_label *label)
{
	unsigned int empty = 0;

	for (unsigned int slot = 0; slot < label->n_slots; slot++) {
		const struct zi_leaf *lacks = NULL;
		bool filled = false;

		for (unsigned int i = 0; i < label->n_leaves; i++) {
			if (label->leaves[i].slot != slot)
				continue;
			filled |= has_leaf(d, out, label->leaves[i].guid);
			lacks = &label->leaves[i];
		}
		empty += !filled;
		if (!filled && lacks)
			note_missing(out, lacks);
	}
	return empty;
}

/* The newest label of a top-level vdev tells best who belongs to it. */
static bool is_newest_of_top(const struct zi_devices *d, const struct zi_decision *out,
			     unsigned int k)
{
	const struct zr_label *mine = &label_of(d, out->member[k])->zr;

	for (unsigned int i = 0; i < out->n; i++) {
		const struct zr_label *other = &label_of(d, out->member[i])->zr;

		if (i != k && other->top_guid == mine->top_guid &&
		    (other->txg > mine->txg || (other->txg == mine->txg && i < k)))
			return false;
	}
	return true;
}

void zi_pool_judge_seen(struct zi_decision *out)
{
	out->text[0] = '\0';
	if (out->lacking)
		snprintf(out->text, sizeof(out->text), "%u of its disks %s missing (%s)",
			 out->lacking, out->lacking == 1 ? "is" : "are", out->missing);
	out->verdict = out->lacking == 0 ? ZI_ALL : out->enough ? ZI_ENOUGH : ZI_WAIT;
}

/* Whether every top-level vdev has what it needs. */
static void judge(const struct zi_devices *d, struct zi_decision *out)
{
	const struct zi_label *newest = label_of(d, out->member[0]);
	unsigned int tops = 0;

	for (unsigned int k = 0; k < out->n; k++) {
		const struct zi_label *label = label_of(d, out->member[k]);
		unsigned int empty;

		if (label->zr.txg > newest->zr.txg)
			newest = label;
		if (!is_newest_of_top(d, out, k))
			continue;
		empty = empty_slots(d, out, label);
		tops++;
		out->lacking += empty;
		out->enough &= empty <= label->tolerate;
	}
	if (tops + newest->holes < newest->zr.vdev_children)
		out->unseen =
			(unsigned int)(newest->zr.vdev_children - newest->holes - tops);
	snprintf(out->pool_name, sizeof(out->pool_name), "%s", newest->zr.pool_name);
	if (out->unseen)
		snprintf(out->text, sizeof(out->text),
			 "%u of its %" PRIu64 " top-level vdevs have not been seen",
			 out->unseen, newest->zr.vdev_children - newest->holes);
	else
		zi_pool_judge_seen(out);
}

/* By name only: devices of two pools that share the name must not be mixed. */
static bool same_pool(const struct zi_devices *d, struct zi_decision *out, unsigned int i)
{
	uint64_t guid = label_of(d, i)->zr.pool_guid;

	if (out->guid == 0)
		out->guid = guid;
	if (out->guid == guid)
		return true;
	out->verdict = ZI_CONFLICT;
	snprintf(out->text, sizeof(out->text),
		 "two pools have the name '%s' (GUID %" PRIu64 " and %" PRIu64
		 "); zlive.pool= on the kernel command line must say which",
		 label_of(d, i)->zr.pool_name, out->guid, guid);
	return false;
}

/*
 * With the loader's eyes it might be the disk that was booted from: it reads no labels, so what
 * was another vdev, or of another pool, when the copy was made counts there, too.
 */
static bool looks_booted(const struct zi_options *o, const struct zi_device *dev)
{
	return o->vdev && o->part[0] && dev->probe == ZI_PROBE_DONE && dev->label &&
	       strcmp(dev->label->part, o->part) == 0 && !other_disk(o, dev->label);
}

/* A copy on a bus that is faster than USB has come, and the loader did not say which it was. */
static bool is_doubtful(const struct zi_devices *d, const struct zi_options *o,
			const struct zi_decision *out)
{
	for (unsigned int i = 0; i < out->n; i++) {
		const struct zi_label *label = label_of(d, out->member[i]);

		if (o->vdev && label->zr.vdev_guid == o->vdev)
			return o->bus == ZI_BUS_UNKNOWN && !label->on_usb;
	}
	return false;
}

void zi_pool_decide(const struct zi_devices *d, const struct zi_options *o,
		    struct zi_decision *ret_decision)
{
	struct zi_decision *out = ret_decision;
	const char *copy;

	memset(out, 0, sizeof(*out));
	out->enough = true;
	for (unsigned int i = 0; i < d->n; i++) {
		out->copies += looks_booted(o, &d->at[i]);
		if (!belongs(o, &d->at[i]))
			continue;
		copy = copy_of(o, &d->at[i]);
		if (copy) {
			snprintf(out->text, sizeof(out->text), "%s holds only %s",
				 d->at[i].name, copy);
			continue;
		}
		if (!same_pool(d, out, i))
			return;
		if (out->n < ZI_MAX_MEMBERS)
			out->member[out->n++] = i;
	}
	/* First those: copies of what does not belong to the pool are no conflict. */
	drop_outdated(d, o, out);
	drop_doubles(d, o, out);
	if (out->n == 0 || out->verdict == ZI_CONFLICT)
		return;
	out->doubtful = is_doubtful(d, o, out);
	judge(d, out);
	/* Without it, what was seen may be what belonged to the pool long ago. */
	if (o->vdev && !has_leaf(d, out, o->vdev)) {
		out->verdict = ZI_WAIT;
		out->unseen = 0;
		snprintf(out->text, sizeof(out->text),
			 "the disk that was booted from has not been seen (vdev %" PRIu64
			 ")",
			 o->vdev);
	}
}
