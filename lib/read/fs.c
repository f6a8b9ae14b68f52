/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/fs.h"
#include "read/keys.h"
#include "read/zap.h"

int zr_fs_fail(const struct zr_fs *fs, uint64_t object, int error, struct zb_diag *diag,
	       const char *reason)
{
	return zb_fail(diag, error, fs->name, ZB_DIAG_NO_OFFSET, "object %llu: %s",
		       (unsigned long long)object, reason);
}

static int load_master(struct zr_fs *fs, struct zb_diag *diag)
{
	uint64_t sa_master = 0, version = 0, sensitivity = 0;
	int error;

	error = zr_zap_lookup(&fs->os, ZF_MASTER_NODE_OBJ, "VERSION", &version, diag);
	if (!error && version > ZF_ZPL_VERSION)
		return zb_fail(diag, ZB_ENOTSUP, fs->name, ZB_DIAG_NO_OFFSET,
			       "file system version %llu is unknown",
			       (unsigned long long)version);
	if (!error)
		error = zr_zap_lookup(&fs->os, ZF_MASTER_NODE_OBJ, "ROOT", &fs->root,
				      diag);
	if (error == ZB_ENOENT)
		return zr_fs_fail(fs, ZF_MASTER_NODE_OBJ, ZB_ECORRUPT, diag,
				  "the master node names no root directory");
	if (error)
		return error;
	error = zr_zap_lookup(&fs->os, ZF_MASTER_NODE_OBJ, "casesensitivity",
			      &sensitivity, diag);
	if (error && error != ZB_ENOENT)
		return error;
	/* Its directories fold case for the sake of other systems' look-ups. */
	fs->mixed_case = sensitivity == ZF_CASE_MIXED;
	error = zr_zap_lookup(&fs->os, ZF_MASTER_NODE_OBJ, "SA_ATTRS", &sa_master, diag);
	if (error && error != ZB_ENOENT)
		return error;
	return zr_sa_load(fs, sa_master, diag);
}

static int refuse(const struct zr_dataset *ds, int error, struct zb_diag *diag,
		  const char *reason)
{
	return zb_fail(diag, error, ds->name, ZB_DIAG_NO_OFFSET, "%s", reason);
}

static int check_readable(struct zr_dataset *ds, struct zb_diag *diag)
{
	if (ds->phys.flags & ZF_DS_FLAG_INCONSISTENT)
		return refuse(ds, ZB_ECORRUPT, diag,
			      "is incomplete: half received or half destroyed");
	if (zf_blkptr_is_hole(&ds->phys.bp))
		return refuse(ds, ZB_EINVAL, diag, "holds no file system");
	return 0;
}

int zr_dataset_objset(struct zr_dataset *ds, uint64_t type, struct zr_objset *ret_os,
		      struct zb_diag *diag)
{
	struct zf_blkptr bp = ds->phys.bp;
	const struct zr_key *key = NULL;
	struct zr_objset os;
	int error = check_readable(ds, diag);

	if (!error)
		error = zr_dataset_key(ds, &key, diag);
	bp.key = key;
	if (!error)
		error = zr_objset_open(ds->pool, &bp, &os, diag);
	if (error)
		return error;
	if (os.phys.type != type) {
		zr_objset_close(&os);
		return refuse(ds, ZB_EINVAL, diag,
			      type == ZF_OST_ZFS ? "is no file system" : "is no volume");
	}
	*ret_os = os;
	return 0;
}

int zr_fs_open(struct zr_dataset *ds, struct zr_fs **ret_fs, struct zb_diag *diag)
{
	struct zr_fs *fs = zr_zalloc(ds->pool->host, sizeof(*fs));
	int error;

	if (!fs)
		return refuse(ds, ZB_ENOMEM, diag, "no memory to open it");
	fs->pool = ds->pool;
	__builtin_memcpy(fs->name, ds->name, sizeof(fs->name));
	error = zr_dataset_objset(ds, ZF_OST_ZFS, &fs->os, diag);
	if (!error)
		error = load_master(fs, diag);
	if (error)
		zr_fs_close(fs);
	else
		*ret_fs = fs;
	return error;
}

void zr_fs_close(struct zr_fs *fs)
{
	if (!fs)
		return;
	zr_sa_done(fs);
	zr_objset_close(&fs->os);
	zr_free(fs->pool->host, fs);
}

uint64_t zr_fs_root(const struct zr_fs *fs)
{
	return fs->root;
}

int zr_node_open(struct zr_fs *fs, uint64_t number, struct zr_node *ret_node,
		 struct zb_diag *diag)
{
	struct zr_node node = { 0 };
	int error = zr_object_open(&fs->os, number, &node.obj, diag);

	if (error)
		return zr_fs_fail(fs, number, error, diag,
				  error == ZB_ENOENT ? "no such object"
						     : "its dnode cannot be read");
	if (node.obj.dn.bonustype != ZF_OT_SA && node.obj.dn.bonustype != ZF_OT_ZNODE) {
		zr_object_close(&node.obj);
		return zr_fs_fail(fs, number, ZB_ECORRUPT, diag,
				  "is no file or directory");
	}
	*ret_node = node;
	return 0;
}

void zr_node_close(struct zr_node *node)
{
	if (node->obj.os)
		zr_buf_put(node->obj.os->pool, node->spill);
	node->spill = NULL;
	zr_object_close(&node->obj);
}

static int get_time(struct zr_fs *fs, struct zr_node *node, enum zf_zpl_attr attr,
		    struct zr_time *ret_time, struct zb_diag *diag)
{
	uint64_t sec, nsec;
	int error = zr_node_u64(fs, node, attr, 0, &sec, diag);

	if (error == ZB_ENOENT)
		return 0;
	if (!error)
		error = zr_node_u64(fs, node, attr, 1, &nsec, diag);
	if (error)
		return error;
	ret_time->sec = (int64_t)sec;
	ret_time->nsec = nsec < 1000000000 ? (uint32_t)nsec : 0;
	return 0;
}

/* The attributes that every object has. */
static int get_required(struct zr_fs *fs, struct zr_node *node, struct zr_stat *st,
			struct zb_diag *diag)
{
	const struct {
		enum zf_zpl_attr attr;
		uint64_t *to;
	} fields[] = {
		{ ZF_ZPL_GEN, &st->gen },	{ ZF_ZPL_SIZE, &st->size },
		{ ZF_ZPL_PARENT, &st->parent }, { ZF_ZPL_LINKS, &st->links },
		{ ZF_ZPL_FLAGS, &st->flags },	{ ZF_ZPL_UID, &st->uid },
		{ ZF_ZPL_GID, &st->gid },
	};
	uint64_t mode;
	int error = zr_node_u64(fs, node, ZF_ZPL_MODE, 0, &mode, diag);

	for (unsigned int i = 0; !error && i < sizeof(fields) / sizeof(fields[0]); i++)
		error = zr_node_u64(fs, node, fields[i].attr, 0, fields[i].to, diag);
	if (error == ZB_ENOENT)
		return zr_fs_fail(fs, node->obj.number, ZB_ECORRUPT, diag,
				  "it lacks an attribute that every file has");
	st->mode = (uint32_t)mode;
	return error;
}

int zr_node_stat(struct zr_fs *fs, struct zr_node *node, struct zr_stat *ret_stat,
		 struct zb_diag *diag)
{
	struct zr_stat st = { .object = node->obj.number,
			      .blksize = node->obj.dn.datablksz,
			      .used = node->obj.dn.used };
	int error = get_required(fs, node, &st, diag);

	if (!error)
		error = zr_node_u64(fs, node, ZF_ZPL_RDEV, 0, &st.rdev, diag);
	if (error == ZB_ENOENT)
		error = 0;
	if (!error)
		error = get_time(fs, node, ZF_ZPL_ATIME, &st.atime, diag);
	if (!error)
		error = get_time(fs, node, ZF_ZPL_MTIME, &st.mtime, diag);
	if (!error)
		error = get_time(fs, node, ZF_ZPL_CTIME, &st.ctime, diag);
	if (!error)
		error = get_time(fs, node, ZF_ZPL_CRTIME, &st.crtime, diag);
	if (!error)
		*ret_stat = st;
	return error;
}

int zr_fs_stat(struct zr_fs *fs, uint64_t object, struct zr_stat *ret_stat,
	       struct zb_diag *diag)
{
	struct zr_node node;
	int error = zr_node_open(fs, object, &node, diag);

	if (error)
		return error;
	error = zr_node_stat(fs, &node, ret_stat, diag);
	zr_node_close(&node);
	return error;
}

/* A file's node and size, to read its data. ZB_EISDIR for a directory, whose data are a ZAP. */
static int open_data(struct zr_fs *fs, uint64_t object, struct zr_node *ret_node,
		     uint64_t *ret_size, struct zb_diag *diag)
{
	struct zr_stat st;
	int error = zr_node_open(fs, object, ret_node, diag);

	if (error)
		return error;
	error = zr_node_stat(fs, ret_node, &st, diag);
	if (!error && (st.mode & ZR_MODE_TYPE) == ZR_MODE_DIR)
		error = zr_fs_fail(fs, object, ZB_EISDIR, diag, "is a directory");
	if (error)
		zr_node_close(ret_node);
	else
		*ret_size = st.size;
	return error;
}

int64_t zr_fs_read(struct zr_fs *fs, uint64_t object, uint64_t offset, void *buf,
		   size_t len, struct zb_diag *diag)
{
	struct zr_node node;
	uint64_t size;
	int64_t n = open_data(fs, object, &node, &size, diag);

	if (n)
		return n;
	n = zr_object_read_in(&node.obj, size, offset, buf, len, diag);
	zr_node_close(&node);
	return n;
}

int zr_fs_seek(struct zr_fs *fs, uint64_t object, uint64_t offset, bool hole,
	       uint64_t *ret_offset, struct zb_diag *diag)
{
	struct zr_node node;
	uint64_t size;
	int error = open_data(fs, object, &node, &size, diag);

	if (error)
		return error;
	error = zr_object_seek_in(&node.obj, size, offset, hole, ret_offset, diag);
	zr_node_close(&node);
	return error;
}

int zr_fs_next_data(struct zr_fs *fs, uint64_t object, uint64_t offset,
		    struct zr_data_range *ret_range, struct zb_diag *diag)
{
	struct zr_node node;
	uint64_t size;
	int error = open_data(fs, object, &node, &size, diag);

	if (error)
		return error;
	error = zr_object_next_data(&node.obj, size, offset, ret_range, diag);
	zr_node_close(&node);
	return error;
}
