/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/zvol.h"
#include "read/fs.h"
#include "read/zap.h"

struct zr_volume {
	struct zr_objset os;
	struct zr_object data;
	uint64_t size;
};

int zr_volume_open(struct zr_dataset *ds, struct zr_volume **ret_vol,
		   struct zb_diag *diag)
{
	struct zr_volume *vol = zr_zalloc(ds->pool->host, sizeof(*vol));
	int error;

	if (!vol)
		return zb_fail(diag, ZB_ENOMEM, ds->name, ZB_DIAG_NO_OFFSET,
			       "no memory to open it");
	error = zr_dataset_objset(ds, ZF_OST_ZVOL, &vol->os, diag);
	if (error) {
		zr_free(ds->pool->host, vol);
		return error;
	}
	error = zr_zap_lookup(&vol->os, ZF_ZVOL_ZAP_OBJ, "size", &vol->size, diag);
	if (error == ZB_ENOENT || (!error && vol->size > INT64_MAX))
		error = zb_fail(diag, ZB_ECORRUPT, ds->name, ZB_DIAG_NO_OFFSET,
				"does not tell its size");
	if (!error)
		error = zr_object_open(&vol->os, ZF_ZVOL_OBJ, &vol->data, diag);
	if (error)
		zr_volume_close(vol);
	else
		*ret_vol = vol;
	return error;
}

void zr_volume_close(struct zr_volume *vol)
{
	struct zr_pool *pool;

	if (!vol)
		return;
	pool = vol->os.pool;
	zr_object_close(&vol->data);
	zr_objset_close(&vol->os);
	zr_free(pool->host, vol);
}

uint64_t zr_volume_size(const struct zr_volume *vol)
{
	return vol->size;
}

void zr_volume_stat(const struct zr_volume *vol, struct zr_stat *ret_stat)
{
	*ret_stat = (struct zr_stat){ .object = ZF_ZVOL_OBJ,
				      .mode = ZR_MODE_FILE | 0440,
				      .size = vol->size,
				      .links = 1,
				      .blksize = vol->data.dn.datablksz,
				      .used = vol->data.dn.used };
}

int64_t zr_volume_read(struct zr_volume *vol, uint64_t offset, void *buf, size_t len,
		       struct zb_diag *diag)
{
	return zr_object_read_in(&vol->data, vol->size, offset, buf, len, diag);
}

int zr_volume_seek(struct zr_volume *vol, uint64_t offset, bool hole,
		   uint64_t *ret_offset, struct zb_diag *diag)
{
	return zr_object_seek_in(&vol->data, vol->size, offset, hole, ret_offset, diag);
}
