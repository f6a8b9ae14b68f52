/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/draid.h"

#define ROW_HEIGHT  (1ULL << ZR_DRAID_ROW_SHIFT)
#define MAX_PARITY  3
#define MAX_SPARES  100
#define MAX_NGROUPS 255
#define MAX_OFFSET  (1ULL << 62)

static uint64_t number(struct zf_nvlist tree, const char *name, uint64_t otherwise)
{
	uint64_t v;

	return zf_nvlist_u64(tree, name, &v) ? otherwise : v;
}

/* All that the sums of the layout rely on. */
static bool is_sane(const struct zr_draid *d)
{
	unsigned int spares_per_set;

	if (d->nparity == 0 || d->nparity > MAX_PARITY || d->ndata == 0 ||
	    d->ndata > ZR_DRAID_MAX_CHILDREN || d->nspares > MAX_SPARES ||
	    d->ngroups == 0 || d->ngroups > MAX_NGROUPS ||
	    d->width > ZR_DRAID_MAX_CHILDREN || d->children == 0 ||
	    d->children > d->width || d->width % d->children != 0 ||
	    zr_draid_permutations(d->children) == 0)
		return false;
	spares_per_set =
		(d->nspares + d->width / d->children - 1) / (d->width / d->children);
	if (d->ndata + d->nparity + spares_per_set > d->children)
		return false;
	return (d->ndata + d->nparity) * d->ngroups % (d->width - d->nspares) == 0 &&
	       d->ngroups >= d->width / d->children;
}

int zr_draid_init(const struct zr_host *host, struct zf_nvlist tree, unsigned int width,
		  struct zr_draid *ret_draid)
{
	struct zr_draid d = { .width = width };
	uint64_t children = number(tree, "draid_nchildren", width);
	uint64_t ndata = number(tree, "draid_ndata", 0);
	uint64_t nparity = number(tree, "nparity", 0);
	uint64_t nspares = number(tree, "draid_nspares", UINT32_MAX);
	uint64_t ngroups = number(tree, "draid_ngroups", 0);

	if ((children | ndata | nparity | nspares | ngroups) > UINT32_MAX / 2)
		return ZB_ECORRUPT;
	d.children = (unsigned int)children;
	d.ndata = (unsigned int)ndata;
	d.nparity = (unsigned int)nparity;
	d.nspares = (unsigned int)nspares;
	d.ngroups = (unsigned int)ngroups;
	if (!is_sane(&d))
		return ZB_ECORRUPT;
	d.sets = d.width / d.children;
	d.groupwidth = d.ndata + d.nparity;
	d.ndisks = d.width - d.nspares;
	d.group_size = d.groupwidth * ROW_HEIGHT;
	d.slice_rows = (uint64_t)d.groupwidth * d.ngroups / d.ndisks;
	d.nperms = zr_draid_permutations(d.children);
	d.perms = zr_alloc(host, (size_t)d.nperms * d.children);
	if (!d.perms)
		return ZB_ENOMEM;
	zr_draid_permute(d.children, d.sets, d.perms);
	*ret_draid = d;
	return 0;
}

/*
 * The child at an index of a permutation. Each row of the map serves `children` permutations:
 * one set adds the number of the permutation to each child, several sets turn their row.
 */
static unsigned int permuted(const struct zr_draid *d, uint64_t perm, unsigned int index)
{
	unsigned int nperms = d->nperms / d->sets * d->sets;
	uint64_t at = perm % ((uint64_t)nperms * d->children);
	unsigned int row = (unsigned int)(at / (d->children * d->sets)) * d->sets;
	unsigned int turn = (unsigned int)(at % d->children);

	if (d->sets == 1)
		return (d->perms[row * d->children + index] + turn) % d->children;
	row += (unsigned int)(perm % d->sets);
	return d->perms[row * d->children + (index + turn) % d->children];
}

/* Sets that have one spare more than the others, and so one disk less; they come first. */
static unsigned int small_sets(const struct zr_draid *d)
{
	return d->nspares % d->sets;
}

/*
 * Which set the *group-th group of a slice is in; *group becomes its number there.
 */
static unsigned int set_of_group(const struct zr_draid *d, unsigned int *group)
{
	unsigned int small = small_sets(d), each = d->ngroups / d->sets, set;

	if (small == 0 || *group < small * each) {
		set = *group / each;
		*group -= set * each;
		return set;
	}
	*group -= small * each;
	set = *group / (each + 1);
	*group -= set * (each + 1);
	return small + set;
}

int zr_draid_group(const struct zr_draid *d, uint64_t offset,
		   struct zr_draid_group *ret_group)
{
	uint64_t group = offset / d->group_size, slice = group / d->ngroups;
	unsigned int in_slice = (unsigned int)(group % d->ngroups);
	unsigned int set, ndisks, start;
	uint64_t row;

	if (offset >= MAX_OFFSET)
		return ZB_ECORRUPT;
	set = set_of_group(d, &in_slice);
	if (set >= d->sets)
		return ZB_ECORRUPT;
	ndisks = d->ndisks / d->sets + (small_sets(d) && set >= small_sets(d) ? 1 : 0);
	start = in_slice * d->groupwidth % ndisks;
	row = slice * d->slice_rows + in_slice * d->groupwidth / ndisks;
	ret_group->start = group * d->group_size;
	ret_group->end = ret_group->start + d->group_size;
	for (unsigned int i = 0; i < d->groupwidth; i++) {
		unsigned int column = (start + i) % ndisks;
		bool wraps = start + i >= ndisks;

		ret_group->slot[i] = (uint8_t)permuted(d, slice * d->sets + set, column);
		ret_group->offset[i] = (row + wraps) << ZR_DRAID_ROW_SHIFT;
	}
	return 0;
}

unsigned int zr_draid_spare_slot(const struct zr_draid *d, unsigned int spare,
				 uint64_t offset)
{
	uint64_t slice = (offset >> ZR_DRAID_ROW_SHIFT) / d->slice_rows;

	return permuted(d, slice * d->sets + spare % d->sets,
			d->children - 1 - spare / d->sets);
}
