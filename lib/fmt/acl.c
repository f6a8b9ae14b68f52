/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/acl.h"

enum {
	OFF_TYPE = 0,
	OFF_FLAGS = 2,
	OFF_MASK = 4,
	OFF_WHO = 8,

	OLD_OFF_WHO = 0,
	OLD_OFF_MASK = 4,
	OLD_OFF_FLAGS = 8,
	OLD_OFF_TYPE = 10,

	ZNODE_OFF_OBJECT = 0,
	ZNODE_OFF_SIZE = 8,
	ZNODE_OFF_VERSION = 12,
	ZNODE_OFF_COUNT = 14,
	ZNODE_OFF_ACES = 16,
};

enum zf_ace_who zf_ace_who(const struct zf_ace *ace)
{
	switch (ace->flags & ZF_ACE_WHO) {
	case ZF_ACE_OWNER:
		return ZF_WHO_OWNER_AT;
	case ZF_ACE_GROUP | ZF_ACE_IS_GROUP:
		return ZF_WHO_GROUP_AT;
	case ZF_ACE_EVERYONE:
		return ZF_WHO_EVERYONE_AT;
	case 0:
		return ZF_WHO_USER;
	default:
		return ZF_WHO_GROUP;
	}
}

static bool is_for_somebody(const struct zf_ace *ace)
{
	enum zf_ace_who who = zf_ace_who(ace);

	return who == ZF_WHO_USER || who == ZF_WHO_GROUP;
}

static size_t ace_size(const struct zf_ace *ace)
{
	if (ace->type >= ZF_ACE_ALLOW_OBJECT && ace->type <= ZF_ACE_ALARM_OBJECT)
		return ZF_ACE_OBJECT_SIZE;
	if (ace->type <= ZF_ACE_DENY && !is_for_somebody(ace))
		return ZF_ACE_HEADER_SIZE;
	return ZF_ACE_SIZE;
}

static int decode_old(struct zb_span s, uint64_t *pos, enum zb_endian e,
		      struct zf_ace *ace)
{
	struct zb_span raw;

	if (zb_span_sub(s, *pos, ZF_ACE_OLD_SIZE, &raw))
		return ZB_ECORRUPT;
	ace->who = zb_load32(raw.ptr + OLD_OFF_WHO, e);
	ace->mask = zb_load32(raw.ptr + OLD_OFF_MASK, e);
	ace->flags = zb_load16(raw.ptr + OLD_OFF_FLAGS, e);
	ace->type = zb_load16(raw.ptr + OLD_OFF_TYPE, e);
	*pos += ZF_ACE_OLD_SIZE;
	return 0;
}

static int decode_new(struct zb_span s, uint64_t *pos, enum zb_endian e,
		      struct zf_ace *ace)
{
	struct zb_span raw;

	if (zb_span_sub(s, *pos, ZF_ACE_HEADER_SIZE, &raw))
		return ZB_ECORRUPT;
	ace->type = zb_load16(raw.ptr + OFF_TYPE, e);
	ace->flags = zb_load16(raw.ptr + OFF_FLAGS, e);
	ace->mask = zb_load32(raw.ptr + OFF_MASK, e);
	if (zb_span_sub(s, *pos, ace_size(ace), &raw))
		return ZB_ECORRUPT;
	ace->who = raw.len > ZF_ACE_HEADER_SIZE ? zb_load64(raw.ptr + OFF_WHO, e) : 0;
	*pos += raw.len;
	return 0;
}

int zf_acl_decode(struct zb_span s, enum zb_endian e, bool old, unsigned int n,
		  struct zf_ace *aces)
{
	uint64_t pos = 0;
	int error = n > ZF_ACE_MAX ? ZB_E2BIG : 0;

	for (unsigned int i = 0; !error && i < n; i++) {
		error = old ? decode_old(s, &pos, e, &aces[i])
			    : decode_new(s, &pos, e, &aces[i]);
		if (!error && aces[i].type > ZF_ACE_TYPE_LAST)
			error = ZB_ECORRUPT;
		/* Where nobody is named, what stands in its place has no meaning. */
		if (!error && !is_for_somebody(&aces[i]))
			aces[i].who = 0;
	}
	return error;
}

static bool is_trivial(const struct zf_ace *ace)
{
	const unsigned int inheritance = ZF_ACE_FILE_INHERIT | ZF_ACE_DIRECTORY_INHERIT |
					 ZF_ACE_NO_PROPAGATE | ZF_ACE_INHERIT_ONLY;
	const uint32_t reading = ZF_ACE_READ_ACL | ZF_ACE_READ_ATTRIBUTES;
	const uint32_t owners = ZF_ACE_WRITE_OWNER | ZF_ACE_WRITE_ACL |
				ZF_ACE_WRITE_ATTRIBUTES | ZF_ACE_WRITE_NAMED_ATTRS;

	if (is_for_somebody(ace) || ace->flags & inheritance || ace->mask & ZF_ACE_DELETE)
		return false;
	if (ace->mask & ZF_ACE_DELETE_CHILD && !(ace->mask & ZF_ACE_WRITE_DATA))
		return false;
	if (ace->type == ZF_ACE_DENY)
		return !(ace->mask & reading);
	return ace->type != ZF_ACE_ALLOW || ace->flags & ZF_ACE_OWNER ||
	       !(ace->mask & owners);
}

bool zf_acl_is_trivial(const struct zf_ace *aces, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		if (!is_trivial(&aces[i]))
			return false;
	return true;
}

int zf_znode_acl_decode(struct zb_span s, enum zb_endian e, struct zf_znode_acl *ret_acl)
{
	struct zf_znode_acl acl = { 0 };
	uint32_t size;
	uint16_t version;

	if (s.len < ZF_ZNODE_ACL_SIZE ||
	    zb_span_sub(s, ZNODE_OFF_ACES, ZF_ZNODE_ACL_SIZE - ZNODE_OFF_ACES,
			&acl.inside))
		return ZB_ECORRUPT;
	acl.object = zb_load64(s.ptr + ZNODE_OFF_OBJECT, e);
	size = zb_load32(s.ptr + ZNODE_OFF_SIZE, e);
	version = zb_load16(s.ptr + ZNODE_OFF_VERSION, e);
	if (version > 1)
		return ZB_ENOTSUP;
	acl.old = version == 0;
	acl.n = acl.old ? size : zb_load16(s.ptr + ZNODE_OFF_COUNT, e);
	if (acl.n > ZF_ACE_MAX || (!acl.old && size > ZF_ACE_MAX * ZF_ACE_OBJECT_SIZE))
		return ZB_E2BIG;
	acl.size = acl.old ? acl.n * ZF_ACE_OLD_SIZE : size;
	*ret_acl = acl;
	return 0;
}
