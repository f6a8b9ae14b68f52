/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value of system.posix_acl_access and _default, as Linux's posix_acl_xattr.h has it:
 *
 *	0 le32 version, 2
 *	4 entries of 8 bytes: le16 tag, le16 permissions, le32 id (or all ones)
 *
 * in the order owner, users by id, group, groups by id, mask, others.
 */
#include <archive_entry.h>
#include <stdlib.h>
#include "cmd/build/names.h"
#include "cmd/build/tar_acl.h"

#define ACL_VERSION 2
#define ACL_NO_ID   UINT32_MAX

enum {
	TAG_USER_OBJ = 0x01,
	TAG_USER = 0x02,
	TAG_GROUP_OBJ = 0x04,
	TAG_GROUP = 0x08,
	TAG_MASK = 0x10,
	TAG_OTHER = 0x20,
};

struct ace {
	uint16_t tag, perm;
	uint32_t id;
};

static uint16_t tag_of(int archive_tag)
{
	switch (archive_tag) {
	case ARCHIVE_ENTRY_ACL_USER_OBJ:
		return TAG_USER_OBJ;
	case ARCHIVE_ENTRY_ACL_USER:
		return TAG_USER;
	case ARCHIVE_ENTRY_ACL_GROUP_OBJ:
		return TAG_GROUP_OBJ;
	case ARCHIVE_ENTRY_ACL_GROUP:
		return TAG_GROUP;
	case ARCHIVE_ENTRY_ACL_MASK:
		return TAG_MASK;
	case ARCHIVE_ENTRY_ACL_OTHER:
		return TAG_OTHER;
	default:
		return 0;
	}
}

static int compare(const void *a, const void *b)
{
	const struct ace *x = a, *y = b;

	if (x->tag != y->tag)
		return x->tag < y->tag ? -1 : 1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* The ACL being converted. */
struct acl {
	struct archive_entry *ae;
	int type;
	const struct tar_names *names;
	struct ace *aces;
	size_t n;
	const char *unknown; /* a name that has no number */
};

static int fill(struct acl *a, size_t room)
{
	int t, perm, tag, id;
	const char *who;

	while (a->n < room &&
	       archive_entry_acl_next(a->ae, a->type, &t, &perm, &tag, &id, &who) == 0) {
		struct ace *ace = &a->aces[a->n];
		struct zb_span text;

		if (!tag_of(tag))
			continue;
		*ace = (struct ace){ tag_of(tag), (uint16_t)(perm & 7), ACL_NO_ID };
		a->n++;
		if (ace->tag != TAG_USER && ace->tag != TAG_GROUP)
			continue;
		ace->id = (uint32_t)id;
		text = ace->tag == TAG_USER ? a->names->passwd : a->names->group;
		if (id < 0 && names_find((const char *)text.ptr, text.len, who ? who : "",
					 &ace->id) < 0) {
			a->unknown = who ? who : "";
			return ZB_ENOENT;
		}
	}
	return 0;
}

static int convert(struct acl *a, const char *name, struct xattrs *xattrs, uint32_t *mode)
{
	uint8_t *value = malloc(4 + a->n * 8);
	int r;

	if (!value)
		return ZB_ENOMEM;
	qsort(a->aces, a->n, sizeof(*a->aces), compare);
	zb_store32(value, ZB_LE, ACL_VERSION);
	for (size_t i = 0; i < a->n; i++) {
		const struct ace *ace = &a->aces[i];

		zb_store16(value + 4 + 8 * i, ZB_LE, ace->tag);
		zb_store16(value + 6 + 8 * i, ZB_LE, ace->perm);
		zb_store32(value + 8 + 8 * i, ZB_LE, ace->id);
		if (ace->tag == TAG_MASK && a->type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS)
			*mode = (*mode & ~070u) | (uint32_t)ace->perm << 3;
	}
	r = xattrs_add(xattrs, name, value, 4 + 8 * a->n);
	free(value);
	return r;
}

static int add_one(struct acl *a, const char *name, struct xattrs *xattrs, uint32_t *mode)
{
	int count = archive_entry_acl_reset(a->ae, a->type);
	int r;

	/* Owner, group and others alone are what the mode says already. */
	if (count <= (a->type == ARCHIVE_ENTRY_ACL_TYPE_ACCESS ? 3 : 0))
		return 0;
	a->aces = calloc((size_t)count, sizeof(*a->aces));
	if (!a->aces)
		return ZB_ENOMEM;
	r = fill(a, (size_t)count);
	if (r >= 0)
		r = convert(a, name, xattrs, mode);
	free(a->aces);
	return r;
}

int tar_acl_add(struct archive_entry *ae, const struct tar_names *names,
		struct xattrs *xattrs, uint32_t *mode, const char **ret_name)
{
	struct acl access = { .ae = ae,
			      .type = ARCHIVE_ENTRY_ACL_TYPE_ACCESS,
			      .names = names };
	struct acl inherited = { .ae = ae,
				 .type = ARCHIVE_ENTRY_ACL_TYPE_DEFAULT,
				 .names = names };
	int r = add_one(&access, "system.posix_acl_access", xattrs, mode);

	*ret_name = access.unknown;
	if (r < 0)
		return r;
	r = add_one(&inherited, "system.posix_acl_default", xattrs, mode);
	*ret_name = inherited.unknown;
	return r;
}
