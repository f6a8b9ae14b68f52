/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "read/feature.h"
#include "read/zap.h"

/*
 * What the reader copes with. Encrypted and redacted datasets are refused as datasets and as
 * blocks.
 */
static const char *const known[] = {
	"com.datto:bookmark_v2",
	"com.datto:encryption",
	"com.delphix:bookmark_written",
	"com.delphix:device_removal",
	"com.delphix:embedded_data",
	"com.delphix:extensible_dataset",
	"com.delphix:head_errlog",
	"com.delphix:hole_birth",
	"com.delphix:redacted_datasets",
	"com.delphix:redaction_bookmarks",
	"com.delphix:redaction_list_spill",
	"com.joyent:multi_vdev_crash_dump",
	"com.klarasystems:dynamic_gang_header",
	"com.klarasystems:vdev_zaps_v2",
	"com.seagate:draid_failure_domains",
	"org.freebsd:zstd_compress",
	"org.illumos:edonr",
	"org.illumos:lz4_compress",
	"org.illumos:sha512",
	"org.illumos:skein",
	"org.open-zfs:large_blocks",
	"org.openzfs:blake3",
	"org.openzfs:draid",
	"org.openzfs:raidz_expansion",
	"org.zfsonlinux:large_dnode",
	"org.zfsonlinux:longname",
};

static bool is_known(const char *name, size_t len)
{
	for (unsigned int i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (zb_text_len(known[i]) == len &&
		    __builtin_memcmp(known[i], name, len) == 0)
			return true;
	return false;
}

static int refuse(const char *pool_name, const char *name, size_t len,
		  struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENOTSUP, pool_name, ZB_DIAG_NO_OFFSET,
		       "uses the feature %.*s, which cannot be read yet", (int)len, name);
}

int zr_features_check_label(struct zf_nvlist config, const char *pool_name,
			    struct zb_diag *diag)
{
	struct zf_nvlist list;
	struct zf_nvpair pair;
	size_t pos = 0;
	int more, error = zf_nvlist_list(config, "features_for_read", &list);

	if (error)
		return 0; /* an old pool, without features */
	while ((more = zf_nvlist_next(list, &pos, &pair)) > 0)
		if (!is_known((const char *)pair.name.ptr, pair.name.len))
			return refuse(pool_name, (const char *)pair.name.ptr,
				      pair.name.len, diag);
	return more;
}

struct check {
	struct zr_pool *pool;
	struct zb_diag *diag;
};

static int check_entry(void *ctx, const struct zr_zap_entry *entry)
{
	struct check *c = ctx;

	if (zr_zap_int(entry, 0) == 0 || is_known(entry->name, entry->name_len))
		return 0;
	return refuse(c->pool->info.name, entry->name, entry->name_len, c->diag);
}

int zr_features_check_mos(struct zr_pool *pool, uint64_t number, struct zb_diag *diag)
{
	struct check c = { .pool = pool, .diag = diag };
	struct zr_zap zap;
	int error = zr_zap_open(&pool->mos, number, &zap, diag);

	if (error)
		return error;
	error = zr_zap_walk(&zap, check_entry, &c, diag);
	zr_zap_close(&zap);
	return error;
}
