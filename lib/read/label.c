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
	unsigned int io_errors;
	unsigned int bad; /* bit n: label n has a magic but makes no sense */
	int bad_error;
	unsigned int shift; /* of uberblock slots, 0 if not known yet */
	uint64_t offset;    /* on the device, of the label in area */
};

void zr_uberblocks_add(struct zr_uberblocks *list, const struct zf_uberblock *ub)
{
	unsigned int i = 0, end;

	while (i < list->n && list->at[i].txg > ub->txg)
		i++;
	if (i < list->n && list->at[i].txg == ub->txg) {
		/* Multihost writes the same group again with a newer time. */
		if (ub->timestamp > list->at[i].timestamp)
			list->at[i] = *ub;
		return;
	}
	if (i == ZR_UBERBLOCKS)
		return;
	end = list->n < ZR_UBERBLOCKS ? list->n++ : ZR_UBERBLOCKS - 1;
	for (; end > i; end--)
		list->at[end] = list->at[end - 1];
	list->at[i] = *ub;
}

static bool wanted(const struct zr_uberblocks *list, const struct zf_uberblock *ub)
{
	return list->n < ZR_UBERBLOCKS || ub->txg >= list->at[list->n - 1].txg;
}

static int verify_area(struct zb_span s, uint64_t offset)
{
	const uint64_t verifier[4] = { offset };
	enum zb_endian unused;

	return zr_verify_eck(s, verifier, &unused);
}

static bool slot_is_whole(const struct scan *scan, size_t at, unsigned int shift)
{
	struct zb_span ring =
		zb_span(scan->area + ZF_LABEL_NVLIST_SIZE, ZF_LABEL_UBERBLOCKS_SZ);
	struct zb_span slot;

	return zb_span_sub(ring, at, 1ULL << shift, &slot) == 0 &&
	       verify_area(slot, scan->offset + ZF_LABEL_UBERBLOCKS + at) == 0;
}

static bool slot_is_whole_at_any_size(const struct scan *scan, size_t at)
{
	for (unsigned int shift = ZF_UBERBLOCK_MIN_SHIFT; shift <= ZF_UBERBLOCK_MAX_SHIFT;
	     shift++)
		if ((at & ((1ULL << shift) - 1)) == 0 && slot_is_whole(scan, at, shift))
			return true;
	return false;
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
		    zf_uberblock_decode(slot, &ub) ||
		    !wanted(&scan->out->uberblocks, &ub))
			continue;
		if (scan->shift ? slot_is_whole(scan, at, shift)
				: slot_is_whole_at_any_size(scan, at))
			zr_uberblocks_add(&scan->out->uberblocks, &ub);
	}
}

/* Absent or overlong texts stay empty: they are for people only. */
static void get_text(struct zf_nvlist list, const char *name, char *buf, size_t size)
{
	if (zf_nvlist_string(list, name, buf, size))
		buf[0] = '\0';
}

static void get_number(struct zf_nvlist list, const char *name, uint64_t *ret_v)
{
	if (zf_nvlist_u64(list, name, ret_v))
		*ret_v = 0;
}

/*
 * The leaf of that guid in a vdev tree; the top-level vdev itself if the disk is not in a
 * mirror or the like. Vdevs nest at most four deep: mirror, spare, replacing, disk.
 */
static int find_leaf(struct zf_nvlist tree, uint64_t guid, unsigned int depth,
		     struct zf_nvlist *ret_leaf)
{
	uint32_t n = zf_nvlist_array_count(tree, "children");
	struct zf_nvlist child;
	uint64_t v = 0;

	if (n == 0) {
		if (zf_nvlist_u64(tree, "guid", &v) || v != guid)
			return ZB_ENOENT;
		*ret_leaf = tree;
		return 0;
	}
	for (uint32_t i = 0; depth < 4 && i < n; i++)
		if (zf_nvlist_array_at(tree, "children", i, &child) == 0 &&
		    find_leaf(child, guid, depth + 1, ret_leaf) == 0)
			return 0;
	return ZB_ENOENT;
}

static void fill_leaf(struct zf_nvlist tree, struct zr_label *info)
{
	struct zf_nvlist leaf;

	if (find_leaf(tree, info->vdev_guid, 0, &leaf))
		return;
	get_text(leaf, "path", info->path, sizeof(info->path));
	get_text(leaf, "devid", info->devid, sizeof(info->devid));
	get_text(leaf, "phys_path", info->phys_path, sizeof(info->phys_path));
}

/* A config without a pool GUID is a spare's or a cache device's: state and guid are all. */
static int fill_info(struct zf_nvlist config, struct zr_label *info)
{
	struct zf_nvlist tree;
	uint64_t ashift = 0;

	if (zf_nvlist_u64(config, "guid", &info->vdev_guid))
		return ZB_ECORRUPT;
	get_number(config, "pool_guid", &info->pool_guid);
	get_number(config, "top_guid", &info->top_guid);
	get_number(config, "txg", &info->txg);
	get_number(config, "version", &info->version);
	get_number(config, "state", &info->state);
	get_number(config, "hostid", &info->hostid);
	get_number(config, "vdev_children", &info->vdev_children);
	get_text(config, "name", info->pool_name, sizeof(info->pool_name));
	get_text(config, "hostname", info->hostname, sizeof(info->hostname));
	if (zf_nvlist_list(config, "vdev_tree", &tree) == 0) {
		get_number(tree, "ashift", &ashift);
		fill_leaf(tree, info);
	}
	info->ashift = ashift <= 16 ? (unsigned int)ashift : 0;
	return 0;
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

/* The config in scan->area. Keeps the one of the highest txg. */
static int scan_config(struct scan *scan, unsigned int n)
{
	struct zb_span s = zb_span(scan->area, ZF_LABEL_NVLIST_SIZE);
	struct zr_label_data *out = scan->out;
	struct zf_nvlist config;
	struct zr_label info = { 0 };
	bool first = out->pairs == NULL;
	int error = verify_area(s, scan->offset + ZF_LABEL_NVLIST);

	if (error == ZB_ENOENT)
		return 0; /* nothing here, or overwritten */
	if (!error)
		error = zf_nvlist_init(zb_span(s.ptr, s.len - ZF_ECK_SIZE), &config);
	if (!error)
		error = fill_info(config, &info);
	if (error) {
		scan->bad |= 1U << n;
		scan->bad_error = error;
		return 0;
	}
	scan->shift = zf_uberblock_shift(info.ashift);
	if (!first && (info.pool_guid != out->info.pool_guid ||
		       info.vdev_guid != out->info.vdev_guid)) {
		if (info.txg <= out->info.txg)
			return 0;
		out->info.valid = 0;
	}
	if (first || info.txg > out->info.txg) {
		error = keep_config(scan, config, &info);
		if (error)
			return error;
	}
	out->info.valid |= 1U << n;
	return 0;
}

static int scan_label(struct scan *scan, unsigned int n, enum zr_label_effort effort)
{
	bool config = effort == ZR_LABEL_FULL || !scan->out->pairs;
	size_t skip = config ? 0 : ZF_LABEL_NVLIST_SIZE;
	int error;

	scan->offset = zf_label_offset(n, scan->dev->size);
	error = zr_dev_read(scan->host, scan->dev, scan->stats,
			    scan->offset + ZF_LABEL_NVLIST + skip, scan->area + skip,
			    AREA_SIZE - skip);
	if (error == ZB_ENOMEM)
		return error;
	if (error) {
		scan->io_errors++;
		return 0;
	}
	if (config)
		error = scan_config(scan, n);
	if (!error)
		scan_ring(scan);
	return error;
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
	if (scan->bad & 3 || (scan->bad && scan->io_errors))
		return zb_fail(diag,
			       scan->bad_error == ZB_ECKSUM ? ZB_ECORRUPT
							    : scan->bad_error,
			       name, ZB_DIAG_NO_OFFSET,
			       "there are ZFS labels, but none is whole (%s)",
			       zb_error_text(scan->bad_error));
	if (scan->io_errors == ZF_LABEL_COUNT)
		return zb_fail(diag, ZB_EIO, name, ZB_DIAG_NO_OFFSET,
			       "no ZFS label could be read");
	return zb_fail(diag, ZB_ENOENT, name, ZB_DIAG_NO_OFFSET, "no ZFS label");
}

int zr_label_load(const struct zr_host *host, const struct zr_dev *dev,
		  enum zr_label_effort effort, struct zr_io_stats *stats,
		  struct zr_label_data *ret_data, struct zb_diag *diag)
{
	struct scan scan = { .host = host, .dev = dev, .stats = stats, .out = ret_data };
	int error = 0;

	__builtin_memset(ret_data, 0, sizeof(*ret_data));
	if (dev->size < ZF_LABEL_COUNT * ZF_LABEL_SIZE)
		return zb_fail(diag, ZB_ENOENT, dev->name, ZB_DIAG_NO_OFFSET,
			       "too small for a ZFS label");
	scan.area = zr_alloc(host, AREA_SIZE);
	if (!scan.area)
		return zb_fail(diag, ZB_ENOMEM, dev->name, ZB_DIAG_NO_OFFSET,
			       "no memory to read its labels");
	for (unsigned int n = 0; n < ZF_LABEL_COUNT && !error; n++)
		error = scan_label(&scan, n, effort);
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
	if (ret_data->uberblocks.n > 0)
		ret_data->info.uberblock_txg = ret_data->uberblocks.at[0].txg;
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
	error = zr_label_load(host, dev, ZR_LABEL_FULL, NULL, data, diag);
	if (!error) {
		*ret_label = data->info;
		zr_label_data_done(host, data);
	}
	zr_free(host, data);
	return error;
}
