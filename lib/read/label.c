/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"
#include "read/label.h"
#include "read/verify.h"

/*
 * Config and uberblock ring of a label lie side by side, so one request fetches both. Which
 * slot size the ring has follows from the ashift in the config; where no config is whole, each
 * size is tried, since the checksum of a slot fits only one.
 */
#define AREA_SIZE (ZF_LABEL_NVLIST_SIZE + ZF_LABEL_UBERBLOCKS_SZ)

struct scan {
	const struct zr_host *host;
	const struct zr_dev *dev;
	struct zr_io_stats *stats;
	struct zr_label_data *out;
	uint8_t *area;
	uint64_t max_txg; /* younger uberblocks do not count */
	int bad_error;
	unsigned int shift; /* of uberblock slots, 0 if not known yet */
	uint64_t offset;    /* on the device, of the label in area */
};

/* OpenZFS's order: the later group, then the later time, then multihost's sequence number. */
static int compare(const struct zf_uberblock *a, const struct zf_uberblock *b)
{
	if (a->txg != b->txg)
		return a->txg > b->txg ? 1 : -1;
	if (a->timestamp != b->timestamp)
		return a->timestamp > b->timestamp ? 1 : -1;
	if (zf_uberblock_mmp_seq(a) != zf_uberblock_mmp_seq(b))
		return zf_uberblock_mmp_seq(a) > zf_uberblock_mmp_seq(b) ? 1 : -1;
	return 0;
}

bool zr_uberblock_same_tree(const struct zf_uberblock *a, const struct zf_uberblock *b)
{
	return a->txg == b->txg && __builtin_memcmp(a->rootbp.cksum, b->rootbp.cksum,
						    sizeof(a->rootbp.cksum)) == 0;
}

void zr_uberblocks_add(struct zr_uberblocks *list, const struct zf_uberblock *ub)
{
	unsigned int i, end;

	/* Multihost writes the same group again and again with a newer time. */
	for (i = 0; i < list->n; i++) {
		if (!zr_uberblock_same_tree(&list->at[i], ub))
			continue;
		if (compare(ub, &list->at[i]) <= 0)
			return;
		for (list->n--; i < list->n; i++)
			list->at[i] = list->at[i + 1];
		break;
	}
	for (i = 0; i < list->n && compare(&list->at[i], ub) >= 0;)
		i++;
	if (i == ZR_UBERBLOCKS)
		return;
	end = list->n < ZR_UBERBLOCKS ? list->n++ : ZR_UBERBLOCKS - 1;
	for (; end > i; end--)
		list->at[end] = list->at[end - 1];
	list->at[i] = *ub;
}

/* Spares the checksum of what would not be kept anyway. */
static bool wanted(const struct scan *scan, const struct zf_uberblock *ub)
{
	const struct zr_uberblocks *list = &scan->out->uberblocks;

	if (ub->txg > scan->max_txg)
		return ub->txg > scan->out->newest.txg;
	/* All labels have the same ones: it is there already, or not newer than what is. */
	for (unsigned int i = 0; i < list->n; i++)
		if (zr_uberblock_same_tree(&list->at[i], ub))
			return compare(ub, &list->at[i]) > 0;
	return list->n < ZR_UBERBLOCKS || ub->txg >= list->at[list->n - 1].txg;
}

static int verify_area(const struct scan *scan, struct zb_span s, uint64_t offset)
{
	const uint64_t verifier[4] = { offset };
	enum zb_endian unused;

	return zr_verify_eck(scan->host->accel, s, verifier, &unused);
}

static bool slot_is_whole(const struct scan *scan, size_t at, unsigned int shift)
{
	struct zb_span ring =
		zb_span(scan->area + ZF_LABEL_NVLIST_SIZE, ZF_LABEL_UBERBLOCKS_SZ);
	struct zb_span slot;

	return zb_span_sub(ring, at, 1ULL << shift, &slot) == 0 &&
	       verify_area(scan, slot, scan->offset + ZF_LABEL_UBERBLOCKS + at) == 0;
}

static bool slot_is_whole_at_any_size(const struct scan *scan, size_t at)
{
	for (unsigned int shift = ZF_UBERBLOCK_MIN_SHIFT; shift <= ZF_UBERBLOCK_MAX_SHIFT;
	     shift++)
		if ((at & ((1ULL << shift) - 1)) == 0 && slot_is_whole(scan, at, shift))
			return true;
	return false;
}

static void keep_uberblock(struct scan *scan, const struct zf_uberblock *ub)
{
	struct zr_label_data *out = scan->out;

	if (compare(ub, &out->newest) > 0)
		out->newest = *ub;
	if (ub->txg <= scan->max_txg)
		zr_uberblocks_add(&out->uberblocks, ub);
}

static void scan_ring(struct scan *scan)
{
	unsigned int shift = scan->shift ? scan->shift : ZF_UBERBLOCK_MIN_SHIFT;
	struct zb_span ring =
		zb_span(scan->area + ZF_LABEL_NVLIST_SIZE, ZF_LABEL_UBERBLOCKS_SZ);
	struct zf_uberblock ub;
	struct zb_span slot;

	for (size_t at = 0; at < ring.len; at += (size_t)1 << shift) {
		if (zb_span_sub(ring, at, 1ULL << shift, &slot) ||
		    zf_uberblock_decode(slot, &ub) || !wanted(scan, &ub))
			continue;
		if (scan->shift ? slot_is_whole(scan, at, shift)
				: slot_is_whole_at_any_size(scan, at))
			keep_uberblock(scan, &ub);
	}
}

static int keep_config(struct scan *scan, struct zf_nvlist config,
		       const struct zr_label *info)
{
	struct zr_label_data *out = scan->out;
	unsigned int valid = out->info.valid;
	uint8_t *copy = zr_alloc(scan->host, config.pairs.len);

	if (!copy)
		return ZB_ENOMEM;
	__builtin_memcpy(copy, config.pairs.ptr, config.pairs.len);
	zr_free(scan->host, out->pairs);
	out->pairs = copy;
	out->config.pairs = zb_span(copy, config.pairs.len);
	out->info = *info;
	out->info.valid = valid;
	return 0;
}

/*
 * The config in scan->area. Of one vdev's configs the one of the highest txg is kept. What is
 * at the end may be left from another pool, which filled the device before an image of this
 * one was copied to its front: whose label is found first, his is the device, as in OpenZFS.
 * ZB_EINVAL: another's.
 */
static int scan_config(struct scan *scan, unsigned int n)
{
	struct zb_span s = zb_span(scan->area, ZF_LABEL_NVLIST_SIZE);
	struct zr_label_data *out = scan->out;
	struct zf_nvlist config;
	struct zr_label info = { 0 };
	bool first = out->pairs == NULL;
	int error = verify_area(scan, s, scan->offset + ZF_LABEL_NVLIST);

	if (error == ZB_ENOENT)
		return 0; /* nothing here, or overwritten */
	if (!error)
		error = zf_nvlist_init(zb_span(s.ptr, s.len - ZF_ECK_SIZE), &config);
	if (!error)
		error = zr_label_info(config, &info);
	if (error) {
		scan->out->bad |= 1U << n;
		scan->bad_error = error;
		return 0;
	}
	if (!first && (info.pool_guid != out->info.pool_guid ||
		       info.vdev_guid != out->info.vdev_guid))
		return ZB_EINVAL;
	if (scan->out->effort == ZR_LABEL_FRUGAL)
		scan->shift = zf_uberblock_shift(info.ashift);
	if (first || info.txg > out->info.txg) {
		error = keep_config(scan, config, &info);
		if (error)
			return error;
	}
	out->info.valid |= 1U << n;
	return 0;
}

static int scan_label(struct scan *scan, unsigned int n, uint64_t offset)
{
	bool config = scan->out->effort == ZR_LABEL_FULL || !scan->out->pairs;
	size_t skip = config ? 0 : ZF_LABEL_NVLIST_SIZE;
	int error;

	scan->offset = offset;
	error = zr_dev_read(scan->host, scan->dev, scan->stats,
			    scan->offset + ZF_LABEL_NVLIST + skip, scan->area + skip,
			    AREA_SIZE - skip);
	if (error == ZB_ENOMEM)
		return error;
	if (error) {
		scan->out->unreadable |= 1U << n;
		return 0;
	}
	if (config)
		error = scan_config(scan, n);
	if (error == ZB_EINVAL) {
		scan->out->foreign |= 1U << n;
		return 0;
	}
	if (!error)
		scan_ring(scan);
	return error;
}

/* Does a config that checks itself end here? One block tells, before all is read. */
static bool is_label_at(struct scan *scan, uint64_t offset)
{
	const uint64_t end = offset + ZF_LABEL_NVLIST + ZF_LABEL_NVLIST_SIZE;
	uint8_t eck[ZF_ECK_SIZE];

	if (zr_dev_read(scan->host, scan->dev, scan->stats, end - sizeof(eck), eck,
			sizeof(eck)))
		return false;
	return zb_load64(eck, ZB_LE) == ZF_ECK_MAGIC ||
	       zb_load64(eck, ZB_BE) == ZF_ECK_MAGIC;
}

/* What the config says of where label 2 was when the vdev was last opened; 0: nothing. */
static uint64_t rear_by_config(const struct zr_label_data *data)
{
	struct zf_nvlist tree;
	uint64_t asize = 0, n;

	if (!data->pairs || zf_nvlist_list(data->config, "vdev_tree", &tree) ||
	    zf_nvlist_u64(tree, "asize", &asize))
		return 0;
	n = zf_nvlist_array_count(tree, "children");
	if (zf_nvlist_string_is(tree, "type", "raidz") && n > 0)
		asize /= n;
	if (asize > UINT64_MAX - ZF_VDEV_DATA_START)
		return 0;
	return (asize + ZF_VDEV_DATA_START) & ~(ZF_LABEL_SIZE - 1);
}

unsigned int zr_label_places(uint64_t size, uint64_t ret_at[ZR_LABEL_PLACES])
{
	uint64_t at = zf_label_offset(2, size);
	unsigned int n;

	for (n = 0; n < ZF_LABEL_COUNT; n++)
		ret_at[n] = zf_label_offset(n, size);
	for (; n < ZR_LABEL_PLACES && at > 2 * ZF_LABEL_SIZE; n++)
		ret_at[n] = at -= ZF_LABEL_SIZE;
	return n;
}

/*
 * The rear labels of a vdev whose device has become larger or smaller since, by a copy to
 * another one say: where the config says, or near the end.
 */
static int search_rear(struct scan *scan)
{
	uint64_t place[ZR_LABEL_PLACES], usual, said = rear_by_config(scan->out);
	unsigned int n = zr_label_places(scan->dev->size, place);
	int error = 0;

	usual = place[2];
	place[2] = said;
	place[3] = said ? said + ZF_LABEL_SIZE : 0;
	for (unsigned int i = 2; i < n && !error; i++) {
		uint64_t at = place[i];

		if (at < 2 * ZF_LABEL_SIZE || at >= usual ||
		    scan->out->info.valid >> 2 == 3 || !is_label_at(scan, at))
			continue;
		/* The front one of the pair comes last when we walk towards the front. */
		error = scan_label(scan, scan->out->info.valid & 8 ? 2 : 3, at);
		if (!error && scan->out->info.valid >> 2 && !scan->out->info.displaced)
			scan->out->info.displaced = at;
	}
	return error;
}

static int scan_all(struct scan *scan)
{
	int error = 0;

	for (unsigned int n = 0; n < ZF_LABEL_COUNT && !error; n++)
		error = scan_label(scan, n, zf_label_offset(n, scan->dev->size));
	if (!error && scan->out->info.valid >> 2 == 0 &&
	    (scan->out->effort == ZR_LABEL_FULL || !scan->out->pairs))
		error = search_rear(scan);
	return error;
}

void zr_label_note(const struct zr_host *host, const struct zr_dev *dev,
		   const struct zr_label_data *data)
{
	const struct zr_label *info = &data->info;
	struct zb_diag what;
	const char *why;

	for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++) {
		if (info->valid >> n & 1)
			continue;
		why = data->unreadable >> n & 1 ? "cannot be read"
		      : data->bad >> n & 1	? "is damaged"
		      : data->foreign >> n & 1	? "is another pool's or vdev's"
						: "is gone";
		/* The frugal way has not looked at the configs behind the first whole one. */
		if (data->effort == ZR_LABEL_FRUGAL && info->valid & ((1U << n) - 1) &&
		    !(data->unreadable >> n & 1))
			continue;
		zb_fail(&what, ZB_ECORRUPT, dev->name, zf_label_offset(n, dev->size),
			"label %u %s", n, why);
		zr_note(host, &what);
	}
	if (info->displaced) {
		zb_fail(&what, ZB_ECORRUPT, dev->name, info->displaced,
			"rear labels found here, as if the device had another size");
		zr_note(host, &what);
	}
}

static int conclude(const struct scan *scan, struct zb_diag *diag)
{
	const char *name = scan->dev->name;

	if (scan->out->pairs)
		return 0;
	/*
	 * At the end of a disk the labels of its last partition may lie where its own would;
	 * their checksums do not match then, and at its front there is nothing.
	 */
	if (scan->out->bad & 3 || (scan->out->bad && scan->out->unreadable))
		return zb_fail(diag,
			       scan->bad_error == ZB_ECKSUM ? ZB_ECORRUPT
							    : scan->bad_error,
			       name, ZB_DIAG_NO_OFFSET,
			       "there are ZFS labels, but none is whole (%s)",
			       zb_error_text(scan->bad_error));
	if (scan->out->unreadable == (1U << ZF_LABEL_COUNT) - 1)
		return zb_fail(diag, ZB_EIO, name, ZB_DIAG_NO_OFFSET,
			       "no ZFS label could be read");
	return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET, "no ZFS label");
}

int zr_label_load(const struct zr_host *host, const struct zr_dev *dev,
		  enum zr_label_effort effort, uint64_t max_txg,
		  struct zr_io_stats *stats, struct zr_label_data *ret_data,
		  struct zb_diag *diag)
{
	struct scan scan = { .host = host,
			     .dev = dev,
			     .stats = stats,
			     .out = ret_data,
			     .max_txg = max_txg };
	int error = 0;

	__builtin_memset(ret_data, 0, sizeof(*ret_data));
	ret_data->effort = effort;
	if (dev->size < ZF_LABEL_COUNT * ZF_LABEL_SIZE)
		return zb_fail(diag, ZB_ENOENT, dev->name, ZB_DIAG_NO_OFFSET,
			       "too small for a ZFS label");
	scan.area = zr_alloc(host, AREA_SIZE);
	if (!scan.area)
		return zb_fail(diag, ZB_ENOMEM, dev->name, ZB_DIAG_NO_OFFSET,
			       "no memory to read its labels");
	error = scan_all(&scan);
	zr_free(host, scan.area);
	if (error)
		zb_fail(diag, error, dev->name, ZB_DIAG_NO_OFFSET,
			"no memory to keep its label");
	else
		error = conclude(&scan, diag);
	if (error) {
		zr_label_data_done(host, ret_data);
		return error;
	}
	ret_data->info.uberblock_txg = ret_data->newest.txg;
	return 0;
}

void zr_label_data_done(const struct zr_host *host, struct zr_label_data *data)
{
	zr_free(host, data->pairs);
	data->pairs = NULL;
}

int zr_label_read(const struct zr_host *host, const struct zr_dev *dev,
		  struct zr_label *ret_label, struct zb_diag *diag)
{
	struct zr_label_data *data = zr_alloc(host, sizeof(*data));
	int error;

	if (!data)
		return zb_fail(diag, ZB_ENOMEM, dev->name, ZB_DIAG_NO_OFFSET,
			       "no memory to read its labels");
	error = zr_label_load(host, dev, ZR_LABEL_FULL, UINT64_MAX, NULL, data, diag);
	if (!error) {
		*ret_label = data->info;
		zr_label_data_done(host, data);
	}
	zr_free(host, data);
	return error;
}
