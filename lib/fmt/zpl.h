/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ZPL_H
#define ZF_ZPL_H

/*
 * The POSIX layer. A ZPL objset's object 1 is the master node, a ZAP: VERSION, ROOT,
 * DELETE_QUEUE, SA_ATTRS, and the normalization, utf8only and casesensitivity properties.
 * A directory is a ZAP whose values hold the object number in bits 0..47 and the file type,
 * as IFTODT() gives it, in bits 60..63. Source: OpenZFS include/sys/zfs_znode.h, zfs_sa.h.
 */
#define ZF_MASTER_NODE_OBJ   1ULL
#define ZF_ZPL_VERSION	     5
#define ZF_CASE_MIXED	     2ULL /* value of casesensitivity */
#define ZF_DIRENT_OBJ(de)    ((de) & ((1ULL << 48) - 1))
#define ZF_DIRENT_TYPE(de)   ((unsigned int)((de) >> 60))
#define ZF_DIRENT(type, obj) ((uint64_t)(type) << 60 | (obj))
#define ZF_SA_MAGIC	     0x2f505aU

/* Of ZPL_FLAGS: the NFSv4 ACL says no more than the mode. */
#define ZF_PFLAG_ACL_TRIVIAL 0x4ULL

/* Attribute numbers that OpenZFS registers by default (zfs_attr_table); an objset's own
 * registry decides, these serve pools without one and the writer. */
enum zf_zpl_attr {
	ZF_ZPL_ATIME,
	ZF_ZPL_MTIME,
	ZF_ZPL_CTIME,
	ZF_ZPL_CRTIME,
	ZF_ZPL_GEN,
	ZF_ZPL_MODE,
	ZF_ZPL_SIZE,
	ZF_ZPL_PARENT,
	ZF_ZPL_LINKS,
	ZF_ZPL_XATTR,
	ZF_ZPL_RDEV,
	ZF_ZPL_FLAGS,
	ZF_ZPL_UID,
	ZF_ZPL_GID,
	ZF_ZPL_PAD,
	ZF_ZPL_ZNODE_ACL,
	ZF_ZPL_DACL_COUNT,
	ZF_ZPL_SYMLINK,
	ZF_ZPL_SCANSTAMP,
	ZF_ZPL_DACL_ACES,
	ZF_ZPL_DXATTR,
	ZF_ZPL_PROJID,
	ZF_ZPL_ATTRS,
};

/*
 * znode_phys_t, 264 bytes: the bonus of files (bonus type ZF_OT_ZNODE) before system
 * attributes. The target of a short symbolic link follows it. Source: zfs_sa.h.
 *
 *	0 atime  16 mtime  32 ctime  48 crtime (seconds, nanoseconds)
 *	64 gen  72 mode  80 size  88 parent  96 links  104 xattr  112 rdev  120 flags
 *	128 uid  136 gid  144 pad[4]  176 acl (88)
 */
#define ZF_ZNODE_SIZE 264

/* Where attribute `attr` lies in it; its length in *ret_len. -1 if it is not there. */
static inline int zf_znode_offset(enum zf_zpl_attr attr, unsigned int *ret_len)
{
	if (attr <= ZF_ZPL_CRTIME) {
		*ret_len = 16;
		return 16 * (int)attr;
	}
	if (attr <= ZF_ZPL_GID) {
		*ret_len = 8;
		return 64 + 8 * ((int)attr - ZF_ZPL_GEN);
	}
	if (attr == ZF_ZPL_ZNODE_ACL) {
		*ret_len = 88;
		return 176;
	}
	return -1;
}

#endif
