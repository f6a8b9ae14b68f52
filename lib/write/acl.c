/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/acl.h"

#include <sys/stat.h>

/*
 * zfs_ace_hdr_t: u16 type, u16 flags, u32 access mask. Source: OpenZFS include/sys/zfs_acl.h,
 * values from sys/acl.h; the meaning of a mode in ACEs is that of the NFSv4 ACL draft.
 */
enum {
	ALLOW = 0,
	DENY = 1,

	OWNER = 0x1000,
	GROUP = 0x2000 | 0x40, /* OWNING_GROUP: the identifier is a group */
	EVERYONE = 0x4000,

	READ_DATA = 0x1,
	WRITE_DATA = 0x2,
	APPEND_DATA = 0x4,
	READ_NAMED_ATTRS = 0x8,
	WRITE_NAMED_ATTRS = 0x10,
	EXECUTE = 0x20,
	DELETE_CHILD = 0x40,
	READ_ATTRIBUTES = 0x80,
	WRITE_ATTRIBUTES = 0x100,
	READ_ACL = 0x20000,
	WRITE_ACL = 0x40000,
	WRITE_OWNER = 0x80000,
	SYNCHRONIZE = 0x100000,

	EVERYBODY_MAY = READ_ACL | READ_ATTRIBUTES | READ_NAMED_ATTRS | SYNCHRONIZE,
	OWNER_MAY = EVERYBODY_MAY | WRITE_ATTRIBUTES | WRITE_OWNER | WRITE_ACL |
		    WRITE_NAMED_ATTRS,
};

static void ace_add(struct zw_acl *acl, unsigned int type, unsigned int who,
		    uint32_t mask)
{
	uint8_t *ace = acl->aces + acl->len;

	zb_store16(ace, ZB_LE, type);
	zb_store16(ace + 2, ZB_LE, who);
	zb_store32(ace + 4, ZB_LE, mask);
	acl->count++;
	acl->len += ZW_ACE_SIZE;
}

/* The data permissions of three mode bits. */
static uint32_t data_mask(unsigned int rwx, bool dir)
{
	uint32_t mask = 0;

	if (rwx & 4)
		mask |= READ_DATA;
	if (rwx & 2)
		mask |= WRITE_DATA | APPEND_DATA | (dir ? DELETE_CHILD : 0);
	if (rwx & 1)
		mask |= EXECUTE;
	return mask;
}

void zw_acl_trivial(uint32_t mode, struct zw_acl *acl)
{
	bool dir = S_ISDIR(mode);
	unsigned int u = mode >> 6 & 7, g = mode >> 3 & 7, o = mode & 7;
	unsigned int owner_first = u & ~g & o; /* else the group's denial would hit it */
	unsigned int owner_not = ~u & (g | o);
	unsigned int group_not = ~g & o;

	*acl = (struct zw_acl){ 0 };
	if (owner_first)
		ace_add(acl, ALLOW, OWNER, data_mask(owner_first, dir));
	if (owner_not)
		ace_add(acl, DENY, OWNER, data_mask(owner_not, dir));
	if (group_not)
		ace_add(acl, DENY, GROUP, data_mask(group_not, dir));
	ace_add(acl, ALLOW, OWNER, OWNER_MAY | data_mask(u, dir));
	ace_add(acl, ALLOW, GROUP, EVERYBODY_MAY | data_mask(g, dir));
	ace_add(acl, ALLOW, EVERYONE, EVERYBODY_MAY | data_mask(o, dir));
}
