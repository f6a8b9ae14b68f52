/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/mos.h"

/*
 * The features that a pool from OpenZFS 2.1 has by default, so that it and everything newer
 * can use the pool. A feature has a reference count: 0 is enabled, more is in use.
 * Source: OpenZFS module/zcommon/zfeature_common.c.
 */
struct feature {
	const char *guid;
	const char *text; /* shown where a system does not know the feature */
	bool read;	  /* must be known even to read the pool */
};

static const struct feature features[] = {
	{ "com.delphix:async_destroy", "File systems are destroyed in the background",
	  false },
	{ "com.delphix:bookmark_written", "Space written since a bookmark is known",
	  true },
	{ "com.delphix:bookmarks", "Bookmarks", false },
	{ "com.delphix:device_removal", "Top-level vdevs can be removed", true },
	{ "com.delphix:embedded_data", "Tiny blocks lie in their pointers", true },
	{ "com.delphix:empty_bpobj", "Empty block lists are shared", false },
	{ "com.delphix:enabled_txg", "It is known since when features are enabled",
	  false },
	{ "com.delphix:extensible_dataset", "Datasets have attributes of their own",
	  true },
	{ "com.delphix:hole_birth", "Holes have birth times", true },
	{ "com.delphix:livelist", "Clones are deleted faster", false },
	{ "com.delphix:log_spacemap", "Changes of space maps are logged", false },
	{ "com.delphix:obsolete_counts", "Freed blocks of removed vdevs are counted",
	  false },
	{ "com.delphix:redacted_datasets", "Redacted datasets", true },
	{ "com.delphix:redaction_bookmarks", "Redaction bookmarks", true },
	{ "com.delphix:spacemap_histogram", "Space maps have histograms", false },
	{ "com.delphix:spacemap_v2", "Large segments in space maps", false },
	{ "com.delphix:zpool_checkpoint", "Checkpoints of the pool", false },
	{ "com.datto:bookmark_v2", "Larger bookmarks", true },
	{ "com.datto:encryption", "Encrypted datasets", true },
	{ "com.datto:resilver_defer", "Resilvers wait for one another", false },
	{ "com.joyent:filesystem_limits", "Limits on numbers of datasets", false },
	{ "com.joyent:multi_vdev_crash_dump", "Crash dumps on several vdevs", true },
	{ "org.freebsd:zstd_compress", "zstd compression", true },
	{ "org.illumos:edonr", "Edon-R checksums", true },
	{ "org.illumos:lz4_compress", "LZ4 compression", true },
	{ "org.illumos:sha512", "SHA-512/256 checksums", true },
	{ "org.illumos:skein", "Skein checksums", true },
	{ "org.open-zfs:large_blocks", "Blocks of more than 128 KiB", true },
	{ "org.openzfs:device_rebuild", "Sequential rebuilds", false },
	{ "org.openzfs:draid", "Distributed spares", true },
	{ "org.zfsonlinux:allocation_classes", "Vdevs for classes of blocks", false },
	{ "org.zfsonlinux:large_dnode", "Dnodes of more than 512 bytes", true },
	{ "org.zfsonlinux:project_quota", "Accounting by project", false },
	{ "org.zfsonlinux:userobj_accounting", "Accounting of objects", false },
};

#define COUNT (sizeof(features) / sizeof(features[0]))

/* Reference counts of those in use. */
struct count {
	const char *guid;
	uint64_t refs;
};

static uint64_t count_of(const struct count *counts, size_t n, const char *guid)
{
	for (size_t i = 0; i < n; i++)
		if (__builtin_strcmp(counts[i].guid, guid) == 0)
			return counts[i].refs;
	return 0;
}

static void fill(struct zw_map *map, bool read, const struct count *counts, size_t n)
{
	for (size_t i = 0; i < COUNT; i++)
		if (features[i].read == read)
			zw_map_add64(map, features[i].guid,
				     count_of(counts, n, features[i].guid));
}

void zw_features_read(const struct zw_mos *mos, struct zw_map *map)
{
	const struct count counts[] = {
		{ "com.delphix:embedded_data", 1 },
		{ "com.delphix:extensible_dataset", mos->zapified },
		{ "com.delphix:hole_birth", 1 },
		{ "org.freebsd:zstd_compress", mos->zstd_refs },
		{ "org.illumos:lz4_compress", 1 },
		{ "org.open-zfs:large_blocks", mos->large_blocks_refs },
		{ "org.zfsonlinux:large_dnode", mos->large_dnode_refs },
	};

	fill(map, true, counts, sizeof(counts) / sizeof(counts[0]));
}

void zw_features_write(const struct zw_mos *mos, uint64_t space_maps, struct zw_map *map)
{
	const struct count counts[] = {
		{ "com.delphix:empty_bpobj", mos->empty_bpobj_refs },
		{ "com.delphix:enabled_txg", COUNT },
		{ "com.delphix:spacemap_histogram", space_maps },
		{ "com.delphix:spacemap_v2", 1 }, /* in use as soon as it is enabled */
		{ "org.zfsonlinux:project_quota", mos->fs_refs },
		{ "org.zfsonlinux:userobj_accounting", mos->fs_refs },
	};

	fill(map, false, counts, sizeof(counts) / sizeof(counts[0]));
}

void zw_features_describe(struct zw_map *descriptions, struct zw_map *enabled_txg)
{
	for (size_t i = 0; i < COUNT; i++) {
		zw_map_add_string(descriptions, features[i].guid, features[i].text);
		zw_map_add64(enabled_txg, features[i].guid, ZW_TXG);
	}
}

void zw_features_dataset(struct zw_mos *mos, const struct zw_dataset *ds,
			 struct zw_map *map)
{
	zw_map_add64(map, "org.zfsonlinux:userobj_accounting", 0);
	zw_map_add64(map, "org.zfsonlinux:project_quota", 0);
	mos->fs_refs++;
	if (ds->policy.dnode_slots > 1) {
		zw_map_add64(map, "org.zfsonlinux:large_dnode", 0);
		mos->large_dnode_refs++;
	}
	if (ds->usage.large_blocks) {
		zw_map_add64(map, "org.open-zfs:large_blocks", 0);
		mos->large_blocks_refs++;
	}
	if (ds->usage.zstd) {
		zw_map_add64(map, "org.freebsd:zstd_compress", 0);
		mos->zstd_refs++;
	}
	mos->zapified++;
}
