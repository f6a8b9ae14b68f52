/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/label.h"

#include <stdlib.h>
#include <string.h>

#include "codec/checksum.h"
#include "fmt/encode.h"
#include "fmt/nvlist_encode.h"
#include "write/mos.h"

/* The vdev, as label and config object have it alike. */
static void leaf_encode(const struct zw_mos *mos, bool label, struct zf_nvw *w)
{
	const struct zw_pool *pool = mos->pool;

	zf_nvw_string(w, "type", "disk");
	zf_nvw_uint64(w, "id", 0);
	zf_nvw_uint64(w, "guid", pool->vdev_guid);
	zf_nvw_string(w, "path", pool->options.label_path);
	zf_nvw_uint64(w, "whole_disk", 0);
	zf_nvw_uint64(w, "metaslab_array", mos->metaslab_array);
	zf_nvw_uint64(w, "metaslab_shift", pool->ms_shift);
	zf_nvw_uint64(w, "ashift", pool->options.ashift);
	zf_nvw_uint64(w, "asize", pool->asize);
	zf_nvw_uint64(w, "is_log", 0);
	zf_nvw_uint64(w, "create_txg", ZW_TXG);
	if (!label) {
		zf_nvw_uint64(w, "com.delphix:vdev_zap_leaf", mos->vdev_zap_leaf);
		zf_nvw_uint64(w, "com.delphix:vdev_zap_top", mos->vdev_zap_top);
	}
}

/* The config object shows the whole tree, a label only its own top-level vdev. */
static void tree_encode(const struct zw_mos *mos, bool label, struct zf_nvw *w)
{
	zf_nvw_open(w, "vdev_tree");
	if (label) {
		leaf_encode(mos, true, w);
	} else {
		zf_nvw_string(w, "type", "root");
		zf_nvw_uint64(w, "id", 0);
		zf_nvw_uint64(w, "guid", mos->pool->guid);
		zf_nvw_uint64(w, "create_txg", ZW_TXG);
		zf_nvw_open_array(w, "children");
		leaf_encode(mos, false, w);
		zf_nvw_close(w);
	}
	zf_nvw_close(w);
}

int zw_config_encode(const struct zw_mos *mos, bool label, uint8_t *buf, size_t size,
		     size_t *ret_len)
{
	const struct zw_pool *pool = mos->pool;
	struct zf_nvw w;
	int ret;

	zf_nvw_init(&w, buf, size);
	zf_nvw_uint64(&w, "version", ZW_SPA_VERSION);
	zf_nvw_string(&w, "name", pool->options.pool_name);
	zf_nvw_uint64(&w, "state", ZF_POOL_STATE_EXPORTED);
	zf_nvw_uint64(&w, "txg", ZW_TXG);
	zf_nvw_uint64(&w, "pool_guid", pool->guid);
	zf_nvw_uint64(&w, "errata", 0);
	zf_nvw_string(&w, "compatibility", ZW_COMPATIBILITY);
	if (pool->options.hostid != 0)
		zf_nvw_uint64(&w, "hostid", pool->options.hostid);
	zf_nvw_string(&w, "hostname", pool->options.hostname);
	if (label) {
		zf_nvw_uint64(&w, "top_guid", pool->vdev_guid);
		zf_nvw_uint64(&w, "guid", pool->vdev_guid);
	} else {
		zf_nvw_boolean(&w, "com.delphix:has_per_vdev_zaps");
	}
	zf_nvw_uint64(&w, "vdev_children", 1);
	tree_encode(mos, label, &w);
	zf_nvw_open(&w, "features_for_read");
	zf_nvw_boolean(&w, "com.delphix:hole_birth");
	zf_nvw_boolean(&w, "com.delphix:embedded_data");
	zf_nvw_close(&w);
	ret = zf_nvw_finish(&w);
	*ret_len = w.len;
	return ret;
}

/* An area of a label gets its checksum, which depends on where it is. */
static void area_seal(uint8_t *label, uint64_t area, size_t size, uint64_t label_offset)
{
	struct zc_cksum sum;

	zf_eck_encode_verifier(label + area, size, label_offset + area);
	zc_sha256(zb_span(label + area, size), &sum);
	zf_eck_encode_cksum(label + area, size, sum.word);
}

/* The ring holds one uberblock, in the slot of its transaction group. */
static uint64_t uberblock_encode(const struct zw_pool *pool,
				 const uint8_t rootbp[ZF_BLKPTR_SIZE], uint8_t *label)
{
	unsigned int shift = zf_uberblock_shift(pool->options.ashift);
	uint64_t slots = ZF_LABEL_UBERBLOCKS_SZ >> shift;
	uint64_t at = ZF_LABEL_UBERBLOCKS + (ZW_TXG % slots << shift);
	const struct zf_uberblock ub = {
		.version = ZW_SPA_VERSION,
		.txg = ZW_TXG,
		.guid_sum = pool->guid + pool->vdev_guid,
		.timestamp = pool->options.time,
		.software_version = ZW_SPA_VERSION,
	};

	zf_uberblock_encode(&ub, rootbp, label + at);
	return at;
}

/* Labels 0 and 3 before 1 and 2 or all at once: the pool exists when the first is whole. */
static int labels_write(const struct zw_mos *mos, const uint8_t rootbp[ZF_BLKPTR_SIZE],
			uint8_t *label)
{
	const struct zw_pool *pool = mos->pool;
	size_t shift = zf_uberblock_shift(pool->options.ashift), len;
	uint64_t ub = uberblock_encode(pool, rootbp, label);
	int ret = zw_config_encode(mos, true, label + ZF_LABEL_NVLIST,
				   ZF_LABEL_NVLIST_SIZE - ZF_ECK_SIZE, &len);

	for (unsigned int i = 0; ret == 0 && i < ZF_LABEL_COUNT; i++) {
		uint64_t offset = zf_label_offset(i, pool->sink.size);

		area_seal(label, ZF_LABEL_BOOTENV, ZF_LABEL_BOOTENV_SIZE, offset);
		area_seal(label, ZF_LABEL_NVLIST, ZF_LABEL_NVLIST_SIZE, offset);
		area_seal(label, ub, (size_t)1 << shift, offset);
		ret = pool->sink.write(pool->sink.ctx, offset, label, ZF_LABEL_SIZE);
	}
	return ret;
}

int zw_labels_write(const struct zw_mos *mos, const uint8_t rootbp[ZF_BLKPTR_SIZE])
{
	uint8_t *label = calloc(1, ZF_LABEL_SIZE);
	int ret;

	if (!label)
		return ZB_ENOMEM;
	ret = labels_write(mos, rootbp, label);
	free(label);
	if (ret < 0)
		return zw_pool_fail(mos->pool, ret, "cannot write a label to %s",
				    mos->pool->sink.name);
	return 0;
}
