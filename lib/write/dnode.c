/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "fmt/encode.h"
#include "write/dataset.h"

#define DN_LEVELS   2
#define DN_FLAGS    7
#define DN_DATABLK  8
#define DN_MAXBLKID 16
#define DN_USED	    24
#define BONUS	    (ZF_DNODE_CORE + ZF_BLKPTR_SIZE) /* ZPL objects have one block pointer */

static uint64_t dnode_at(uint64_t object)
{
	return object * ZF_DNODE_SIZE;
}

int zw_dnode_core_write(struct zw_dataset *ds, uint64_t object,
			const struct zf_dnode_core *core)
{
	uint8_t raw[ZF_DNODE_CORE];

	zf_dnode_core_encode(core, raw);
	return zw_spill_write(&ds->dnodes, dnode_at(object), raw, sizeof(raw));
}

int zw_dnode_dir_read(struct zw_dataset *ds, uint64_t object, struct zw_dir *ret_dir)
{
	return zw_spill_read(&ds->dnodes, dnode_at(object) + ZF_DNODE_CORE, ret_dir,
			     sizeof(*ret_dir));
}

int zw_dnode_dir_write(struct zw_dataset *ds, uint64_t object, const struct zw_dir *dir)
{
	return zw_spill_write(&ds->dnodes, dnode_at(object) + ZF_DNODE_CORE, dir,
			      sizeof(*dir));
}

/* Where the value is in the spill: the header's size stands in its layout word. */
static int sa_value_at(struct zw_dataset *ds, uint64_t object, unsigned int offset,
		       uint64_t *ret_at)
{
	uint64_t at = dnode_at(object) + BONUS;
	uint8_t info[2];
	int ret = zw_spill_read(&ds->dnodes, at + 4, info, sizeof(info));

	if (ret < 0)
		return ret;
	*ret_at = at + (uint64_t)(zb_load16(info, ZB_LE) >> 10) * 8 + offset;
	return 0;
}

int zw_dnode_sa_read(struct zw_dataset *ds, uint64_t object, unsigned int offset,
		     uint64_t *ret_v)
{
	uint8_t raw[8];
	uint64_t at;
	int ret = sa_value_at(ds, object, offset, &at);

	if (ret == 0)
		ret = zw_spill_read(&ds->dnodes, at, raw, sizeof(raw));
	if (ret == 0)
		*ret_v = zb_load64(raw, ZB_LE);
	return ret;
}

int zw_dnode_sa_write(struct zw_dataset *ds, uint64_t object, unsigned int offset,
		      uint64_t v)
{
	uint8_t raw[8];
	uint64_t at;
	int ret = sa_value_at(ds, object, offset, &at);

	zb_store64(raw, ZB_LE, v);
	return ret < 0 ? ret : zw_spill_write(&ds->dnodes, at, raw, sizeof(raw));
}

int zw_dnode_root_done(void *ctx, uint64_t object, const struct zw_root *root)
{
	struct zw_dataset *ds = ctx;
	uint8_t raw[BONUS];
	int ret = zw_spill_read(&ds->dnodes, dnode_at(object), raw, sizeof(raw));

	if (ret < 0)
		return ret;
	raw[DN_LEVELS] = root->nlevels;
	zb_store16(raw + DN_DATABLK, ZB_LE, root->lsize >> ZF_SECTOR_SHIFT);
	zb_store64(raw + DN_MAXBLKID, ZB_LE, root->maxblkid);
	zb_store64(raw + DN_USED, ZB_LE, zb_load64(raw + DN_USED, ZB_LE) + root->used);
	memcpy(raw + ZF_DNODE_CORE, root->bp, ZF_BLKPTR_SIZE);
	return zw_spill_write(&ds->dnodes, dnode_at(object), raw, sizeof(raw));
}
