/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_MOS_H
#define ZW_MOS_H

#include "write/dataset.h"

#define ZW_MOS_BONUS_MAX 320
#define ZW_MOS_COPIES	 3

/* An object of the pool's own objset. */
struct zw_mos_object {
	uint8_t type; /* 0: never used */
	uint8_t bonustype;
	uint8_t compress;
	uint8_t indblkshift; /* 0: the usual one */
	uint16_t bonuslen;
	uint8_t bonus[ZW_MOS_BONUS_MAX];
	struct zw_root root;
};

/* The meta objset while it is put together. */
struct zw_mos {
	struct zw_pool *pool;
	struct zw_mos_object *objects; /* by number */
	uint64_t n, cap;
	struct zw_usage usage;
	int error; /* ZB_ENOMEM on the way */
	/* Objects that others point to. */
	uint64_t root_dir, mos_dir, free_dir, origin_dir;
	uint64_t origin_snap;
	uint64_t empty_bpobj, empty_bpobj_refs;
	uint64_t zapified; /* dataset objects with features of their own */
	uint64_t config;
	uint64_t features_for_write;
	uint64_t metaslab_array;
	uint64_t vdev_zap_leaf, vdev_zap_top;
	uint64_t large_dnode_refs, large_blocks_refs, zstd_refs, fs_refs;
};

/* A free object number. The object itself is valid until the next one is taken. */
uint64_t zw_mos_alloc(struct zw_mos *mos);
struct zw_mos_object *zw_mos_object(struct zw_mos *mos, uint64_t number);

/* The object gets type and bonus; without blocks its block size is lsize. */
void zw_mos_set(struct zw_mos *mos, uint64_t number, uint8_t type, uint32_t lsize,
		uint8_t bonustype, const void *bonus, size_t bonuslen);

/* Its blocks: a ZAP (the map is emptied), or bytes in blocks of lsize. */
ZB_MUST_CHECK int zw_mos_zap(struct zw_mos *mos, uint64_t number, uint8_t type,
			     struct zw_map *map);
ZB_MUST_CHECK int zw_mos_data(struct zw_mos *mos, uint64_t number, const void *data,
			      size_t len, uint32_t lsize);

/* The datasets' objects, and those of the pool itself. */
ZB_MUST_CHECK int zw_dsl_write(struct zw_mos *mos);
ZB_MUST_CHECK int zw_mos_write(struct zw_mos *mos);

/* What the label and the config object say. top: the config object, with all it has. */
ZB_MUST_CHECK int zw_config_encode(const struct zw_mos *mos, bool label, uint8_t *buf,
				   size_t size, size_t *ret_len);

/* The directories' totals, once it is known what the MOS itself takes. */
void zw_dsl_account(struct zw_mos *mos, const struct zw_usage *mos_usage);

/* Features: maps of their reference counts. */
void zw_features_read(const struct zw_mos *mos, struct zw_map *map);
void zw_features_write(const struct zw_mos *mos, uint64_t space_maps, struct zw_map *map);
void zw_features_describe(struct zw_map *descriptions, struct zw_map *enabled_txg);

/* The features that a file system's dataset object names as its own. */
void zw_features_dataset(struct zw_mos *mos, const struct zw_dataset *ds,
			 struct zw_map *map);

/* Space maps, dnodes, objset: everything whose size must be known before its contents. */
ZB_MUST_CHECK int zw_final_write(struct zw_mos *mos, uint8_t ret_rootbp[ZF_BLKPTR_SIZE]);

ZB_MUST_CHECK int zw_labels_write(const struct zw_mos *mos,
				  const uint8_t rootbp[ZF_BLKPTR_SIZE]);

#endif
