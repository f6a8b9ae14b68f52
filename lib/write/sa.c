/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/sa.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/format.h"
#include "fmt/encode.h"
#include "fmt/nvlist_encode.h"
#include "write/acl.h"

#define FIRST_LAYOUT	    2 /* 0 and 1 are of old znodes */

/* zp_flags; OpenZFS include/sys/zfs_znode.h */
#define ZPL_AUTO_INHERIT    0x40ULL
#define ZPL_NO_EXECS_DENIED 0x100ULL
#define ZPL_ACL_TRIVIAL	    0x4ULL
#define ZPL_ARCHIVE	    0x800000000ULL
#define ZPL_AV_MODIFIED	    0x40000000000ULL
#define ZPL_PROJID	    0x800000000000ULL

#define SPILL_POINTER	    ZF_BLKPTR_SIZE

/* The attributes as zfs_attr_table of OpenZFS registers them. */
static const struct {
	const char *name;
	uint16_t length; /* 0: variable */
	uint8_t bswap;
} attr_table[ZF_ZPL_ATTRS] = {
	[ZF_ZPL_ATIME] = { "ZPL_ATIME", 16, 0 },
	[ZF_ZPL_MTIME] = { "ZPL_MTIME", 16, 0 },
	[ZF_ZPL_CTIME] = { "ZPL_CTIME", 16, 0 },
	[ZF_ZPL_CRTIME] = { "ZPL_CRTIME", 16, 0 },
	[ZF_ZPL_GEN] = { "ZPL_GEN", 8, 0 },
	[ZF_ZPL_MODE] = { "ZPL_MODE", 8, 0 },
	[ZF_ZPL_SIZE] = { "ZPL_SIZE", 8, 0 },
	[ZF_ZPL_PARENT] = { "ZPL_PARENT", 8, 0 },
	[ZF_ZPL_LINKS] = { "ZPL_LINKS", 8, 0 },
	[ZF_ZPL_XATTR] = { "ZPL_XATTR", 8, 0 },
	[ZF_ZPL_RDEV] = { "ZPL_RDEV", 8, 0 },
	[ZF_ZPL_FLAGS] = { "ZPL_FLAGS", 8, 0 },
	[ZF_ZPL_UID] = { "ZPL_UID", 8, 0 },
	[ZF_ZPL_GID] = { "ZPL_GID", 8, 0 },
	[ZF_ZPL_PAD] = { "ZPL_PAD", 32, 0 },
	[ZF_ZPL_ZNODE_ACL] = { "ZPL_ZNODE_ACL", 88, 3 },
	[ZF_ZPL_DACL_COUNT] = { "ZPL_DACL_COUNT", 8, 0 },
	[ZF_ZPL_SYMLINK] = { "ZPL_SYMLINK", 0, 3 },
	[ZF_ZPL_SCANSTAMP] = { "ZPL_SCANSTAMP", 32, 3 },
	[ZF_ZPL_DACL_ACES] = { "ZPL_DACL_ACES", 0, 4 },
	[ZF_ZPL_DXATTR] = { "ZPL_DXATTR", 0, 3 },
	[ZF_ZPL_PROJID] = { "ZPL_PROJID", 8, 0 },
};

/* Attributes of one object, in the order in which OpenZFS lays them out. */
struct attr_list {
	unsigned int n;
	struct {
		uint16_t num;
		size_t len;
		const uint8_t *data;
	} attr[ZF_ZPL_ATTRS];
	uint8_t values[256]; /* of the fixed ones */
	size_t used;
};

static void add(struct attr_list *l, uint16_t num, const void *data, size_t len)
{
	l->attr[l->n].num = num;
	l->attr[l->n].data = data;
	l->attr[l->n++].len = len;
}

static void add64(struct attr_list *l, uint16_t num, uint64_t v)
{
	zb_store64(l->values + l->used, ZB_LE, v);
	add(l, num, l->values + l->used, 8);
	l->used += 8;
}

static void add_time(struct attr_list *l, uint16_t num, const struct zw_time *t)
{
	zb_store64(l->values + l->used, ZB_LE, (uint64_t)t->sec);
	zb_store64(l->values + l->used + 8, ZB_LE, t->nsec);
	add(l, num, l->values + l->used, 16);
	l->used += 16;
}

static uint64_t zpl_flags(uint32_t mode)
{
	uint64_t flags = ZPL_ARCHIVE | ZPL_AV_MODIFIED | ZPL_ACL_TRIVIAL;

	if (S_ISREG(mode) || S_ISDIR(mode))
		flags |= ZPL_PROJID;
	if (S_ISDIR(mode))
		flags |= ZPL_AUTO_INHERIT;
	if ((mode & 0111) == 0111)
		flags |= ZPL_NO_EXECS_DENIED;
	return flags;
}

/* All but symbolic link and extended attributes. */
static void add_standard(struct attr_list *l, const struct zw_entry *e, uint64_t parent,
			 uint64_t size, uint64_t links, const struct zw_acl *acl)
{
	uint64_t flags = zpl_flags(e->mode);

	add64(l, ZF_ZPL_MODE, e->mode);
	add64(l, ZF_ZPL_SIZE, size);
	add64(l, ZF_ZPL_GEN, ZW_TXG);
	add64(l, ZF_ZPL_UID, e->uid);
	add64(l, ZF_ZPL_GID, e->gid);
	add64(l, ZF_ZPL_PARENT, parent);
	add64(l, ZF_ZPL_FLAGS, flags);
	add_time(l, ZF_ZPL_ATIME, &e->atime);
	add_time(l, ZF_ZPL_MTIME, &e->mtime);
	add_time(l, ZF_ZPL_CTIME, &e->ctime);
	add_time(l, ZF_ZPL_CRTIME, &e->ctime);
	add64(l, ZF_ZPL_LINKS, links);
	if (flags & ZPL_PROJID)
		add64(l, ZF_ZPL_PROJID, 0);
	if (S_ISBLK(e->mode) || S_ISCHR(e->mode)) /* the kernel's dev_t */
		add64(l, ZF_ZPL_RDEV, (uint64_t)e->rdev_major << 20 | e->rdev_minor);
	add64(l, ZF_ZPL_DACL_COUNT, acl->count);
	add(l, ZF_ZPL_DACL_ACES, acl->aces, acl->len);
}

/* The number of the layout that holds attributes first .. first + n - 1 of the list. */
static int layout_number(struct zw_sa_layouts *s, const struct attr_list *l,
			 unsigned int first, unsigned int n)
{
	struct zw_sa_layout want = { .n = n };

	for (unsigned int i = 0; i < n; i++)
		want.attrs[i] = l->attr[first + i].num;
	for (unsigned int i = 0; i < s->n; i++)
		if (memcmp(&s->layout[i], &want, sizeof(want)) == 0)
			return FIRST_LAYOUT + i;
	if (s->n == ZW_SA_LAYOUTS_MAX)
		return ZB_E2BIG;
	s->layout[s->n] = want;
	return FIRST_LAYOUT + s->n++;
}

/* Header and data of attributes first .. first + n - 1; their size. */
static size_t part_size(const struct attr_list *l, unsigned int first, unsigned int n,
			size_t *ret_header)
{
	unsigned int variable = 0;
	size_t size = 0;

	for (unsigned int i = first; i < first + n; i++) {
		size = zb_align_up(size, 8) + l->attr[i].len;
		if (attr_table[l->attr[i].num].length == 0)
			variable++;
	}
	*ret_header = ZF_SA_HEADER_SIZE +
		      (variable > 1 ? zb_align_up(2 * (variable - 1), 8) : 0);
	return *ret_header + size;
}

static void part_encode(const struct attr_list *l, unsigned int first, unsigned int n,
			unsigned int layout, uint8_t *out)
{
	size_t header, at, length = 6;

	part_size(l, first, n, &header);
	zf_sa_header_encode(layout, header, out);
	at = header;
	for (unsigned int i = first; i < first + n; i++) {
		memcpy(out + at, l->attr[i].data, l->attr[i].len);
		at = zb_align_up(at + l->attr[i].len, 8);
		if (attr_table[l->attr[i].num].length == 0) {
			zb_store16(out + length, ZB_LE, l->attr[i].len);
			length += 2;
		}
	}
}

/* Splits the attributes between bonus and spill and encodes both. */
static int encode_parts(struct zw_sa_layouts *layouts, const struct attr_list *l,
			size_t room, struct zw_sa *sa)
{
	unsigned int in_bonus = l->n;
	size_t header, size = part_size(l, 0, l->n, &header);
	int layout;

	sa->bonus_len = size;
	if (size > room) {
		while (part_size(l, 0, in_bonus, &header) > room - SPILL_POINTER)
			in_bonus--;
		sa->bonus_len = room - SPILL_POINTER;
	}
	layout = layout_number(layouts, l, 0, in_bonus);
	if (layout < 0)
		return layout;
	memset(sa->bonus, 0, sa->bonus_len);
	part_encode(l, 0, in_bonus, layout, sa->bonus);
	if (in_bonus == l->n)
		return 0;

	size = part_size(l, in_bonus, l->n - in_bonus, &header);
	sa->spill_len = zb_align_up(size, 512);
	if (sa->spill_len > ZW_SA_SPILL_MAX)
		return ZB_E2BIG;
	layout = layout_number(layouts, l, in_bonus, l->n - in_bonus);
	if (layout < 0)
		return layout;
	sa->spill = zw_block_buffer(sa->spill_len);
	if (!sa->spill)
		return ZB_ENOMEM;
	memset(sa->spill, 0, sa->spill_len);
	part_encode(l, in_bonus, l->n - in_bonus, layout, sa->spill);
	return 0;
}

/* Extended attributes as the packed list that ZPL_DXATTR holds. */
static int pack_xattrs(const struct zw_entry *e, uint8_t **ret_buf, size_t *ret_len)
{
	uint8_t *buf = malloc(ZW_SA_XATTR_MAX);
	struct zf_nvw w;

	if (!buf)
		return ZB_ENOMEM;
	zf_nvw_init(&w, buf, ZW_SA_XATTR_MAX - 1); /* its length is a u16 */
	for (unsigned int i = 0; i < e->n_xattrs; i++)
		zf_nvw_bytes(&w, e->xattrs[i].name, e->xattrs[i].value, e->xattrs[i].len);
	if (zf_nvw_finish(&w) < 0) {
		free(buf);
		return ZB_E2BIG;
	}
	*ret_buf = buf;
	*ret_len = w.len;
	return 0;
}

int zw_sa_build(struct zw_sa_layouts *layouts, const struct zw_entry *e, uint64_t parent,
		uint64_t size, uint64_t links, size_t room, struct zw_sa *sa,
		struct zb_diag *diag)
{
	struct attr_list l = { 0 };
	uint8_t *xattrs = NULL;
	struct zw_acl acl;
	size_t xattrs_len;
	int ret = 0;

	sa->spill = NULL;
	zw_acl_trivial(e->mode, &acl);
	add_standard(&l, e, parent, size, links, &acl);
	if (S_ISLNK(e->mode))
		add(&l, ZF_ZPL_SYMLINK, (const uint8_t *)e->target, strlen(e->target));
	if (e->n_xattrs > 0) {
		ret = pack_xattrs(e, &xattrs, &xattrs_len);
		if (ret == 0)
			add(&l, ZF_ZPL_DXATTR, xattrs, xattrs_len);
	}
	if (ret == 0)
		ret = encode_parts(layouts, &l, room, sa);
	free(xattrs);
	if (ret == ZB_E2BIG)
		return zb_fail(diag, ret, e->path, ZB_DIAG_NO_OFFSET,
			       "extended attributes of more than 64 KiB in all");
	return ret;
}

void zw_sa_registry(struct zw_map *m)
{
	for (unsigned int i = 0; i < ZF_ZPL_ATTRS; i++)
		zw_map_add64(
			m, attr_table[i].name,
			ZF_SA_ATTR_ENCODE(i, attr_table[i].bswap, attr_table[i].length));
}

void zw_sa_layout_map(const struct zw_sa_layouts *layouts, struct zw_map *m)
{
	for (unsigned int i = 0; i < layouts->n; i++) {
		char name[12];

		zb_format(name, sizeof(name), "%u", FIRST_LAYOUT + i);
		zw_map_add(m, name, 2, layouts->layout[i].n, layouts->layout[i].attrs);
	}
}
