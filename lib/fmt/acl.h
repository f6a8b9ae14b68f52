/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ACL_H
#define ZF_ACL_H

#include "base/span.h"

/*
 * NFSv4 ACLs. Every file has one, mostly one that says no more than its mode. In system attributes
 * ZPL_DACL_COUNT is the number of entries and ZPL_DACL_ACES holds them, in the second of these
 * forms; an old znode's zp_acl says which it is. Source: OpenZFS include/sys/zfs_acl.h.
 *
 * zfs_oldace_t, version 0, 12 bytes:
 *	0 u32 who  4 u32 access mask  8 u16 flags  10 u16 type
 *
 * version 1, of a length that the type and the flags tell:
 *	0 u16 type  2 u16 flags  4 u32 access mask	zfs_ace_hdr_t: owner@, group@, everyone@
 *	8 u64 who (a FUID)				zfs_ace_t: users, groups; audit, alarm
 *	16 u8 object type[16]  32 inherited one[16]	zfs_object_ace_t
 */
#define ZF_ACE_MAX 1024 /* entries of an ACL: MAX_ACL_ENTRIES of sys/acl.h */

enum {
	ZF_ACE_OLD_SIZE = 12,
	ZF_ACE_HEADER_SIZE = 8,
	ZF_ACE_SIZE = 16,
	ZF_ACE_OBJECT_SIZE = 48,
};

/* Source of the values: OpenZFS include/os/linux/spl/sys/acl.h; they are those of NFSv4. */
enum zf_ace_type {
	ZF_ACE_ALLOW = 0,
	ZF_ACE_DENY = 1,
	ZF_ACE_AUDIT = 2,
	ZF_ACE_ALARM = 3,
	ZF_ACE_ALLOW_OBJECT = 5, /* of other systems' directory services, as up to 8 */
	ZF_ACE_ALARM_OBJECT = 8,
	ZF_ACE_TYPE_LAST = 16,
};

enum zf_ace_flag {
	ZF_ACE_FILE_INHERIT = 0x1,
	ZF_ACE_DIRECTORY_INHERIT = 0x2,
	ZF_ACE_NO_PROPAGATE = 0x4,
	ZF_ACE_INHERIT_ONLY = 0x8,
	ZF_ACE_SUCCESSFUL = 0x10,
	ZF_ACE_FAILED = 0x20,
	ZF_ACE_IS_GROUP = 0x40,
	ZF_ACE_INHERITED = 0x80,
	ZF_ACE_OWNER = 0x1000,
	ZF_ACE_GROUP = 0x2000,
	ZF_ACE_EVERYONE = 0x4000,
	/* Together they tell whom an entry is for: zf_ace_who(). */
	ZF_ACE_WHO = ZF_ACE_OWNER | ZF_ACE_GROUP | ZF_ACE_EVERYONE | ZF_ACE_IS_GROUP,
};

enum zf_ace_mask {
	ZF_ACE_READ_DATA = 0x1,
	ZF_ACE_WRITE_DATA = 0x2,
	ZF_ACE_APPEND_DATA = 0x4,
	ZF_ACE_READ_NAMED_ATTRS = 0x8,
	ZF_ACE_WRITE_NAMED_ATTRS = 0x10,
	ZF_ACE_EXECUTE = 0x20,
	ZF_ACE_DELETE_CHILD = 0x40,
	ZF_ACE_READ_ATTRIBUTES = 0x80,
	ZF_ACE_WRITE_ATTRIBUTES = 0x100,
	ZF_ACE_DELETE = 0x10000,
	ZF_ACE_READ_ACL = 0x20000,
	ZF_ACE_WRITE_ACL = 0x40000,
	ZF_ACE_WRITE_OWNER = 0x80000,
	ZF_ACE_SYNCHRONIZE = 0x100000,
};

struct zf_ace {
	uint16_t type;
	uint16_t flags;
	uint32_t mask;
	uint64_t
		who; /* of a user or group: its number below that of a domain << 32; else 0 */
};

enum zf_ace_who {
	ZF_WHO_USER,
	ZF_WHO_GROUP,
	ZF_WHO_OWNER_AT,
	ZF_WHO_GROUP_AT,
	ZF_WHO_EVERYONE_AT,
};

enum zf_ace_who zf_ace_who(const struct zf_ace *ace);

/*
 * The n entries at the start of s. ZB_E2BIG if there are more than ZF_ACE_MAX, ZB_ECORRUPT if s
 * ends before them or one is of no known type; aces has room for n.
 */
ZB_MUST_CHECK int zf_acl_decode(struct zb_span s, enum zb_endian e, bool old,
				unsigned int n, struct zf_ace *aces);

/* Whether an ACL says no more than a mode, as OpenZFS judges it. */
bool zf_acl_is_trivial(const struct zf_ace *aces, unsigned int n);

/*
 * zfs_acl_phys_t and, of version 0, zfs_acl_phys_v0_t, 88 bytes:
 *	0 u64 object with the entries, 0: they are here  8 u32 bytes (version 0: entries)
 *	12 u16 version  14 u16 entries (version 0: nothing)  16 entries
 */
#define ZF_ZNODE_ACL_SIZE 88

struct zf_znode_acl {
	uint64_t object;
	uint32_t n;    /* at most ZF_ACE_MAX */
	uint32_t size; /* bytes of all entries, at most those of ZF_ACE_MAX */
	bool old;      /* version 0 */
	struct zb_span inside;
};

/* ZB_ENOTSUP for an unknown version, ZB_E2BIG for too many entries. */
ZB_MUST_CHECK int zf_znode_acl_decode(struct zb_span s, enum zb_endian e,
				      struct zf_znode_acl *ret_acl);

#endif
