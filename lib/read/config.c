/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/config.h"
#include "read/zap.h"

static int missing_vdev(const struct zr_pool *pool, uint64_t id, uint64_t guid,
			struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ENODEV, pool->info.name, ZB_DIAG_NO_OFFSET,
		       "vdev %llu (guid %llu) is missing", (unsigned long long)id,
		       (unsigned long long)guid);
}

static int senseless(const struct zr_pool *pool, struct zb_diag *diag)
{
	return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
		       "its config object makes no sense");
}

/* An uberblock that another pool left on the device would lead to that pool's config. */
static int check_guid(const struct zr_pool *pool, struct zf_nvlist config,
		      struct zb_diag *diag)
{
	uint64_t guid;

	if (zf_nvlist_u64(config, "pool_guid", &guid) || guid == pool->info.guid)
		return 0;
	return zb_fail(diag, ZB_ECORRUPT, pool->info.name, ZB_DIAG_NO_OFFSET,
		       "the uberblock leads to another pool (guid %llu)",
		       (unsigned long long)guid);
}

static int add_vdev(struct zr_pool *pool, struct zr_members *members,
		    struct zf_nvlist tree, struct zb_diag *diag)
{
	struct zr_vdev vdev;
	uint64_t id;
	int error;

	if (zf_nvlist_u64(tree, "id", &id) || id >= pool->n_vdevs ||
	    pool->vdevs[id].kind != ZR_VDEV_ABSENT)
		return senseless(pool, diag);
	error = zr_vdev_init(pool->host, tree, pool->info.name, &vdev, diag);
	if (error)
		return error;
	zr_members_attach(members, &vdev);
	if (!zr_vdev_is_readable(&vdev)) {
		error = missing_vdev(pool, id, vdev.guid, diag);
		zr_vdev_done(pool->host, &vdev);
		return error;
	}
	pool->vdevs[id] = vdev;
	return 0;
}

static int add_vdevs(struct zr_pool *pool, struct zr_members *members,
		     struct zf_nvlist root, struct zb_diag *diag)
{
	uint32_t n = zf_nvlist_array_count(root, "children");
	struct zf_nvlist child;
	int error;

	if (n == 0 || n > ZR_VDEV_MAX_TOP)
		return senseless(pool, diag);
	error = zr_vdevs_alloc(pool, n, diag);
	for (uint32_t i = 0; i < n && !error; i++) {
		error = zf_nvlist_array_at(root, "children", i, &child);
		if (!error)
			error = add_vdev(pool, members, child, diag);
	}
	for (unsigned int id = 0; id < pool->n_vdevs && !error; id++)
		if (pool->vdevs[id].kind == ZR_VDEV_ABSENT)
			error = senseless(pool, diag);
	return error;
}

int zr_pool_list(struct zr_pool *pool, const char *name, uint8_t **ret_bytes,
		 size_t *ret_len, struct zb_diag *diag)
{
	struct zr_object obj;
	uint8_t *bytes = NULL;
	uint64_t number, size;
	int error = zr_zap_lookup(&pool->mos, ZR_OBJECT_DIRECTORY, name, &number, diag);

	if (!error)
		error = zr_object_open(&pool->mos, number, &obj, diag);
	if (error)
		return error;
	size = zf_dnode_end(&obj.dn);
	if (size <= ZF_MAX_BLOCK)
		bytes = zr_alloc(pool->host, (size_t)size);
	if (!bytes)
		error = zr_object_fail(&obj, ZB_ENOMEM, diag, "no memory for the config");
	else
		error = zr_object_read(&obj, 0, bytes, (size_t)size, diag);
	zr_object_close(&obj);
	if (error) {
		zr_free(pool->host, bytes);
		return error;
	}
	*ret_bytes = bytes;
	*ret_len = (size_t)size;
	return 0;
}

int zr_pool_text(struct zr_pool *pool, uint64_t number, const char *name, char *buf,
		 size_t size)
{
	struct zr_zap_entry entry;
	struct zb_diag unused;
	struct zr_zap zap;
	int error = zr_zap_open(&pool->mos, number, &zap, &unused);

	if (error)
		return error;
	error = zr_zap_find(&zap, name, &entry, &unused);
	if (!error && (entry.intlen != 1 || entry.value.len >= size))
		error = ZB_ECORRUPT;
	if (!error) {
		__builtin_memcpy(buf, entry.value.ptr, entry.value.len);
		buf[entry.value.len] = '\0';
	}
	zr_zap_close(&zap);
	return error;
}

/*
 * A config that does not read is no reason to give up the newest state of a pool, if the
 * labels have shown all of its vdevs.
 */
static int by_labels_alone(struct zr_pool *pool, int error, struct zb_diag *diag)
{
	struct zb_diag what = *diag;

	if (error == ZB_ENOMEM)
		return error;
	for (unsigned int id = 0; id < pool->n_vdevs; id++)
		if (pool->vdevs[id].kind == ZR_VDEV_ABSENT)
			return error;
	zb_fail(&what, error, pool->info.name, ZB_DIAG_NO_OFFSET,
		"its config cannot be read, so its vdevs are those of the labels (%s)",
		diag->reason);
	zr_note(pool->host, &what);
	return 0;
}

int zr_config_apply(struct zr_pool *pool, struct zr_members *members,
		    struct zb_diag *diag)
{
	struct zf_nvlist config, root;
	uint8_t *packed = NULL;
	size_t size = 0;
	int error = zr_pool_list(pool, "config", &packed, &size, diag);

	if (error == ZB_ENOENT)
		error = senseless(pool, diag);
	if (!error && (zf_nvlist_init(zb_span(packed, size), &config) ||
		       zf_nvlist_list(config, "vdev_tree", &root)))
		error = senseless(pool, diag);
	if (error) {
		error = by_labels_alone(pool, error, diag);
	} else {
		error = check_guid(pool, config, diag);
		if (!error)
			error = add_vdevs(pool, members, root, diag);
	}
	zr_free(pool->host, packed);
	return error;
}
